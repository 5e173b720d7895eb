"""The directions that carry most of the features' similarities."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from fsannot.features.rows import Features, chunks
from fsannot.lanes import in_lanes, one_thread

OVERSAMPLING, POWER_ITERATIONS = 16, 2
BLOCK = 1024
"""Rows multiplied at a time on one thread."""


def principal_subspace(features: Features, dim: int, seed: int) -> np.ndarray:
    """Orthonormal directions that keep most of the similarities (Halko et al. 2011, 10.1137/090771806, alg. 4.4).

    The features are not centred, so that similarities inside the subspace are those of the features. The bits do
    not depend on the number of threads.

    Args:
        features: float16 or float32 (N, D).
        dim: number of directions, at most D.
        seed: the same seed gives the same directions.

    Returns:
        float32 (D, dim), orthonormal columns, most important first.
    """
    rng = np.random.default_rng(seed)
    start = rng.standard_normal((features.shape[1], dim + OVERSAMPLING)).astype(np.float32)
    basis = _orthonormal(torch.from_numpy(start))
    for _ in range(POWER_ITERATIONS):
        # bound now: the product is computed before the basis changes
        basis = _orthonormal(_sum(features, lambda block, b=basis: block.T @ (block @ b)))  # type: ignore[misc]
    small = _sum(features, lambda block: (reduced := block @ basis).T @ reduced)
    with one_thread():
        _, directions = torch.linalg.eigh(small)
        found = basis @ directions.flip(1)[:, :dim]
    return np.ascontiguousarray(found.numpy())


def multiplied(features: Features, matrix: np.ndarray) -> np.ndarray:
    """Product of features and a matrix, whose bits do not depend on the number of threads.

    Args:
        features: float16 or float32 (N, D).
        matrix: float32 (D, d).

    Returns:
        float32 (N, d).
    """
    right = torch.from_numpy(matrix)
    products = in_lanes(_blocks(features), lambda block: (block @ right).numpy())
    return np.concatenate([np.empty((0, matrix.shape[1]), np.float32), *products])


def _sum(features: Features, product: Callable[[Tensor], Tensor]) -> Tensor:
    """Sum of ``product`` over blocks of rows, always in the same order."""
    parts = in_lanes(_blocks(features), product)
    total = next(parts)
    for part in parts:
        total = total + part
    return total


def _blocks(features: Features) -> Iterator[Tensor]:
    for chunk in chunks(features, BLOCK):
        yield torch.from_numpy(
            chunk if chunk.flags.writeable else chunk.copy()
        )  # a map of a file is read-only


def _orthonormal(matrix: Tensor) -> Tensor:
    with one_thread():
        return torch.linalg.qr(matrix)[0]
