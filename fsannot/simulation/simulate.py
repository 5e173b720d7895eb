"""One simulated annotator on prepared images, from the first observation to judged masks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.engine import Engine
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import TraceStep
from fsannot.data.dataset import Dataset
from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.image_curves import ImageCurves
from fsannot.evaluation.results import ResultRow, Summary
from fsannot.evaluation.scorer import Scorer
from fsannot.evaluation.truth import GroundTruth
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.robots.robot import Robot
from fsannot.runs.loggers import RunLogger
from fsannot.runs.session_record import SessionRecord
from fsannot.runs.thumbnails import Atlas
from fsannot.simulation.effort import EffortLedger
from fsannot.simulation.eyesight import eyesight, sight_of
from fsannot.simulation.keyframes import Keyframes
from fsannot.simulation.loop import Observer, SimulationLoop
from fsannot.simulation.results import judged_session
from fsannot.simulation.score_curve import ScoreCurve
from fsannot.simulation.shown_progress import ShownProgress
from fsannot.simulation.trace_log import TraceLog

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SimulationResult:
    """A finished simulation; everything a run directory holds is made from it.

    Attributes:
        dataset: the images.
        session: as the annotator left it.
        summary: means over images, with intervals.
        rows: one an image or instance.
        curve: quality against human seconds, a point an action.
        image_curves: the same of every image; None where there is no ground truth.
        trace: every action with its cost.
        waited: measured machine seconds of each action.
        keyframes: what the canvas showed.
        facts: what ``provenance.json`` says of the session.
    """

    dataset: Dataset
    session: AnnotationSession
    summary: Summary
    rows: tuple[ResultRow, ...]
    curve: tuple[CurvePoint, ...]
    image_curves: ImageCurves | None
    trace: tuple[TraceStep, ...]
    waited: tuple[float, ...]
    keyframes: Keyframes
    facts: Mapping[str, Any]

    def mask(self, image: int) -> np.ndarray:
        """Final class of each pixel of an image.

        Args:
            image: its index in the dataset.

        Returns:
            int16 (H, W), −1 where nothing was labelled.
        """
        return final_mask(self.dataset, self.session, image)

    def record(self) -> tuple[SessionRecord, Atlas]:
        """The canvas over time and the thumbnails on it, for the report.

        Returns:
            the record, and the sheets of thumbnails.
        """
        ids = self.dataset.ids[: len(self.session.state.label_maps)]
        return self.keyframes.finish(
            self.session.observe(),
            image_ids=ids,
            image=self.dataset.image,
            row_map=self.session.row_map,
            table=self.session.state.table,
        )


def simulate_session(
    dataset: Dataset,
    engine: Engine,
    robot: Robot,
    *,
    clock: Clock | None = None,
    perception: Perception | Confusion | None = None,
    reference: SegmentExtractor | None = None,
    motor: Motor | None = None,
    preparation_seconds: float = 0.0,
    first_images: int = 15,
    batch_images: int = 15,
    max_actions: int = 100_000,
    max_seconds: float | None = None,
    charge_refusals: bool = False,
    seed: int = 0,
    order_seed: int | None = None,
    folder: Path | None = None,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
    observers: Sequence[Observer] = (),
) -> SimulationResult:
    """Let a robot annotate prepared images, and judge what it did.

    Args:
        dataset: images and ground truth; only the oracle and the evaluation read the latter.
        engine: the computing side, over the same images in the same order.
        robot: the annotator.
        clock, perception, motor: what its actions cost, how well it sees, how well it draws; version 2 of the human
            model by default. A ``Perception`` makes it version 1, where everything is seen at once.
        reference: describes what people take for similar under version 2; None takes the features of the session.
        preparation_seconds: machine seconds spent before the session (edges, hierarchies), measured when they were
            computed.
        first_images, batch_images: images open at the start, and added by each request.
        max_actions: a robot that does not stop by itself is stopped here.
        max_seconds: human seconds per image after which it is stopped; None = no limit.
        charge_refusals: see :class:`~fsannot.simulation.loop.SimulationLoop`.
        seed: of robot, perception, motor and intervals.
        order_seed: of which thumbnails lie on top, which a replay needs to know; None takes ``seed``.
        folder: run directory, exists; the trace is written into it while it grows, and loggers write there.
        loggers: receive the curve while it grows; only with a ``folder``.
        config: JSON-ready, for the loggers.
        observers: further ones, after the loop's own.

    Returns:
        the session as the robot left it, its rows, summary, curve and trace.

    Raises:
        InputError: an action of the robot's is not possible, and refusals are not charged.

    >>> from fsannot.data.synthetic import Synthetic
    >>> from fsannot.edges.gradient import Gradient
    >>> from fsannot.features.backbone import Backbone
    >>> from fsannot.features.extract import FeatureExtractor
    >>> from fsannot.hierarchy.partitioner import Partitioner
    >>> from fsannot.metric_learning.learner import NoMetric
    >>> from fsannot.projection.pca import PcaProjector
    >>> from fsannot.robots.greedy_box import GreedyBox
    >>> from fsannot.studies.prepared import prepare
    >>> from tempfile import mkdtemp
    >>> dataset = Synthetic(images=2, size=(48, 56))
    >>> prepared = prepare(
    ...     dataset,
    ...     edges=Gradient(),
    ...     hierarchy=Partitioner("area", threshold=60.0),
    ...     features=FeatureExtractor(backbone=Backbone(name="test_resnet", weights="random"), size=32, device="cpu"),
    ...     projection=PcaProjector(), local_projection=PcaProjector(), metric=NoMetric(), cache=mkdtemp(),
    ...     workers=0, batch_size=1,
    ... )
    >>> result = simulate_session(dataset, prepared.engine(0), GreedyBox(), seed=0)
    >>> result.summary.images, result.mask(0).shape, len(result.trace) == result.summary.actions
    (2, (48, 56), True)
    """
    truth, perception = GroundTruth(dataset), perception or Confusion()
    session = AnnotationSession(
        engine,
        classes=dataset.classes,
        clock=clock,
        first_images=first_images,
        batch_images=batch_images,
        sight=sight_of(perception, seed if order_seed is None else order_seed),
    )
    oracle = eyesight(dataset, truth, session, perception, seed=seed, reference=reference)
    scorer = session_scorer(dataset, truth)
    ledger, keyframes = EffortLedger(), Keyframes()
    trace = TraceLog(ledger, folder / "trace.jsonl" if folder is not None else None)
    curve = ScoreCurve(
        scorer,
        preparation_seconds=preparation_seconds,
        loggers=loggers,
        folder=folder,
        config=config,
        name=f"{robot.name}-{dataset.name}-{seed}",
    )
    loop = SimulationLoop(
        session,
        robot,
        oracle=oracle,
        motor=motor or (Motor(slip=1.0) if isinstance(perception, Confusion) else Motor()),
        task=dataset.task,
        seed=seed,
        observers=(keyframes, ledger, trace, curve, ShownProgress(curve), *observers),
        max_actions=max_actions,
        max_seconds=max_seconds,
        charge_refusals=charge_refusals,
    )
    log.info("session: segments of %d images are laid out", min(first_images, len(dataset)))
    loop.run()
    log.info("session: %d actions, %.1f human seconds", loop.actions, loop.human_seconds)
    rows, summary = judged_session(
        dataset,
        session,
        scorer,
        method=robot.name,
        seed=seed,
        actions=loop.actions,
        human_seconds=loop.human_seconds,
        waiting_seconds=curve.waiting_seconds,
        preparation_seconds=curve.preparation_seconds,
        image_seconds=ledger.seconds,
        image_actions=ledger.actions,
    )
    facts: dict[str, Any] = {"thumbnails_looked_at": int(oracle.looked_at.sum())}
    if charge_refusals:
        facts |= {"refused_actions": loop.refusals, "refused_human_seconds": loop.refused_seconds}
    return SimulationResult(
        dataset=dataset,
        session=session,
        summary=summary,
        rows=tuple(rows),
        curve=tuple(curve.points),
        image_curves=ImageCurves(tuple(dataset.ids), curve.image_seconds, np.stack(curve.of_images)),
        trace=tuple(trace.steps),
        waited=tuple(trace.machine_seconds),
        keyframes=keyframes,
        facts=facts,
    )


def session_scorer(dataset: Dataset, truth: GroundTruth) -> Scorer:
    """Scorer of a dataset's sessions: per instance where those are its unit.

    Args:
        dataset: its task, unit and classes.
        truth: its ground truth.

    Returns:
        the scorer; images that are not loaded yet count as unlabelled.
    """
    return Scorer(
        truth.target,
        images=len(dataset),
        classes=len(dataset.classes),
        task=dataset.task,
        instances=truth.instances if dataset.unit == "instance" else None,
    )


def final_mask(dataset: Dataset, session: AnnotationSession, image: int) -> np.ndarray:
    """Labels of an image at the end.

    Args:
        dataset: the images.
        session: as the robot left it.
        image: index in the dataset.

    Returns:
        int16 (H, W), class of each pixel; −1 where it is unlabelled, and where the image was never loaded.
    """
    if image < len(session.state.label_maps):
        return session.mask(image)
    return np.full(dataset.image(image).shape[:2], -1, np.int16)
