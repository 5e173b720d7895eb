"""UMAP's graph of fuzzy neighborhoods, from nearest neighbors that are already known.

The equations of McInnes, Healy and Melville, *UMAP*, arXiv:1802.03426, sections 3.1 and 4.1, on whole arrays.
They give the weights of ``umap.umap_`` (a test compares them) without the seconds it spends on compiling.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

BISECTIONS = 64
TOLERANCE = 1e-5
MIN_SCALE = 1e-3
"""Least bandwidth as a fraction of the mean distance, so that duplicates do not collapse it."""
UNKNOWN_DISTANCE = 1.0
"""Distance to a point without label, as in umap-learn."""


def _bandwidth(distance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """ρ and σ of each point: Σ_j exp(−max(0, d_j − ρ)/σ) = log2(k), ρ = least distance above 0."""
    count, k = distance.shape
    target = np.log2(k)
    positive = np.where(distance > 0, distance, np.inf).min(1)
    rho = np.where(np.isfinite(positive), positive, 0.0)
    gap = np.maximum(distance[:, 1:] - rho[:, None], 0)  # column 0 is the point itself
    low, high, sigma = np.zeros(count), np.full(count, np.inf), np.ones(count)
    active = np.arange(count)
    for _ in range(BISECTIONS):
        total = np.exp(-gap[active] / sigma[active, None]).sum(1)
        active, total = active[keep := np.abs(total - target) >= TOLERANCE], total[keep]
        if not len(active):
            break
        over = total > target
        high[active[over]] = sigma[active[over]]
        low[active[~over]] = sigma[active[~over]]
        open_above = np.isinf(high[active])
        sigma[active] = np.where(open_above, 2 * sigma[active], (low[active] + high[active]) / 2)
    mean = np.where(rho > 0, distance.mean(1), distance.mean())
    return rho, np.maximum(sigma, MIN_SCALE * mean)


def fuzzy_graph(index: np.ndarray, distance: np.ndarray) -> sparse.csr_matrix:
    """Symmetric weights in [0, 1] of the fuzzy union of all neighborhoods.

    Args:
        index: int (N, k), nearest neighbors; column 0 is the point itself.
        distance: float (N, k), rising along rows, column 0 is 0.

    Returns:
        float32 (N, N), no entry on the diagonal.
    """
    count, k = index.shape
    distance = distance.astype(np.float32)
    rho, sigma = _bandwidth(distance)
    gap = np.maximum(distance - rho[:, None], 0)
    weight = np.exp(-gap / np.where(sigma > 0, sigma, np.inf)[:, None])  # σ = 0: every distance is 0
    weight[index == np.arange(count)[:, None]] = 0
    rows = np.repeat(np.arange(count), k)
    directed = sparse.csr_matrix((weight.ravel().astype(np.float32), (rows, index.ravel())), (count, count))
    return _fuzzy_union(directed)


def with_self(index: np.ndarray, similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Neighbors by cosine similarity as UMAP has them.

    Args:
        index: int32 (N, k), most similar first, a point not among its own.
        similarity: float32 (N, k), cosine, of unit vectors.

    Returns:
        index int32 (N, k + 1), column 0 the point itself, and Euclidean distance float32 (N, k + 1).
    """
    own = np.arange(len(index), dtype=np.int32)[:, None]
    # on unit vectors ‖a − b‖² = 2 − 2·cos
    distance = np.sqrt(np.maximum(2 - 2 * similarity, 0)).astype(np.float32)
    return (
        np.concatenate([own, index], 1),
        np.concatenate([np.zeros((len(index), 1), np.float32), distance], 1),
    )


def intersect_labels(graph: sparse.csr_matrix, labels: np.ndarray, weight: float) -> sparse.csr_matrix:
    """Weaken edges between points of different labels, and restore each point's strongest edge to 1.

    Args:
        graph: float (N, N), from :func:`fuzzy_graph`.
        labels: int (N,), negative = unlabelled.
        weight: in [0, 1), how much labels count against features.

    Returns:
        float32 (N, N), symmetric.
    """
    far = 2.5 / (1 - weight)
    edges = graph.tocoo()
    a, b = labels[edges.row], labels[edges.col]
    unknown = (a < 0) | (b < 0)
    factor = np.where(unknown, np.exp(-UNKNOWN_DISTANCE), np.where(a != b, np.exp(-far), 1.0))
    mixed = sparse.csr_matrix((edges.data * factor, (edges.row, edges.col)), graph.shape)
    strongest = mixed.max(1).toarray().ravel()
    mixed = sparse.diags(1 / np.where(strongest > 0, strongest, 1)) @ mixed
    return _fuzzy_union(mixed.tocsr())


def _fuzzy_union(directed: sparse.csr_matrix) -> sparse.csr_matrix:
    """Probabilistic t-conorm a + b − ab of a graph and its transpose."""
    transposed = directed.T.tocsr()
    union = (directed + transposed - directed.multiply(transposed)).tocsr().astype(np.float32)
    union.eliminate_zeros()
    union.sort_indices()
    return union
