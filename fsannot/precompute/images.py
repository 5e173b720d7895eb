"""The images of a dataset as a session sees them: without ground truth, and with layouts kept in the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from fsannot.annotation.engine import Arrays
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.metric_learning.learner import MetricLearner
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store, code_version
from fsannot.projection.projector import Projector


class StagedImages:
    """The ``ImageSource`` of a session over the stages of a dataset; indices are those of the dataset.

    Args:
        stages: of the dataset.
    """

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    @property
    def extractor(self) -> SegmentExtractor:
        """The extractor of features."""
        return self._stages.require_extractor()

    @property
    def threshold(self) -> float:
        """The altitude at which ``partition`` cuts."""
        return self._stages.partitioner.threshold

    def __len__(self) -> int:
        return len(self._stages.dataset)

    def image(self, image: int) -> np.ndarray:
        """Pixels of ``image``, uint8 (H, W, 3), RGB."""
        return self._stages.image(image)

    def edge_map(self, image: int) -> np.ndarray:
        """Edge map of ``image``, float32 (H, W) in [0, 1]."""
        return self._stages.edge_map(image)

    def partition(self, image: int) -> np.ndarray:
        """Initial partition of ``image``, int32 (H, W), labels 0..n−1, read-only."""
        return self._stages.partition(image)

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        """Hierarchy of an image.

        Args:
            image: index in the dataset.
            criterion: another one than the partitioner's, or None.

        Returns:
            the hierarchy.
        """
        return self._stages.hierarchy(image, criterion)

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        """Features of segments, and the seconds their computation took.

        Args:
            image: index in the dataset.
            label_map: int32 (H, W).
            labels: int (n,), segments of ``label_map``.

        Returns:
            float16 (n, D), unit norm, in the order of ``labels``; and seconds.
        """
        return self._stages.timed_features(image, label_map, labels)


class StoreMemory:
    """Keeps a session's computations in the store: repeated ones are read, with the seconds they took at first.

    Args:
        store: where results are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._code = code_version(Projector, MetricLearner)

    def __call__(
        self, stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
    ) -> tuple[Arrays, float]:
        """Arrays and seconds of ``compute``, or read where ``stage`` and ``inputs`` are known; see ``Memory``."""
        artefact = self._store.get_or_compute(stage, self._code, dict(inputs), compute)
        return artefact, artefact.seconds
