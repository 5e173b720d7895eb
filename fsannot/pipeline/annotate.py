"""One simulated annotator on one dataset, from images to result files."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fsannot.annotation.clock import Clock
from fsannot.annotation.machine import Machine
from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.evaluation.results import Summary
from fsannot.evaluation.scorer import Scorer
from fsannot.evaluation.truth import GroundTruth
from fsannot.pipeline.logbook import SessionLogbook
from fsannot.pipeline.loggers import RunLogger
from fsannot.pipeline.run_folder import check_begun
from fsannot.robots.motor import Motor
from fsannot.robots.oracle import Oracle, Perception
from fsannot.robots.robot import Robot

log = logging.getLogger(__name__)


def annotate(
    dataset: Dataset,
    machine: Machine,
    robot: Robot,
    *,
    clock: Clock,
    perception: Perception,
    motor: Motor,
    folder: Path,
    provenance: Mapping[str, Any],
    stage_seconds: float = 0.0,
    first_images: int = 15,
    batch_images: int = 15,
    max_actions: int = 100_000,
    seed: int = 0,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Simulate a session, judge its masks, and write all result files into ``folder``.

    ``summary.json`` is written last: a folder without it holds no finished run.

    Args:
        dataset: images and ground truth; only the oracle and the evaluation read the latter.
        machine: the computing side, over the same images in the same order.
        robot: the annotator.
        clock, perception, motor: what its actions cost, how well it sees, how well it draws.
        folder: run directory with its ``config.yaml``, see ``begin_run``.
        provenance: record for ``provenance.json``.
        stage_seconds: machine seconds spent before the session (edges, hierarchies), measured when they were
            computed.
        first_images, batch_images: images open at the start, and added by each request.
        max_actions: a robot that does not stop by itself is stopped here.
        seed: of robot, perception, motor and intervals.
        loggers: receive the curve while it grows.
        config: JSON-ready, for the loggers.

    Raises:
        InputError: the run directory has no ``config.yaml``.
    """
    check_begun(folder)

    truth = GroundTruth(dataset)
    session = AnnotationSession(
        machine, classes=dataset.classes, clock=clock, first_images=first_images, batch_images=batch_images
    )
    oracle = Oracle(truth.target, classes=len(dataset.classes), perception=perception, seed=seed)
    scorer = Scorer(
        truth.target,
        images=len(dataset),
        classes=len(dataset.classes),
        task=dataset.task,
        instances=truth.instances if dataset.unit == "instance" else None,
    )
    book = SessionLogbook(
        dataset, session, scorer,
        method=robot.name, folder=folder, stage_seconds=stage_seconds, seed=seed, loggers=loggers, config=config,
    )  # fmt: skip
    log.info("session: segments of %d images are laid out", min(first_images, len(dataset)))
    screen = session.reset()
    robot.begin(oracle, clock=clock, task=dataset.task, seed=seed)
    book.begin(screen)
    with book:
        while not session.done and book.actions < max_actions:
            action = motor.carry_out(robot.act(screen), screen, step=book.actions + 1, seed=seed)
            before = session.state
            result = session.step(action)
            screen = result.observation
            book.note(action, before, result)
        return book.finish({**provenance, "thumbnails_looked_at": int(oracle.looked_at.sum())})
