"""Principal components: the linear layout, and the baseline every other is compared with."""

from __future__ import annotations

import hashlib

import numpy as np

from fsannot.projection.projector import Projector


class PcaProjector(Projector):
    """The two directions of largest variance, longer side scaled to ``extent``.

    Deterministic and linear, so labels, init and seed do not change it.

    Args:
        extent: longer side of the layout, in canvas units like UMAP's.
    """

    name = "pca"

    def __init__(self, *, extent: float = 15.0) -> None:
        self.extent = extent

    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.name}|{self.extent}".encode()).hexdigest()

    def _project(
        self, features: np.ndarray, labels: np.ndarray | None, init: np.ndarray | None, seed: int
    ) -> np.ndarray:
        positions = principal_components(features, 2)
        return positions * (self.extent / max(float(np.ptp(positions, axis=0).max()), 1e-12))


def principal_components(features: np.ndarray, count: int) -> np.ndarray:
    """Coordinates along the ``count`` leading principal directions, float32 (N, count).

    Each direction's sign makes its largest component positive. Missing directions (N or D too small) are 0.
    """
    centred = features.astype(np.float64) - features.mean(0, dtype=np.float64)
    # the smaller of the two Gram matrices has the same non-zero spectrum
    if len(features) < features.shape[1]:
        _, vectors = np.linalg.eigh(centred @ centred.T)
        directions = centred.T @ vectors[:, ::-1][:, :count]
        directions /= np.maximum(np.linalg.norm(directions, axis=0), 1e-12)
    else:
        _, vectors = np.linalg.eigh(centred.T @ centred)
        directions = vectors[:, ::-1][:, :count]
    largest = np.abs(directions).argmax(0)
    directions = directions * np.where(directions[largest, np.arange(directions.shape[1])] < 0, -1, 1)
    coordinates = np.zeros((len(features), count), np.float32)
    coordinates[:, : directions.shape[1]] = centred @ directions
    return coordinates
