"""What the machine does for the annotator, with its seconds.

The session asks; the machine computes with the rooms before this one and adds up what it measured. It holds no
ground truth. ``Memory`` lets the pipeline hand in its store, so that a resumed or repeated session reads results and
their measured seconds instead of computing them again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from fsannot.features.metric import Embedding, MetricLearner, NoMetric, SegmentSource
from fsannot.features.rows import FeatureRows, Features
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.lanes import one_thread
from fsannot.projection.neighborhoods import FindNeighbors, Neighborhoods
from fsannot.projection.projector import MIN_POINTS, Projector

Arrays = Mapping[str, np.ndarray]


class ImageSource(Protocol):
    """The images of a session with their partitions and features; indices are the session's own, from 0."""

    @property
    def extractor(self) -> SegmentExtractor:
        """What makes the features; a learner that trains on pixels takes over its backbone and crops."""

    @property
    def threshold(self) -> float:
        """At which :meth:`partition` cuts."""

    def __len__(self) -> int: ...

    def image(self, image: int) -> np.ndarray:
        """uint8 (H, W, 3)."""

    def edge_map(self, image: int) -> np.ndarray:
        """float32 (H, W) in [0, 1]."""

    def partition(self, image: int) -> np.ndarray:
        """int32 (H, W), the initial cut, labels 0..n−1."""

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        """The image's hierarchy, by its own criterion or another one."""

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        """Float16 or float32 (n, D), always the same, unit norm rows of the segments ``labels``, which may be on disk,
        and the seconds it took to compute them."""


class Memory(Protocol):
    """Runs ``compute`` or recalls what it gave for the same stage and inputs, with the seconds it took."""

    def __call__(
        self, stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
    ) -> tuple[Arrays, float]: ...


def no_memory(
    stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
) -> tuple[Arrays, float]:
    """Compute every time."""
    start = time.perf_counter()
    return compute(), time.perf_counter() - start


class Machine:
    """The computing side of a session.

    Args:
        images: partitions and features.
        projector: main canvas.
        local_projector: pop-up canvas of a focused subset.
        learner: metric learner.
        semi_supervised: whether labels given so far pull the main projection together.
        memory: recalls layouts and seconds.
        device: where nearest neighbours are computed, ``cpu`` or ``cuda``.
        seed: of layouts and learning.
    """

    def __init__(
        self,
        images: ImageSource,
        *,
        projector: Projector,
        local_projector: Projector,
        learner: MetricLearner,
        semi_supervised: bool = True,
        memory: Memory = no_memory,
        device: str = "cpu",
        seed: int = 0,
    ) -> None:
        self.images = images
        self.projector = projector
        self.local_projector = local_projector
        self.learner = learner
        self.semi_supervised = semi_supervised
        self.memory = memory
        self.device = device
        self.seed = seed
        self.seconds = 0.0
        """Machine seconds since the session began."""

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
        features, seconds = self.images.features(image, label_map, labels)
        self.seconds += seconds
        return features

    def neighborhoods(self, embedding: Features) -> Neighborhoods:
        """Nearest neighbours of an embedding, for all who need them."""
        return Neighborhoods(embedding, device=self.device, seed=self.seed)

    def project(
        self, embedding: Features, labels: np.ndarray, init: np.ndarray | None, neighbors: FindNeighbors
    ) -> np.ndarray:
        """Main layout float32 (N, 2)."""
        given = labels.astype(np.int64) if self.semi_supervised and (labels >= 0).any() else None
        return self._layout(self.projector, embedding, given, init, neighbors)

    def project_locally(self, embedding: Features, neighbors: FindNeighbors) -> np.ndarray:
        """Layout of a focused subset; too few points for a neighbourhood are laid out by their main axes."""
        if len(embedding) < MIN_POINTS:
            return principal_plane(embedding[:])
        return self._layout(self.local_projector, embedding, None, None, neighbors)

    def _layout(
        self,
        projector: Projector,
        embedding: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors,
    ) -> np.ndarray:
        inputs = {"embedding": _identity(embedding), "labels": labels, "init": init, "seed": self.seed}
        arrays, seconds = self.memory(
            "projection",
            {"projector": projector.fingerprint(), **inputs},
            lambda: {
                "layout": projector.project(
                    embedding, labels=labels, init=init, neighbors=neighbors, seed=self.seed
                )
            },
        )
        self.seconds += seconds
        return arrays["layout"]

    def learn(
        self, features: Features, labels: np.ndarray, locate: SegmentSource, round_: int
    ) -> tuple[Embedding, Features]:
        """A learned embedding and all N segments in it, float32 (N, d); the features where nothing is learned."""
        if isinstance(self.learner, NoMetric):
            return self.learner.learn(features, labels.astype(np.int64), locate), features
        learned: list[Embedding] = []

        def compute() -> Arrays:
            learned.append(self.learner.learn(features, labels.astype(np.int64), locate, self.seed + round_))
            return {"embedding": np.asarray(learned[0].embed(features, locate)[:])}

        inputs = {
            "learner": self.learner.fingerprint(),
            "features": _identity(features),
            "labels": labels,
            "round": round_,
        }
        arrays, seconds = self.memory("metric", {**inputs, "seed": self.seed}, compute)
        self.seconds += seconds
        if not learned:  # recalled; new segments will need the function itself
            compute()
        return learned[0], arrays["embedding"]


def _identity(features: Features) -> np.ndarray | str:
    """What stands for features where results are remembered by them."""
    return features.fingerprint() if isinstance(features, FeatureRows) else features


def principal_plane(points: np.ndarray) -> np.ndarray:
    """float32 (N, 2): coordinates of (N, D) points along their two main axes, signs fixed; zeros where N < 2."""
    centred = points.astype(np.float64) - points.mean(0)
    with one_thread():
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(points), 2), np.float32)
    axes = axes[: min(2, len(points) - 1)]
    if len(axes):
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
        plane[:, : len(axes)] = centred @ axes.T
    return plane
