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
    """Positions of points that were not there when the layout was made: :func:`beside` their neighbors.

    Args:
        new_features: float16 or float32 (M, D), rows of unit norm.
        features: float16 or float32 (N, D), rows of unit norm.
        positions: float32 (N, 2), layout of ``features``.
        k: neighbors used, fewer where there are fewer points.

    Returns:
        float32 (M, 2), within the hull of the neighbors.

    Raises:
        InputError: no points to place beside, or lengths that differ.
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
    """Positions float32 (M, 2) of points whose neighbors are known.

    The weighted mean of the neighbors would put a point with neighbors in two clusters between them, where
    nothing is; so only the neighbors near the most similar one count, near being within the spread of the
    nearer half of them.

    Args:
        index: int (M, k), k ≥ 1, the neighbors, most similar first.
        similarity: float (M, k), cosine.
        positions: float32 (N, 2), the layout ``index`` refers to.
    """
    around = positions[index].astype(np.float64)  # (M, k, 2)
    offset = np.linalg.norm(around - around[:, :1], axis=2)
    near = offset <= 2 * np.median(offset, axis=1, keepdims=True) + 1e-12
    weight = np.exp(SHARPNESS * (similarity - similarity[:, :1])) * near
    return ((around * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)).astype(np.float32)
