"""What every projector offers."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError
from fsannot.features.rows import Features, check_features
from fsannot.projection.neighborhoods import FindNeighbors

UNLABELLED = -1
MIN_POINTS = 10
"""Fewer points have no neighborhood structure a person could read."""


class Projector(metaclass=KeepsArguments):
    """Features → positions on the canvas. Subclasses compute, this class checks what goes in and out."""

    name: str

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of every setting the layout depends on."""

    @abstractmethod
    def _project(
        self,
        features: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors | None,
        seed: int,
    ) -> np.ndarray:
        """Positions float32 (N, 2); arguments are those of ``project``, already checked."""

    def project(
        self,
        features: Features,
        *,
        labels: np.ndarray | None = None,
        init: np.ndarray | None = None,
        neighbors: FindNeighbors | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Lay out N points.

        Args:
            features: float16 or float32 (N, D), unit norm rows; need not be in memory.
            labels: int (N,), class index or ``UNLABELLED``; pulls each class together (semi-supervised).
            init: float32 (N, 2), previous positions to start from, so that points move as little as needed.
            neighbors: finds the neighbors of these N points, k → index and similarity, so that they are computed
                only once; ``None`` lets the projector find them.
            seed: the same seed gives the same layout.

        Returns:
            float32 (N, 2), finite.

        Raises:
            InputError: fewer than ``MIN_POINTS`` points, non-finite features, or lengths that differ.

        Example:
            >>> from fsannot.projection.pca import PcaProjector
            >>> positions = PcaProjector(extent=10.0).project(np.eye(10, dtype=np.float32))
            >>> positions.shape, float(np.ptp(positions, axis=0).max().round(3))
            ((10, 2), 10.0)
        """
        n = len(features)
        check_features(features)
        if n < MIN_POINTS:
            raise InputError(
                f"{self.name}: {n} segments are too few to project, at least {MIN_POINTS} are needed; "
                "lower hierarchy.threshold or load more images"
            )
        if labels is not None and (labels.shape != (n,) or labels.dtype.kind != "i"):
            raise InputError(f"labels must be int ({n},), got {labels.dtype} {labels.shape}")
        if init is not None and (init.shape != (n, 2) or not np.isfinite(init).all()):
            raise InputError(f"init must be finite ({n}, 2), got {init.shape}")
        positions = self._project(features, labels, init, neighbors, seed).astype(np.float32)
        if positions.shape != (n, 2) or not np.isfinite(positions).all():
            raise InputError(f"{self.name}: produced an invalid layout {positions.shape}")
        return positions
