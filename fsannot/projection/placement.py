"""New points put beside their nearest neighbors, without fitting the layout again."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError
from fsannot.features.rows import Features
from fsannot.projection.neighbors import nearest_neighbors

SHARPNESS = 20.0
"""Weight ∝ exp(SHARPNESS·similarity): a neighbor less similar by 0.05 counts e times less."""


NEIGHBORS = 5
"""A new point is put beside so many."""


def place(
    new_features: Features, features: Features, positions: np.ndarray, k: int = NEIGHBORS
) -> np.ndarray:
    """Positions of points that were added after the layout was made; see ``beside``.

    Args:
        new_features: float16 or float32 (M, D), rows of unit norm.
        features: float16 or float32 (N, D), rows of unit norm.
        positions: float32 (N, 2), layout of ``features``.
        k: neighbors used, fewer where there are fewer points.

    Returns:
        float32 (M, 2), within the hull of the neighbors.

    Raises:
        InputError: no points in the layout, or lengths that differ.

    Example:
        >>> features, positions = np.eye(2, dtype=np.float32), np.array([[0, 0], [4, 2]], np.float32)
        >>> place(features[1:], features, positions, k=1)
        array([[4., 2.]], dtype=float32)
    """
    if len(features) == 0 or positions.shape != (len(features), 2) or k < 1:
        raise InputError(
            f"placement needs at least one placed point and one position each, and k ≥ 1; got "
            f"{len(features)} points, positions {positions.shape}, k={k}"
        )
    if len(new_features) == 0:
        return np.empty((0, 2), np.float32)
    index, similarity = nearest_neighbors(features, min(k, len(features)), new_features)
    return beside(index, similarity, positions)


def beside(index: np.ndarray, similarity: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Positions of points whose neighbors are known.

    The mean of all neighbors, weighted by similarity, could lie between two clusters, where no points are. So only
    neighbors near the most similar one count: within twice the median distance to it.

    Args:
        index: int (M, k), k ≥ 1, the neighbors, most similar first.
        similarity: float (M, k), cosine.
        positions: float32 (N, 2), the layout ``index`` refers to.

    Returns:
        float32 (M, 2).
    """
    around = positions[index].astype(np.float64)  # (M, k, 2)
    offset = np.linalg.norm(around - around[:, :1], axis=2)
    near = offset <= 2 * np.median(offset, axis=1, keepdims=True) + 1e-12
    weight = np.exp(SHARPNESS * (similarity - similarity[:, :1])) * near
    return ((around * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)).astype(np.float32)
