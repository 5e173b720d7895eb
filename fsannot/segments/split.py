"""One segment divided in two by clicks."""

from __future__ import annotations

import higra as hg
import numpy as np
from scipy import ndimage

from fsannot.data.errors import InputError
from fsannot.edges.model import check_edge_map


def split_segment(
    edge_map: np.ndarray, mask: np.ndarray, positive: np.ndarray, negative: np.ndarray
) -> np.ndarray:
    """Split a segment by an image foresting transform from positive and negative clicks.

    On the 4-graph inside the segment, w(p, q) = (G(p) + G(q)) / 2, each pixel joins the side that reaches it
    by the path whose largest arc is smaller (Falcão, Stolfi, Lotufo 2004, 10.1109/TPAMI.2004.1261076). Equal
    costs are decided by the minimum spanning forest rooted in the clicks: arcs join in rising weight and,
    among arcs of equal weight, those nearer to a click first, then the horizontal before the vertical, in
    row-major order. So flat areas are divided halfway, and neither the order of clicks nor which side is
    called positive matters. Pixels that no path from a click reaches join the click nearest to them.

    Args:
        edge_map: float32 (H, W) in [0, 1].
        mask: bool (H, W), the segment.
        positive: int (k, 2), ``y, x``, k ≥ 1.
        negative: int (m, 2), ``y, x``, m ≥ 1.

    Returns:
        bool (H, W), the positive part; the negative part is ``mask & ~part``. Both hold their clicks.

    Raises:
        InputError: an empty side, a click outside the segment, one pixel on both sides, a mask that does not
            fit.

    Example:
        >>> edge_map = np.array([[0, 0, 0.9, 0, 0, 0]], np.float32)
        >>> split_segment(edge_map, np.ones((1, 6), bool), np.array([[0, 0]]), np.array([[0, 5]]))
        array([[ True,  True,  True, False, False, False]])
    """
    check_edge_map(edge_map, source="split")
    if mask.shape != edge_map.shape or mask.dtype != np.bool_:
        raise InputError(f"split: mask must be bool {edge_map.shape}, got {mask.dtype} {mask.shape}")
    sides = [_clicks(c, mask, name) for c, name in ((positive, "positive"), (negative, "negative"))]
    both = set(map(tuple, sides[0].tolist())) & set(map(tuple, sides[1].tolist()))
    if both:
        raise InputError(f"split: pixels {sorted(both)} (y, x) are clicked as positive and as negative")

    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    seeds = np.zeros(mask[box].shape, np.int64)
    for value, clicks in enumerate(sides, start=1):
        seeds[clicks[:, 0] - ys[0], clicks[:, 1] - xs[0]] = value
    part = np.zeros(mask.shape, bool)
    part[box] = _forest(edge_map[box], mask[box], seeds) == 1
    return part & mask


def _forest(edge_map: np.ndarray, mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Side of each pixel, int (h, w): the value of the seed it is joined to."""
    distance, nearest = ndimage.distance_transform_edt(seeds == 0, return_indices=True)
    number = np.full(mask.shape, -1, np.int64)
    number[mask] = np.arange(np.count_nonzero(mask))
    across, down = mask[:, :-1] & mask[:, 1:], mask[:-1] & mask[1:]
    source = np.concatenate([number[:, :-1][across], number[:-1][down]])
    target = np.concatenate([number[:, 1:][across], number[1:][down]])
    strength, away = edge_map[mask].astype(np.float64), distance[mask]
    by_distance = np.argsort(away[source] + away[target], kind="stable")
    source, target = source[by_distance], target[by_distance]
    weight = strength[source] + strength[target]
    # ranks are distinct, so the forest is unique and no sorting rule inside the library can matter
    rank = np.empty(len(weight))
    rank[np.argsort(weight, kind="stable")] = np.arange(len(weight))

    graph = hg.UndirectedGraph(len(strength))
    graph.add_edges(source, target)
    side = seeds[tuple(nearest)]  # stays where no path leads
    reached = hg.labelisation_seeded_watershed(graph, rank, seeds[mask], background_label=0)
    side[mask] = np.where(reached > 0, reached, side[mask])
    return side


def _clicks(clicks: np.ndarray, mask: np.ndarray, name: str) -> np.ndarray:
    """Clicks as int64 (k, 2), each checked to lie in the segment."""
    points = np.asarray(clicks)
    if points.size == 0:
        raise InputError(f"split: no {name} click; a split needs at least one click on each side")
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "iu":
        raise InputError(
            f"split: {name} clicks must be integers (k, 2), y and x, got {points.dtype} {points.shape}"
        )
    points = points.astype(np.int64)
    clipped = points.clip(0, np.array(mask.shape) - 1)
    within = (clipped == points).all(axis=1) & mask[clipped[:, 0], clipped[:, 1]]
    if not within.all():
        raise InputError(f"split: {name} clicks {points[~within].tolist()} (y, x) lie outside the segment")
    return points
