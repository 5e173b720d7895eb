"""A dataset's images as a session sees them: no ground truth, and layouts recalled from the store."""

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
    """``ImageSource`` over the cached stages; a session's image is the dataset's of the same index."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    @property
    def extractor(self) -> SegmentExtractor:
        return self._stages.require_extractor()

    @property
    def threshold(self) -> float:
        return self._stages.partitioner.threshold

    def __len__(self) -> int:
        return len(self._stages.dataset)

    def image(self, image: int) -> np.ndarray:
        return self._stages.image(image)

    def edge_map(self, image: int) -> np.ndarray:
        return self._stages.edge_map(image)

    def partition(self, image: int) -> np.ndarray:
        return self._stages.partition(image)

    def hierarchy(self, image: int, criterion: str | None = None) -> Hierarchy:
        return self._stages.hierarchy(image, criterion)

    def features(self, image: int, label_map: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
        return self._stages.timed_features(image, label_map, labels)


class StoreMemory:
    """A session's memory in the store: the same computation is read back, with the seconds it took at first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._code = code_version(Projector, MetricLearner)

    def __call__(
        self, stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
    ) -> tuple[Arrays, float]:
        artefact = self._store.get_or_compute(stage, self._code, dict(inputs), compute)
        return artefact, artefact.seconds
