"""Exact nearest neighbors by cosine similarity, block by block."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fsannot.data.errors import InputError
from fsannot.device import resolve_device, run_in_batches
from fsannot.features.rows import Features, chunks
from fsannot.lanes import in_lanes

BLOCK_ROWS = 256
"""Queries compared at a time on one thread of the CPU; their similarities take up to 16 MiB."""
GPU_BLOCK_BYTES = 2**30
"""Similarities held at a time on a GPU."""
CANDIDATE_BLOCK = 16384
"""Rows of the searched features that are converted to float32 at a time."""
RESOLUTION = 2.0**-21
"""Similarities are rounded to this, about float32's error in a product of unit vectors, before ranking: equal
points then tie, and a tie goes to the lower index."""


@dataclass
class _Queries:
    """How many are asked for at a time, and where."""

    batch_size: int
    device: torch.device


def nearest_neighbors(
    features: Features, k: int, queries: Features | None = None, *, device: str = "cpu"
) -> tuple[np.ndarray, np.ndarray]:
    """The k most similar rows of ``features`` for each query.

    Memory beyond the result is bounded: the features may be float16 shards on disk of any length.

    Args:
        features: float16 or float32 (N, D), rows of unit norm.
        k: neighbors a query, at most N, or N − 1 without ``queries``.
        queries: float16 or float32 (M, D), rows of unit norm; ``None`` asks for the neighbors of every row
            of ``features``, itself excluded.
        device: where the products are computed.

    Returns:
        index int32 (M, k) and cosine similarity float32 (M, k), most similar first, ties by lower index.

    Raises:
        InputError: arrays of another shape or type, or k out of range.
        DeviceMemoryError: the device does not have enough memory for the neighbors of a single query.

    Example:
        >>> features = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
        >>> index, similarity = nearest_neighbors(features, 1)
        >>> index.ravel(), similarity.ravel().round(2)
        (array([1, 0, 1], dtype=int32), array([0.8, 0.8, 0.6], dtype=float32))
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
            f"k={k} neighbors asked for, between 1 and {available} can be had of {len(features)}"
        )
    where = resolve_device(device)
    searched = features if where.type == "cpu" else _resident(features, where)
    columns = min(CANDIDATE_BLOCK, len(features))
    index = np.empty((len(asked), k), np.int32)
    similarity = np.empty((len(asked), k), np.float32)

    def search(part: Sequence[int]) -> tuple[Tensor, Tensor]:
        block = _on(asked[part[0] : part[-1] + 1], where)
        return _search(block, searched, k, columns, part[0] if own else None)

    # on the CPU blocks of one size, each on one thread: the same bits with any number of threads
    rows = BLOCK_ROWS if where.type == "cpu" else max(1, GPU_BLOCK_BYTES // (4 * columns))

    def search_in_memory(part: range) -> list[tuple[Tensor, Tensor]]:
        return list(
            run_in_batches(
                _Queries(len(part), where),
                part,
                search,
                one=f"the neighbors of one segment among {len(features)}",
                remedy="set device=cpu",
            )
        )

    parts = [range(first, min(first + rows, len(asked))) for first in range(0, len(asked), rows)]
    blocks = in_lanes(parts, search_in_memory) if where.type == "cpu" else map(search_in_memory, parts)
    start = 0
    for value, column in itertools.chain.from_iterable(blocks):
        stop = start + len(value)
        index[start:stop] = column.cpu().numpy()
        similarity[start:stop] = value.cpu().numpy()
        start = stop
    return index, similarity


def without_self(index: np.ndarray, similarity: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Remove each query from its own neighbors.

    Args:
        index: int32 (n, k + 1), neighbors of queries that are rows themselves.
        similarity: float32 (n, k + 1).
        own: int (n,), the row each query is; where it is not among its neighbors, the last of them is removed.

    Returns:
        index int32 (n, k) and similarity float32 (n, k).
    """
    drop = index == own[:, None]
    drop[~drop.any(1), -1] = True
    kept = ~drop
    shape = len(index), index.shape[1] - 1
    return index[kept].reshape(shape), similarity[kept].reshape(shape)


def _search(
    block: Tensor, searched: Features | Tensor, k: int, columns: int, first_row: int | None
) -> tuple[Tensor, Tensor]:
    """Similarities and rows of the k best of ``searched`` for each query of ``block``.

    Args:
        first_row: row of ``searched`` that the first query is, or None; a query is not its own neighbor.
    """
    where = block.device
    best_value = torch.empty(len(block), 0, device=where)
    best_index = torch.empty(len(block), 0, dtype=torch.int64, device=where)
    for first in range(0, len(searched), columns):
        product = block @ _on(searched[first : first + columns], where).T
        product.div_(RESOLUTION).round_().mul_(RESOLUTION)
        if first_row is not None:
            low, high = max(first_row, first), min(first_row + len(block), first + product.shape[1])
            row = torch.arange(low, max(low, high), device=where)
            product[row - first_row, row - first] = -torch.inf
        value, column = _top(product, min(k, product.shape[1]))
        # earlier blocks come first, so that a stable sort keeps the lower index ahead among equals
        best_value = torch.cat([best_value, value], 1)
        best_index = torch.cat([best_index, column + first], 1)
        order = best_value.argsort(stable=True, dim=1, descending=True)[:, :k]
        best_value, best_index = best_value.gather(1, order), best_index.gather(1, order)
    return best_value, best_index


def _resident(features: Features, where: torch.device) -> Features | Tensor:
    """The features on the GPU, as they are stored, so that they go up once; they themselves if they do not fit."""
    try:
        kind = torch.float16 if features.dtype == np.float16 else torch.float32
        held = torch.empty(features.shape, dtype=kind, device=where)
        # room is needed for similarities and for blocks in float32
        if torch.cuda.mem_get_info(where)[0] < 4 * GPU_BLOCK_BYTES:
            return features
    except torch.cuda.OutOfMemoryError:
        torch.cuda.empty_cache()
        return features
    start = 0
    for chunk in chunks(features):
        held[start : start + len(chunk)] = torch.from_numpy(chunk).to(where)
        start += len(chunk)
    return held


def _on(array: np.ndarray | Tensor, device: torch.device) -> Tensor:
    if isinstance(array, Tensor):
        return array.float()
    return torch.from_numpy(np.array(array)).to(device).float()  # a map of a file is read-only


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
