"""A simulated annotation of prepared images, with all that one wants of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.trace import TraceStep
from fsannot.data.chosen import CHOSEN_ON
from fsannot.data.dataset import Dataset, require_truth
from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.results import ResultRow, Summary
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.report.figures import Picture, plot_session
from fsannot.robots.robot import Robot
from fsannot.runs.loggers import RunLogger
from fsannot.runs.masks import MaskMapping, final_labels
from fsannot.runs.run_folder import begin_run
from fsannot.simulation.simulate import SimulationResult, simulate_session
from fsannot.studies import parts
from fsannot.studies.finished import finished_result
from fsannot.studies.finishing import finish_run, run_record
from fsannot.studies.prepared import Prepared


@dataclass(frozen=True, eq=False)
class Simulation:
    """A finished simulation.

    Attributes:
        prepared: the images and the computing parts.
        result: what came out, in full.
        parts: the annotator, ``robot``, ``clock``, ``perception``, ``motor``, and ``finishing``.
        settings: ``seed``, ``first_images``, ``batch_images``.
    """

    prepared: Prepared
    result: SimulationResult
    parts: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def dataset(self) -> Dataset:
        """The images."""
        return self.prepared.dataset

    @property
    def summary(self) -> Summary:
        """Means over images, with intervals."""
        return self.result.summary

    @property
    def rows(self) -> tuple[ResultRow, ...]:
        """One an image or instance, as in ``results.csv``."""
        return self.result.rows

    @property
    def curve(self) -> tuple[CurvePoint, ...]:
        """Quality against human seconds, a point an action, as in ``curve.csv``."""
        return self.result.curve

    @property
    def trace(self) -> tuple[TraceStep, ...]:
        """Every action with its cost, as in ``trace.jsonl``."""
        return self.result.trace

    @property
    def masks(self) -> Mapping[str, np.ndarray]:
        """Image id → class of each pixel, int16 (H, W), as in ``masks/``: −1 where a pixel of a semantic set was
        never labelled, 0 in foreground sets; after finishing. Each mask is made when it is asked for."""
        index = {name: i for i, name in enumerate(self.dataset.ids)}
        task = self.dataset.task
        return MaskMapping(self.dataset.ids, lambda name: final_labels(self.result.mask(index[name]), task))

    def plot(self) -> Picture:
        """Quality against human seconds, and the canvas at the end; shows itself in Jupyter."""
        summary, (record, _) = self.summary, self.result.record()
        return plot_session(self.curve, record, title=f"{summary.method} on {summary.dataset}")

    def provenance(self, chosen_on: str = CHOSEN_ON) -> dict[str, Any]:
        """What ``provenance.json`` says: images, parts, versions, hardware, and the seconds the stages took.

        Args:
            chosen_on: images that the settings were chosen on, in words.

        Returns:
            a JSON-ready record.
        """
        finishing = {
            key: part for key, part in self.parts.items() if key == "finishing"
        }  # simulations have one
        return run_record(
            self.dataset,
            {**self.prepared.parts, **finishing},
            stage_seconds=self.prepared.seconds,
            seed=self.settings["seed"],
            chosen_on=chosen_on,
        )

    def save(self, folder: Path | str) -> Path:
        """Write a complete run directory, which ``fsannot report`` and ``fsannot replay`` take.

        Args:
            folder: made when missing; a run that is in it already is replaced.

        Returns:
            ``folder``.

        Raises:
            InputError: the folder cannot be made.
            ResultsError: a file cannot be written.
        """
        folder = Path(folder)
        made = {"dataset": self.dataset, **self.prepared.parts, **self.parts}
        begin_run(folder, None, made | self.prepared.settings | dict(self.settings))
        finish_run(self.result, folder, self.provenance())
        return folder


def simulate(
    prepared: Prepared,
    *,
    robot: Robot | None = None,
    clock: Clock | None = None,
    perception: Perception | Confusion | None = None,
    motor: Motor | None = None,
    finishing: Finisher | None = None,
    first_images: int = 15,
    batch_images: int = 1_000_000,
    seed: int = 0,
    folder: Path | None = None,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Simulation:
    """Let a robot annotate prepared images, and judge what it did.

    The result is that of ``fsannot annotate`` with the same parts, settings and seed, in every bit of trace and masks.

    Args:
        prepared: see :func:`~fsannot.studies.prepared.prepare`.
        robot: the annotator.
        clock: what its actions cost.
        perception: how well it sees.
        motor: how well it draws.
        finishing: what makes masks of the labels afterwards.
        first_images: images open at the start.
        batch_images: images one request adds.
        seed: of layouts, learning, perception, motor and robot.
        folder: a run directory that ``begin_run`` made, where the trace is written while it grows; None keeps
            everything in memory, see :meth:`Simulation.save`.
        loggers: receive the curve while it grows; only with a ``folder``.
        config: JSON-ready, for the loggers.

    A part that is None is the default of ``conf/annotate.yaml``.

    Returns:
        the finished simulation.

    Raises:
        InputError: the dataset has no ground truth, a number out of its range, or an action of the robot's that is
            not possible.
    """
    require_truth(prepared.dataset, "robots")
    annotator: dict[str, Any] = {
        "robot": robot or parts.robot(),
        "clock": clock or parts.clock(),
        "perception": perception or parts.perception(),
        "motor": motor or parts.motor(),
    }
    result = simulate_session(
        prepared.dataset,
        prepared.engine(seed),
        **annotator,
        reference=prepared.reference,
        preparation_seconds=prepared.preparation_seconds,
        first_images=first_images,
        batch_images=batch_images,
        seed=seed,
        folder=folder,
        loggers=loggers,
        config=config,
    )
    finishing = finishing or NoFinisher()
    settings = {"seed": seed, "first_images": first_images, "batch_images": batch_images}
    return Simulation(
        prepared, finished_result(result, finishing), annotator | {"finishing": finishing}, settings
    )
