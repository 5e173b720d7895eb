"""Watches one session and writes all that a run directory holds, whoever annotates in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.actions import (
    Action,
    FocusBox,
    LabelBox,
    LabelInImage,
    LabelRest,
    LabelSegment,
    RefineBox,
)
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession, StepResult
from fsannot.annotation.state import State
from fsannot.annotation.trace import TraceStep
from fsannot.data.dataset import Dataset
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.effort import CurvePoint, write_curve
from fsannot.evaluation.image_curves import ImageCurves, write_image_curves
from fsannot.evaluation.results import ResultRow, Summary, write_results, write_summary
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.scorer import Scorer
from fsannot.pipeline.effort import EffortLedger
from fsannot.pipeline.loggers import RunLogger
from fsannot.pipeline.session_results import session_rows, session_summary
from fsannot.progress import Progress, counted
from fsannot.report.bundle import write_record
from fsannot.report.gallery import choose_examples, write_gallery
from fsannot.report.masks import write_mask
from fsannot.report.page import write_report
from fsannot.report.recorder import SessionRecorder

log = logging.getLogger(__name__)


class SessionLogbook:
    """Notes each action of a session and, at its end, writes the result files.

    Used as a context from before the first action until after ``finish``: the trace is written meanwhile, and
    loggers learn of a session that failed. ``summary.json`` is written last: a folder without it holds no
    finished run.

    Args:
        dataset: images and ground truth; the evaluation reads the latter.
        session: what is watched, just reset.
        scorer: of the same images.
        method: the annotator's name in all results.
        folder: run directory, exists.
        stage_seconds: machine seconds spent before the session (edges, hierarchies).
        seed: in the results, and of the intervals.
        loggers: receive the curve while it grows.
        config: JSON-ready, for the loggers.
    """

    def __init__(
        self,
        dataset: Dataset,
        session: AnnotationSession,
        scorer: Scorer,
        *,
        method: str,
        folder: Path,
        stage_seconds: float = 0.0,
        seed: int = 0,
        loggers: Sequence[RunLogger] = (),
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.dataset, self.session, self.scorer = dataset, session, scorer
        self.method, self.folder, self.stage_seconds, self.seed = method, folder, stage_seconds, seed
        self.loggers, self.config = tuple(loggers), config or {}
        self.actions = 0
        """Actions carried out so far."""
        self.wasted = 0.0
        """Human seconds of attempts at what was not possible; the session does not know them."""
        self._recorder, self._ledger = SessionRecorder(), EffortLedger(len(dataset))
        self._curve: list[CurvePoint] = []
        self._of_images: list[np.ndarray] = []
        self._timings: list[tuple[int, float]] = []
        self._progress = Progress("session", unit="action")

    @property
    def user_seconds(self) -> float:
        """Human seconds so far, of the whole session."""
        return self.session.human_seconds + self.wasted

    @property
    def machine_seconds(self) -> float:
        """Machine seconds so far, of the whole session and what came before it."""
        return self.stage_seconds + self.session.machine.seconds

    def begin(self, screen: Observation) -> None:
        """Note the start; call it once, before the first action."""
        self._recorder.record(screen, step=0, user_seconds=0.0, action="start")
        for logger in self.loggers:
            logger.begin(self.folder, self.config, f"{self.method}-{self.dataset.name}-{self.seed}")
        self._point()

    def __enter__(self) -> SessionLogbook:
        self._trace = (self.folder / "trace.jsonl").open("w", encoding="utf-8")
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._trace.close()
        self._progress.stop()
        if kind is not None:
            for logger in self.loggers:
                logger.finish({}, failed=True)

    def note(self, action: Action, before: State, result: StepResult) -> None:
        """Note an action that was carried out, from the state ``before`` to the session's state now."""
        self.actions += 1
        step = self.actions
        changed = self._ledger.book(before, self.session.state, result.human_seconds)
        self._trace.write(TraceStep(step, action, result.human_seconds, changed).to_json() + "\n")
        self._trace.flush()
        self._timings.append((step, result.machine_seconds))
        self._point()
        self._recorder.record(
            result.observation,
            step=step,
            user_seconds=self.user_seconds,
            action=describe(action, changed, self.dataset.classes),
            box=getattr(action, "box", None),
        )
        point = self._curve[-1]
        self._progress.advance(
            said=f"{point.user_seconds_per_image:.1f} human seconds per image, {point.measure} {point.quality:.3f}"
        )

    def waste(self, seconds: float) -> None:
        """Note human seconds spent on what was not possible: no action, but time on the curve."""
        self.wasted += seconds
        self._ledger.seconds += seconds / len(self.dataset)
        self._point()

    def _point(self) -> None:
        scores = self.scorer.scores(self.session.state)
        self._of_images.append(scores.astype(np.float32))
        measure = "iou" if self.dataset.task == "foreground" else "agreement"
        value, images = self.scorer.overall(scores), len(self.dataset)
        point = {
            "user_seconds_per_image": self.user_seconds / images,
            "machine_seconds_per_image": self.machine_seconds / images,
        }
        quality: dict[str, Any] = {"iou": None, "agreement": None, measure: value}
        self._curve.append(CurvePoint(**point, **quality, actions=self.actions))
        for logger in self.loggers:
            logger.log(self.actions, {measure: value, **point})

    def finish(self, provenance: Mapping[str, Any]) -> Summary:
        """Judge the final masks pixel by pixel and write everything.

        Args:
            provenance: record for ``provenance.json``.
        """
        self._progress.stop()
        log.info("session: %d actions, %.1f human seconds", self.actions, self.user_seconds)
        dataset, session, folder = self.dataset, self.session, self.folder
        seconds = np.array([point.user_seconds_per_image for point in self._curve])
        write_image_curves(folder, ImageCurves(tuple(dataset.ids), seconds, np.stack(self._of_images)))
        rows: list[ResultRow] = []
        confusion: list[np.ndarray] = []
        for image in counted(range(len(dataset)), "masks", unit="image"):
            sample = dataset[image]
            loaded = image < len(session.state.label_maps)
            labels = session.mask(image) if loaded else np.full(sample.target.shape, -1, np.int16)
            write_mask(folder, sample.id, labels, task=dataset.task)
            spent = (
                self._ledger.seconds[image],
                self.machine_seconds / len(dataset),
                self._ledger.actions[image],
            )
            rows += session_rows(dataset, sample, labels, method=self.method, seed=self.seed, effort=spent)
            if dataset.task == "semantic":
                confusion.append(confusion_matrix(labels, sample.target, len(dataset.classes)))
        units = clusters(dataset.groups, dataset.ids).units
        summary = session_summary(
            dataset,
            session,
            self.scorer,
            rows,
            method=self.method,
            seed=self.seed,
            actions=self.actions,
            user_seconds=self.user_seconds,
            machine_seconds=self.machine_seconds,
            classes=class_ious(confusion, dataset.classes, units=units, seed=self.seed)
            if confusion
            else None,
        )
        write_results(folder / "results.csv", rows)
        write_curve(folder / "curve.csv", self._curve)
        lines = "".join(f"{step},{seconds!r}\n" for step, seconds in self._timings)
        write_atomically(folder / "timings.csv", f"step,machine_seconds\n{lines}".encode())
        write_atomically(folder / "provenance.json", (json.dumps(dict(provenance), indent=2) + "\n").encode())
        self._draw(rows)
        write_summary(folder / "summary.json", summary)
        write_report([folder], folder / "report.html", title=f"{self.method} on {dataset.name}")
        for logger in self.loggers:
            logger.table("results", [asdict(row) for row in rows])
            logger.finish({k: v for k, v in asdict(summary).items() if v is not None})
        return summary

    def _draw(self, rows: Sequence[ResultRow]) -> None:
        """What the report shows: the canvas over time, and examples."""
        dataset = self.dataset
        ids = dataset.ids[: len(self.session.state.label_maps)]
        shown = self._recorder.finish(self.session.observe(), image_ids=ids, image=dataset.image)
        write_record(self.folder, *shown)
        chosen = choose_examples(rows)
        index = {name: i for i, name in enumerate(dataset.ids)}
        write_gallery(self.folder, chosen, (dataset[index[name]] for name in chosen), dataset.classes)


def describe(action: Action, changed: int, classes: Sequence[str]) -> str:
    """An action in words, for the report."""
    match action:
        case LabelBox(label=label):
            return f"box → {classes[label]} ({changed} segments)"
        case LabelInImage(labels=labels):
            named = ", ".join(classes[label] for label in dict.fromkeys(labels))
            return f"clicks in the image → {named} ({changed} segments)"
        case LabelSegment(label=label):
            return f"segment → {classes[label]}"
        case LabelRest(label=label):
            return f"the rest → {classes[label]} ({changed} segments)"
        case RefineBox():
            return f"refine box ({changed} segments)"
        case FocusBox():
            return "focus on a box"
    words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(action).__name__)
    return words.strip() + (f" ({changed} segments)" if changed else "")
