"""Approximate nearest neighbours, in about n·log n, for more points than all pairs can be computed of."""

from __future__ import annotations

import numpy as np

from fsannot.features.rows import Features, chunks
from fsannot.features.subspace import OVERSAMPLING, multiplied, principal_subspace
from fsannot.projection.neighbors import RESOLUTION, nearest_neighbors, without_self

SUBSPACE = 64
"""Dimensions the descent works in; candidates are ranked by their similarity in all dimensions."""
CANDIDATES = 1.5
"""Candidates found in the subspace for each neighbour that is kept."""
RERANK_ROWS = 1024


def approximate_neighbors(features: Features, k: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """As :func:`~fsannot.projection.neighbors.nearest_neighbors` without queries, most of the neighbours being right.

    Nearest neighbour descent (Dong, Moses and Li 2011, 10.1145/1963405.1963487, by PyNNDescent) in the principal
    subspace gives candidates, whose similarities are then computed from the features themselves: what is
    returned is exact, only a neighbour may have been missed. Memory beyond the result is that of the subspace,
    256 bytes a point.

    Args:
        features: float16 or float32 (N, D), rows of unit norm, N > 2·k.
        k: neighbours a row, itself excluded.
        seed: the same seed gives the same neighbours.

    Returns:
        index int32 (N, k) and cosine similarity float32 (N, k), most similar first, ties by lower index.
    """
    from pynndescent import NNDescent  # imports and compiles for seconds

    count, dim = features.shape
    basis = principal_subspace(features, SUBSPACE, seed) if dim > SUBSPACE + OVERSAMPLING else None
    reduced = np.concatenate(list(chunks(features))) if basis is None else multiplied(features, basis)
    wanted = min(int(np.ceil(CANDIDATES * k)) + 1, count - 1)  # one of them is the point itself
    candidates, _ = NNDescent(
        reduced, metric="euclidean", n_neighbors=wanted, random_state=seed % 2**32
    ).neighbor_graph
    index = np.empty((count, k), np.int32)
    similarity = np.empty((count, k), np.float32)
    for start in range(0, count, RERANK_ROWS):
        found = candidates[start : start + RERANK_ROWS]
        own = np.arange(start, start + len(found))[:, None]
        rows = np.asarray(features[start : start + len(found)], np.float32)
        others = np.asarray(features[np.maximum(found, 0).ravel()], np.float32)
        product = np.einsum("nd,nkd->nk", rows, others.reshape(*found.shape, dim), optimize=True)
        product = np.round(product / RESOLUTION) * np.float32(RESOLUTION)
        product[(found == own) | (found < 0)] = -np.inf
        order = np.lexsort((found, -product), axis=1)[:, :k]
        index[start : start + len(found)] = np.take_along_axis(found, order, 1)
        similarity[start : start + len(found)] = np.take_along_axis(product, order, 1)
    short = np.flatnonzero(np.isneginf(similarity).any(1))
    if len(short):  # the descent found fewer than were asked for
        exact, value = nearest_neighbors(features, k + 1, np.asarray(features[short]))
        index[short], similarity[short] = without_self(exact, value, short)
    return index, similarity
