"""The directions that carry most of the features' similarities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fsannot.features.rows import Features, chunks

OVERSAMPLING, POWER_ITERATIONS = 16, 2


def principal_subspace(features: Features, dim: int, seed: int) -> np.ndarray:
    """Orthonormal float32 (D, dim) that keeps most of the similarities (Halko et al. 2011, algorithm 4.4).

    The features are not centred, so that similarities inside the subspace are those of the features.
    """
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((features.shape[1], dim + OVERSAMPLING)).astype(np.float32)
    basis, _ = np.linalg.qr(start)
    for _ in range(POWER_ITERATIONS):
        basis, _ = np.linalg.qr(_sum(chunk.T @ (chunk @ basis) for chunk in chunks(features)))
    small = _sum((reduced := chunk @ basis).T @ reduced for chunk in chunks(features))
    _, directions = np.linalg.eigh(small)
    return np.ascontiguousarray(basis @ directions[:, ::-1][:, :dim], np.float32)


def _sum(parts: Iterator[np.ndarray]) -> np.ndarray:
    total = next(parts)
    for part in parts:
        total = total + part
    return total
