"""A small session on drawn images: stripes of two kinds, features that tell them apart."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.engine import Engine
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import Reader
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import Sight
from fsannot.features.extract import FeatureExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.watershed import build_hierarchy
from fsannot.human.clock import Clock
from fsannot.human.confusion import PRESETS, Confusion
from fsannot.human.eyes import Eyes
from fsannot.human.motor import Motor
from fsannot.human.oracle import Oracle
from fsannot.human.perception import Perception
from fsannot.metric_learning.head import HeadLearner
from fsannot.metric_learning.learner import MetricLearner
from fsannot.projection.pca import PcaProjector
from fsannot.projection.projector import Projector
from fsannot.robots.robot import Robot
from fsannot.simulation.loop import Observer, SimulationLoop, Step

CELL, ACROSS = 16, 6
HEIGHT = WIDTH = CELL * ACROSS


class DrawnImages:
    """Cells of 16×16 pixels in a 6×6 grid; an odd column is object."""

    def __init__(self, images: int = 3) -> None:
        self.count = images
        self.asked: list[tuple[int, int]] = []

    @property
    def extractor(self) -> FeatureExtractor:
        raise AssertionError("no learner of these tests looks at pixels")

    @property
    def threshold(self) -> float:
        return 0.25

    def __len__(self) -> int:
        return self.count

    def image(self, image: int) -> np.ndarray:
        return np.repeat(target(image)[..., None] * 200, 3, 2).astype(np.uint8)

    def edge_map(self, image: int) -> np.ndarray:
        """Strong edges around the cells, stronger between columns, and faint noise within."""
        edges = np.random.default_rng(image).random((HEIGHT, WIDTH)) * 0.2
        for line in range(CELL, HEIGHT, CELL):
            edges[line - 1 : line + 1] += 0.5
        for line in range(CELL, WIDTH, CELL):
            edges[:, line - 1 : line + 1] = 0.9
        return np.clip(edges, 0, 1).astype(np.float32)

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        return build_hierarchy(self.edge_map(image), criterion or "dynamics")

    def partition(self, image: int) -> np.ndarray:
        return self.hierarchy(image).cut(self.threshold)

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        """Share of object pixels, place and size: what a network might tell of such drawings."""
        self.asked.append((image, len(labels)))
        rows = []
        for label in labels:
            y, x = np.nonzero(label_map == label)
            share = target(image)[y, x].mean()
            row = np.array([np.cos(share), np.sin(share), y.mean() / 500, x.mean() / 500, len(y) / 5000])
            rows.append(np.append(row, 0.01 * image))
        features = np.array(rows, np.float32)
        return features / np.linalg.norm(features, axis=1, keepdims=True), 0.25


def target(image: int) -> np.ndarray:
    column = np.arange(WIDTH) // CELL
    return np.tile(((column + image) % 2).astype(np.int32), (HEIGHT, 1))


def session(
    images: int = 3,
    first: int = 2,
    learner: MetricLearner | None = None,
    clock: Clock | None = None,
    projector: Projector | None = None,
    sight: bool = False,
) -> AnnotationSession:
    """A session of this scene; with ``sight`` it models what is visible (version 2 of the human model)."""
    engine = Engine(
        DrawnImages(images),
        projector=projector or PcaProjector(),
        local_projector=PcaProjector(),
        learner=learner or HeadLearner(dim=4, steps=20),
    )
    return AnnotationSession(
        engine,
        classes=("background", "object"),
        clock=clock,
        first_images=first,
        batch_images=1,
        sight=Sight() if sight else None,
    )


def eyes(made: AnnotationSession, perception: Perception | None = None, seed: int = 0) -> Oracle:
    """A person's eyes for a session of this scene; without errors by default."""
    perception = perception or Perception(error_large=0.0, error_small=0.0)
    return Oracle(target, made.row_map, classes=2, perception=perception, seed=seed)


def reader(made: AnnotationSession, confusion: Confusion | None = None, seed: int = 0) -> Reader:
    """A person who reads in a session of this scene; without errors by default."""
    seen = Eyes(
        target,
        made.row_map,
        lambda rows: np.asarray(made.features_of(rows)),
        groups=np.zeros(made.image_total, np.int64),
        classes=2,
        confusion=confusion or PRESETS["perfect"],
        seed=seed,
    )
    return Reader(seen, made)


def annotated(
    robot: Robot,
    made: AnnotationSession,
    *,
    task: str = "foreground",
    perception: Perception | Confusion | None = None,
    motor: Motor | None = None,
    seed: int = 0,
    max_actions: int = 400,
) -> list[Step]:
    """Let a robot act in a session of this scene until it stops; all its steps.

    In a session with sight it reads, with the errors of a ``Confusion``; in another it sees all.
    """
    if made.sight is not None:
        assert not isinstance(perception, Perception)
        oracle: Oracle | Reader = reader(made, perception, seed)
    else:
        assert not isinstance(perception, Confusion)
        oracle = eyes(made, perception, seed)
    steps = Steps()
    SimulationLoop(
        made,
        robot,
        oracle=oracle,
        motor=motor,
        task=task,
        seed=seed,
        observers=(steps,),
        max_actions=max_actions,
    ).run()
    return steps.taken


class Steps(Observer):
    """Remembers the steps."""

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self.taken: list[Step] = []

    def step(self, step: Step) -> None:
        self.taken.append(step)
