"""How a robot's computing time grows with the number of segments, on generated canvases without any image.

Only robot and session run: partitions, features and layout come from a formula, so that nothing else is measured.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.annotation.actions import Action
from fsannot.annotation.engine import Engine
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import Reader
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.features.extract import FeatureExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.eyes import Eyes
from fsannot.human.oracle import Oracle
from fsannot.human.perception import Perception
from fsannot.metric_learning.learner import NoMetric
from fsannot.projection.pca import PcaProjector
from fsannot.robots.robot import Robot
from fsannot.simulation.eyesight import Eyesight, sight_of
from fsannot.simulation.loop import SimulationLoop

ACROSS = 10
"""Segments a side of an image, each of 2×2 basins of 2×2 pixels."""
SEGMENTS = ACROSS**2
MERGED, ROOT = 50.0, 1e6
"""Altitudes at which the basins of a segment merge, and all segments."""


class BlobImages:
    """Images whose segments form blobs on the canvas, each mostly of one class; an ``ImageSource``.

    Args:
        images: how many, of ``SEGMENTS`` segments each; at least 1.
        classes: number of classes, at least 2; class 0 has half of the blobs.
        blobs: number of blobs, at least as many as classes; they overlap at their borders.
        impurity: fraction of segments that lie in a blob of another class, in [0, 1].
        mixed: fraction of segments with one basin of another class, in [0, 1].
        seed: of all random draws.

    Raises:
        InputError: an option outside its domain.

    Examples:
        >>> images = BlobImages(2)
        >>> len(images), images.partition(0).shape, int(images.partition(0).max()) + 1
        (2, (40, 40), 100)
    """

    def __init__(
        self,
        images: int,
        *,
        classes: int = 2,
        blobs: int = 40,
        impurity: float = 0.02,
        mixed: float = 0.05,
        seed: int = 0,
    ) -> None:
        if images < 1 or classes < 2 or blobs < classes:
            raise InputError(
                f"images={images}, classes={classes}, blobs={blobs}: 1, 2 and as many blobs as classes are needed"
            )
        if not (0 <= impurity <= 1 and 0 <= mixed <= 1):
            raise InputError(f"impurity={impurity}, mixed={mixed}: shares in [0, 1] are needed")
        rng = np.random.default_rng(seed)
        of_blob = np.where(rng.random(blobs) < 0.5, 0, rng.integers(1, classes, blobs))
        of_blob[:classes] = np.arange(classes)
        count = images * SEGMENTS
        blob = rng.integers(0, blobs, count)
        label = of_blob[blob]
        strange = rng.random(count) < impurity
        label = np.where(strange, (label + rng.integers(1, classes, count)) % classes, label)
        plane = rng.random((blobs, 2))[blob] * 0.5 - 0.25 + rng.normal(scale=0.012, size=(count, 2))
        basins = np.repeat(label[:, None], 4, 1)  # (count, 4)
        basins[rng.random(count) < mixed, 0] = rng.integers(0, classes)
        self._target = basins.reshape(images, SEGMENTS, 4).astype(np.int32)
        self._plane = plane.reshape(images, SEGMENTS, 2)
        self._rng_seed = seed
        self.classes = classes
        segment = np.arange(SEGMENTS).reshape(ACROSS, ACROSS).repeat(2, 0).repeat(2, 1)
        quarter = np.tile(np.arange(4).reshape(2, 2), (ACROSS, ACROSS))
        self._basin = (4 * segment + quarter).repeat(2, 0).repeat(2, 1).astype(np.int32)  # (40, 40)
        parents = np.concatenate(
            [4 * SEGMENTS + np.arange(4 * SEGMENTS) // 4, np.full(SEGMENTS + 1, 5 * SEGMENTS)]
        )
        altitudes = np.repeat([0.0, MERGED, ROOT], [4 * SEGMENTS, SEGMENTS, 1])
        self._hierarchy = Hierarchy(self._basin, parents.astype(np.int32), altitudes)

    @property
    def extractor(self) -> FeatureExtractor:
        """Always an error: there are no pixels to learn from.

        Raises:
            InputError: always.
        """
        raise InputError("drawn canvases have no pixels to learn from; take metric=none or metric=head")

    def __len__(self) -> int:
        return len(self._target)

    def target(self, image: int) -> np.ndarray:
        """Ground truth of ``image``, int32 (40, 40)."""
        return self._target[image].reshape(-1)[self._basin]

    @property
    def threshold(self) -> float:
        """The altitude at which ``partition`` cuts."""
        return 2 * MERGED

    def image(self, image: int) -> np.ndarray:
        """Pixels of ``image``, uint8 (40, 40, 3), all black."""
        return np.zeros((*self._basin.shape, 3), np.uint8)

    def edge_map(self, image: int) -> np.ndarray:
        """Edge map of ``image``, float32 (40, 40), all 0."""
        return np.zeros(self._basin.shape, np.float32)

    def partition(self, image: int) -> np.ndarray:
        """Initial partition of ``image``, int32 (40, 40), labels 0 to 99."""
        return self._basin // 4

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        """Hierarchy of ``image``, the same for all images and any ``criterion``."""
        return self._hierarchy

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        """Features of segments: a point near their blob's centre. The parts of a split segment lie close to each other.

        Args:
            image: index.
            label_map: int32 (40, 40).
            labels: int (n,), segments of ``label_map``.

        Returns:
            float32 (n, 3), unit norm; and 0 seconds.
        """
        first = np.full(int(label_map.max()) + 1, -1)
        first[label_map.ravel()[::-1]] = self._basin.ravel()[::-1]  # the last write is the first pixel
        basin = first[labels]
        plane = self._plane[image][basin // 4] + 0.002 * (basin % 4)[:, None]
        height = np.sqrt(1 - (plane**2).sum(1, keepdims=True))
        return np.concatenate([plane, height], 1).astype(np.float32), 0.0


@dataclass(frozen=True)
class RobotTiming:
    """One row of the benchmark; computing seconds are processor time of this process.

    Attributes:
        robot: its name.
        segments: number of segments at the start.
        actions: number of actions until it stopped.
        policy_seconds: computing time of the robot, looking at thumbnails included.
        session_seconds: computing time of the session, which carries out the actions, and of what looks alike to a
            person.
        human_seconds: modelled time of the whole session.
        score: mean IoU or agreement at the end, in [0, 1].
        peak_mebibytes: largest memory of the process so far.
    """

    robot: str
    segments: int
    actions: int
    policy_seconds: float
    session_seconds: float
    human_seconds: float
    score: float
    peak_mebibytes: float


def time_robot(
    robot: Robot,
    images: BlobImages,
    *,
    clock: Clock,
    perception: Perception | Confusion,
    task: str = "foreground",
    seed: int = 0,
    max_actions: int = 1_000_000,
    now: Callable[[], float] = time.process_time,
) -> RobotTiming:
    """Let a robot annotate all images until it stops, and time it.

    Args:
        robot: the annotator.
        images: what it annotates.
        clock: seconds of human actions.
        perception: what it sees, and its errors: a ``Confusion`` for version 2 of the human model, a ``Perception`` for
            version 1.
        task: ``"foreground"`` or ``"semantic"``.
        seed: of the robot's and the oracle's draws.
        max_actions: most actions.
        now: a clock in seconds that never goes back.

    Returns:
        times, score and memory.
    """
    engine = Engine(images, projector=PcaProjector(), local_projector=PcaProjector(), learner=NoMetric())
    names = tuple(str(i) for i in range(images.classes))
    sight = sight_of(perception, seed)
    session = AnnotationSession(engine, classes=names, clock=clock, first_images=len(images), sight=sight)
    oracle = _eyesight(images, session, perception, seed)
    timed = _Timed(robot, now)
    start = now()
    loop = SimulationLoop(session, timed, oracle=oracle, task=task, seed=seed, max_actions=max_actions)
    loop.run()
    scorer = Scorer(images.target, images=len(images), classes=images.classes, task=task)  # type: ignore[arg-type]
    return RobotTiming(
        robot.name,
        len(images) * SEGMENTS,
        loop.actions,
        timed.seconds,
        now() - start - timed.seconds,
        session.human_seconds,
        float(scorer.scores(session.state).mean()),
        _peak_mebibytes(),
    )


def _eyesight(
    images: BlobImages, session: AnnotationSession, perception: Perception | Confusion, seed: int
) -> Eyesight:
    if isinstance(perception, Perception):
        return Oracle(
            images.target, session.row_map, classes=images.classes, perception=perception, seed=seed
        )
    eyes = Eyes(
        images.target,
        session.row_map,
        session.features_of,
        groups=np.zeros(len(images), np.int64),
        classes=images.classes,
        confusion=perception,
        seed=seed,
    )
    return Reader(eyes, session)


class _Timed(Robot):
    """A robot whose decisions are timed."""

    def __init__(self, robot: Robot, now: Callable[[], float]) -> None:
        self.name = robot.name
        self._robot, self._now = robot, now

    def begin(self, oracle: Oracle | Reader, *args: Any, **kwargs: Any) -> None:
        if isinstance(oracle, Reader):
            oracle.catch_up()  # what looks alike is found here, not in the first action
        self._robot.begin(oracle, *args, **kwargs)
        self.seconds = 0.0

    def act(self, observation: Observation) -> Action:
        start = self._now()
        action = self._robot.act(observation)
        self.seconds += self._now() - start
        return action


def _peak_mebibytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB elsewhere


def robot_table(timings: Sequence[RobotTiming]) -> str:
    """The rows in ``timings`` as a Markdown table."""
    lines = [
        "| robot | segments | actions | policy s | ms / action | session s | human s | score | peak MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for t in timings:
        each = 1e3 * t.policy_seconds / max(t.actions, 1)
        lines.append(
            f"| {t.robot} | {t.segments} | {t.actions} | {t.policy_seconds:.2f} | {each:.2f} | "
            f"{t.session_seconds:.2f} | {t.human_seconds:.0f} | {t.score:.4f} | {t.peak_mebibytes:.0f} |"
        )
    return "\n".join(lines)
