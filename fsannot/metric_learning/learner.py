"""What every metric learner offers: labels given so far → features in which classes stand apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError
from fsannot.features.crops import SegmentRef
from fsannot.features.rows import Features, check_features
from fsannot.features.segment_extractor import SegmentExtractor


class SegmentSource(Protocol):
    """Pixels of the segments whose features are learned, and the extractor that made those features."""

    @property
    def extractor(self) -> SegmentExtractor:
        """Whose backbone, crop size and device a learner that trains on pixels takes over."""

    def __len__(self) -> int:
        """Number of segments N, those of the features' rows."""

    def refs(self, rows: np.ndarray) -> list[SegmentRef]:
        """References to segments, ready to be cut.

        Args:
            rows: int (n,), rows of the features.

        Returns:
            one reference a row, in that order.
        """


class Embedding(ABC):
    """A learned map of features. It applies to any segment, also to those made after it was learned."""

    needs_segments: bool = False
    """Whether :meth:`embed` looks at pixels."""

    @abstractmethod
    def embed(self, features: Features, segments: SegmentSource | None = None) -> Features:
        """Embedded segments.

        Args:
            features: float16 or float32 (N, D), unit rows, of the extractor; need not be in memory.
            segments: their pixels; may be ``None`` unless ``needs_segments``.

        Returns:
            float32 (N, d), unit rows; the features themselves where nothing was learned.
        """


class MetricLearner(metaclass=KeepsArguments):
    """Labelled segments → :class:`Embedding`. Subclasses compute; this class checks what goes in."""

    name: str
    needs_segments: bool = False
    """Whether :meth:`learn` looks at pixels."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of every setting the embedding depends on."""

    @abstractmethod
    def _learn(
        self, features: Features, labels: np.ndarray, segments: SegmentSource | None, seed: int
    ) -> Embedding:
        """Arguments are those of ``learn``, already checked."""

    def learn(
        self,
        features: Features,
        labels: np.ndarray,
        segments: SegmentSource | None = None,
        seed: int = 0,
    ) -> Embedding:
        """Learn from the labels given so far.

        Args:
            features: float16 or float32 (N, D), unit rows; need not be in memory.
            labels: int (N,), class or a negative number = unlabelled.
            segments: the N segments' pixels; may be ``None`` unless ``needs_segments``.
            seed: the same seed gives the same embedding.

        Returns:
            a map of features that applies to any segment.

        Raises:
            InputError: fewer than two classes are labelled, arrays that do not fit each other, or no segments
                for a learner that needs them.

        Example:
            >>> features = np.eye(4, dtype=np.float32)
            >>> embedding = NoMetric().learn(features, np.array([0, 1, -1, -1]))
            >>> embedding.embed(features) is features
            True
        """
        check_features(features)
        if labels.shape != (len(features),) or labels.dtype.kind != "i":
            raise InputError(f"labels must be int ({len(features)},), got {labels.dtype} {labels.shape}")
        classes = np.unique(labels[labels >= 0])
        if len(classes) < 2:
            raise InputError(
                f"metric={self.name}: segments of {len(classes)} class(es) are labelled, 2 are needed; "
                "label more segments before learning"
            )
        if self.needs_segments and segments is None:
            raise InputError(f"metric={self.name} learns from pixels: pass the segments")
        if segments is not None and len(segments) != len(features):
            raise InputError(f"{len(segments)} segments do not fit {len(features)} rows of features")
        return self._learn(features, labels, segments, seed)


class Unchanged(Embedding):
    """The features themselves."""

    def embed(self, features: Features, segments: SegmentSource | None = None) -> Features:
        return features


class NoMetric(MetricLearner):
    """Learns nothing: the baseline of every other."""

    name = "none"

    def fingerprint(self) -> str:
        return self.name

    def _learn(
        self, features: Features, labels: np.ndarray, segments: SegmentSource | None, seed: int
    ) -> Embedding:
        return Unchanged()
