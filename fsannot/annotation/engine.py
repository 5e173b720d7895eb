"""What the machine computes for the annotator, and how many seconds it takes.

The session calls the engine; the engine calls features, projection and metric learning, and adds up the measured
seconds. It holds no ground truth. A ``Memory`` connects a store: a resumed or repeated session reads results and
their measured seconds instead of computing them again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from fsannot.features.rows import FeatureRows, Features
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.lanes import one_thread
from fsannot.metric_learning.learner import Embedding, MetricLearner, NoMetric, SegmentSource
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
        """The threshold of the initial cut, on the scale of the criterion."""

    def __len__(self) -> int: ...

    def image(self, image: int) -> np.ndarray:
        """The image itself.

        Args:
            image: index.

        Returns:
            uint8 (H, W, 3), RGB.
        """

    def edge_map(self, image: int) -> np.ndarray:
        """The edge map the hierarchy is built on.

        Args:
            image: index.

        Returns:
            float32 (H, W) in [0, 1].
        """

    def partition(self, image: int) -> np.ndarray:
        """The initial segments.

        Args:
            image: index.

        Returns:
            int32 (H, W), labels 0..n−1.
        """

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        """The hierarchy of an image.

        Args:
            image: index.
            criterion: name of a criterion; None for the images' own.

        Returns:
            the hierarchy; ``cut`` partitions it at a threshold.
        """

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        """Features of segments of one image; the same arguments always give the same values.

        Args:
            image: index.
            label_map: int32 (H, W), a partition of the image.
            labels: int (n,), values of ``label_map`` that are asked for.

        Returns:
            float16 or float32 (n, D), unit-norm rows, possibly on disk; and the seconds it took to compute them.
        """


class Memory(Protocol):
    """Runs ``compute``, or recalls its result for the same stage and inputs, with the seconds it took.

    A memory is called as ``memory(stage, inputs, compute)``: name of the stage, all inputs by name, and a function
    without arguments that returns arrays by name. It returns those arrays and the seconds of computing them.
    """

    def __call__(
        self, stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
    ) -> tuple[Arrays, float]: ...


def no_memory(
    stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
) -> tuple[Arrays, float]:
    """A ``Memory`` that computes every time.

    Args:
        stage: name of the computation; not used.
        inputs: all its inputs by name; not used.
        compute: the computation.

    Returns:
        arrays by name, and the seconds it took.
    """
    start = time.perf_counter()
    return compute(), time.perf_counter() - start


class Engine:
    """The computing side of a session.

    Args:
        images: partitions and features.
        projector: lays out the main canvas.
        local_projector: lays out a focused subset.
        learner: learns the metric.
        semi_supervised: whether labels given so far pull segments of one class together in the main projection.
        memory: recalls layouts, metrics and their seconds.
        device: where nearest neighbors are computed, ``cpu`` or ``cuda``.
        seed: of layouts and learning.

    Attributes:
        seconds: machine seconds since the session began.
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
        """Features of segments of one image; adds the seconds they took.

        Args:
            image: index.
            label_map: int32 (H, W), a partition of the image.
            labels: int (n,), values of ``label_map`` that are asked for.

        Returns:
            float16 or float32 (n, D), unit-norm rows.
        """
        features, seconds = self.images.features(image, label_map, labels)
        self.seconds += seconds
        return features

    def neighborhoods(self, embedding: Features) -> Neighborhoods:
        """Nearest neighbors of an embedding, shared by all who need them.

        Args:
            embedding: float (N, D), unit-norm rows.

        Returns:
            the neighborhoods.
        """
        return Neighborhoods(embedding, device=self.device, seed=self.seed)

    def project(
        self, embedding: Features, labels: np.ndarray, init: np.ndarray | None, neighbors: FindNeighbors
    ) -> np.ndarray:
        """The main layout.

        Args:
            embedding: float (N, D), unit-norm rows.
            labels: int (N,), −1 = unlabelled; used if the engine is semi-supervised.
            init: float32 (N, 2), where the segments start, or None.
            neighbors: finds the nearest neighbors of the embedding.

        Returns:
            float32 (N, 2), in units of the projector.
        """
        given = labels.astype(np.int64) if self.semi_supervised and (labels >= 0).any() else None
        return self._layout(self.projector, embedding, given, init, neighbors)

    def project_locally(self, embedding: Features, neighbors: FindNeighbors) -> np.ndarray:
        """The layout of a focused subset; one with too few points for a neighborhood is laid out by its main axes.

        Args:
            embedding: float (M, D), unit-norm rows of the subset.
            neighbors: finds the nearest neighbors within the subset.

        Returns:
            float32 (M, 2), in units of the projector.
        """
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
        """Learn a metric and embed all segments by it.

        Args:
            features: float (N, D), unit-norm rows.
            labels: int (N,), −1 = unlabelled.
            locate: where the segments are in the images, for learners that train on pixels.
            round_: how often the session learned before; part of the seed.

        Returns:
            the learned embedding, and float32 (N, d) of all segments; the features themselves where nothing is learned.
        """
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
    """What identifies features in the inputs of a memory."""
    return features.fingerprint() if isinstance(features, FeatureRows) else features


def principal_plane(points: np.ndarray) -> np.ndarray:
    """Coordinates of points along their two main axes, with fixed signs.

    Args:
        points: float (N, D).

    Returns:
        float32 (N, 2); zeros where N < 2.
    """
    centred = points.astype(np.float64) - points.mean(0)
    with one_thread():
        _, _, axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((len(points), 2), np.float32)
    axes = axes[: min(2, len(points) - 1)]
    if len(axes):
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(1)])[:, None]
        plane[:, : len(axes)] = centred @ axes.T
    return plane
