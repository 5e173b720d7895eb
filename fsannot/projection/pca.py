"""Principal components: the linear layout, and the baseline every other is compared with."""

from __future__ import annotations

import hashlib

import numpy as np

from fsannot.features.rows import Features, chunks
from fsannot.lanes import one_thread
from fsannot.projection.neighborhoods import FindNeighbors
from fsannot.projection.projector import Projector


class PcaProjector(Projector):
    """The two directions of largest variance, longer side scaled to ``extent``.

    Deterministic and linear, so labels, init and seed do not change it.

    Args:
        extent: longer side of the layout, in canvas units like UMAP's.

    Example:
        >>> features = np.eye(12, dtype=np.float32)
        >>> PcaProjector().project(features).shape
        (12, 2)
    """

    name = "pca"

    def __init__(self, *, extent: float = 15.0) -> None:
        self.extent = extent

    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.name}|{self.extent}".encode()).hexdigest()

    def _project(
        self,
        features: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors | None,
        seed: int,
    ) -> np.ndarray:
        positions = principal_components(features, 2)
        return positions * (self.extent / max(float(np.ptp(positions, axis=0).max()), 1e-12))


def principal_components(features: Features, count: int) -> np.ndarray:
    """Coordinates along the leading principal directions.

    Each direction's sign makes its largest component positive. The bits do not depend on the number of threads.

    Args:
        features: float16 or float32 (N, D).
        count: number of directions.

    Returns:
        float32 (N, count); 0 along directions that do not exist because N or D is too small.
    """
    with one_thread():
        return _principal_components(features, count)


def _principal_components(features: Features, count: int) -> np.ndarray:
    mean = sum(chunk.sum(0, dtype=np.float64) for chunk in chunks(features)) / len(features)
    # the smaller of the two Gram matrices has the same non-zero spectrum
    if len(features) < features.shape[1]:
        centred = np.asarray(features[:], np.float64) - mean
        _, vectors = np.linalg.eigh(centred @ centred.T)
        directions = centred.T @ vectors[:, ::-1][:, :count]
        directions /= np.maximum(np.linalg.norm(directions, axis=0), 1e-12)
    else:
        gram = np.zeros((features.shape[1],) * 2)
        for chunk in chunks(features):
            centred = chunk - mean
            gram += centred.T @ centred
        _, vectors = np.linalg.eigh(gram)
        directions = vectors[:, ::-1][:, :count]
    largest = np.abs(directions).argmax(0)
    directions = directions * np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1, 1)
    coordinates = np.zeros((len(features), count), np.float32)
    start = 0
    for chunk in chunks(features):
        coordinates[start : start + len(chunk), : directions.shape[1]] = (chunk - mean) @ directions
        start += len(chunk)
    return coordinates
