"""Exact nearest neighbours by cosine similarity, block by block."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from fsannot.data.errors import InputError
from fsannot.device import resolve_device

BLOCK_BYTES = 64 * 2**20
"""Similarities held at a time."""
CANDIDATE_BLOCK = 16384
"""Rows of the searched features that are converted to float32 at a time."""
RESOLUTION = 2.0**-21
"""Similarities are rounded to this, about float32's error in a product of unit vectors, before ranking: equal
points then tie, and a tie goes to the lower index."""


def nearest_neighbors(
    features: np.ndarray, k: int, queries: np.ndarray | None = None, *, device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar rows of ``features`` for each query.

    Memory beyond the result is bounded: the features may be a float16 memory map of any length.

    Args:
        features: float16 or float32 (N, D), rows of unit norm.
        k: neighbours a query, at most N, or N − 1 without ``queries``.
        queries: float16 or float32 (M, D), rows of unit norm; ``None`` asks for the neighbours of every row
            of ``features``, itself excluded.
        device: where the products are computed.

    Returns:
        index int32 (M, k) and cosine similarity float32 (M, k), most similar first, ties by lower index.

    Raises:
        InputError: arrays of another shape or type, or k out of range.
    """
    own = queries is None
    asked = features if queries is None else queries
    for name, array in (("features", features), ("queries", asked)):
        if array.ndim != 2 or array.dtype not in (np.float16, np.float32):
            raise InputError(f"{name} must be float16 or float32 (N, D), got {array.dtype} {array.shape}")
    if asked.shape[1] != features.shape[1]:
        raise InputError(f"queries have {asked.shape[1]} dimensions, features {features.shape[1]}")
    available = len(features) - own
    if not 1 <= k <= available:
        raise InputError(
            f"k={k} neighbours asked for, between 1 and {available} can be had of {len(features)}"
        )
    where = resolve_device(device)
    columns = min(CANDIDATE_BLOCK, len(features))
    rows = max(1, BLOCK_BYTES // (4 * columns))
    index = np.empty((len(asked), k), np.int32)
    similarity = np.empty((len(asked), k), np.float32)
    for start in range(0, len(asked), rows):
        block = _on(asked[start : start + rows], where)
        best_value = torch.empty(len(block), 0, device=where)
        best_index = torch.empty(len(block), 0, dtype=torch.int64, device=where)
        for first in range(0, len(features), columns):
            product = block @ _on(features[first : first + columns], where).T
            product.div_(RESOLUTION).round_().mul_(RESOLUTION)
            if own:
                low, high = max(start, first), min(start + len(block), first + product.shape[1])
                row = torch.arange(low, max(low, high), device=where)
                product[row - start, row - first] = -torch.inf
            value, column = _top(product, min(k, product.shape[1]))
            # earlier blocks come first, so that a stable sort keeps the lower index ahead among equals
            best_value = torch.cat([best_value, value], 1)
            best_index = torch.cat([best_index, column + first], 1)
            order = best_value.argsort(stable=True, dim=1, descending=True)[:, :k]
            best_value, best_index = best_value.gather(1, order), best_index.gather(1, order)
        index[start : start + rows] = best_index.cpu().numpy()
        similarity[start : start + rows] = best_value.cpu().numpy()
    return index, similarity


def _on(array: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array)).to(device).float()


def _top(product: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Values and columns of the k largest of each row, descending, lower column first among equals."""
    value, column = product.topk(min(k + 1, product.shape[1]), dim=1)
    # topk takes any of the equals: which of them are kept at the cut is decided again where it matters
    if value.shape[1] > k:
        cut = torch.nonzero(value[:, k - 1] == value[:, k]).ravel()
        if len(cut):
            order = product[cut].argsort(stable=True, dim=1, descending=True)[:, :k]
            column[cut, :k] = order
            value[cut, :k] = product[cut].gather(1, order)
        value, column = value[:, :k], column[:, :k]
    by_column = column.argsort(1)
    value, column = value.gather(1, by_column), column.gather(1, by_column)
    order = value.argsort(stable=True, dim=1, descending=True)
    return value.gather(1, order), column.gather(1, order)
