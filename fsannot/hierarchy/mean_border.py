"""Regions merged by the mean strength of the border between them, their size and their features."""

from __future__ import annotations

import heapq

import higra as hg
import numba
import numpy as np

from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.feature_maps import region_sums

AREA_POWER = 0.25
FEATURE_WEIGHT = 2.0
"""Both chosen on five DAVIS sequences and on CamVid train, see docs/edges.md."""
REFERENCE_SHARE = 0.01
"""Share of the image's pixels at which a region's size counts as 1."""


def by_mean_border(basins: Basins) -> tuple[hg.Tree, np.ndarray]:
    """Binary merging of basins, always across the weakest border there is.

    The cost of a border between regions A and B, in edge strength, is

        mean strength × (min(|A|, |B|) / 1 % of the image's pixels)^0.25 × (1 + 2 d(A, B)),

    with the mean over all pairs of neighboring pixels on the border and d the cosine distance of the two regions' mean
    features, in [0, 2], the mean over the maps; 0 where there are no maps. So a threshold is the mean strength of
    border that keeps a region of 1 % of its image apart from a larger one that looks the same: the same thing in
    images of any size. A smaller region needs a stronger border (0.1 %: 1.8 times), one that looks different a
    weaker one. All is computed anew for the merged region. A node's altitude is the cost at which it was merged, or
    that of its highest child where this is more.

    Args:
        basins: of one image, at least two; with or without feature maps.

    Returns:
        binary tree over the basins and its altitudes, float64.
    """
    graph, count = basins.graph, basins.graph.num_vertices()
    source, target = graph.edge_list()
    sums = [region_sums(level, basins.regions, count) for level in basins.maps]
    features = np.concatenate(sums, axis=1) if sums else np.zeros((count, 0), np.float32)
    ends = np.cumsum([0, *(level.shape[1] for level in sums)])
    parents, altitudes = _merge(
        np.asarray(source, np.int64),
        np.asarray(target, np.int64),
        basins.strengths * basins.lengths,
        basins.lengths.copy(),
        basins.areas / (REFERENCE_SHARE * basins.regions.size),
        features,
        ends,
        AREA_POWER,
        FEATURE_WEIGHT,
    )
    tree = hg.Tree(parents)
    hg.CptHierarchy.link(tree, graph)
    return tree, altitudes


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _cost(strength, length, a, b, area, features, norms, ends, power, weight):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Cost of the border between the regions ``a`` and ``b``."""
    distance, levels = 0.0, len(ends) - 1
    for level in range(levels):
        dot = 0.0
        for channel in range(ends[level], ends[level + 1]):
            dot += features[a, channel] * features[b, channel]
        scale = np.sqrt(norms[a, level] * norms[b, level])
        distance += (1.0 - dot / scale if scale > 0 else 0.0) / levels
    return strength / length * min(area[a], area[b]) ** power * (1.0 + weight * max(distance, 0.0))


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _square(features, region, ends, norms):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Squared norm of a region's features on each level."""
    for level in range(len(ends) - 1):
        total = 0.0
        for channel in range(ends[level], ends[level + 1]):
            total += features[region, channel] * features[region, channel]
        norms[region, level] = total


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _merge(source, target, strength, length, area, features, ends, power, weight):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Parents and altitudes of the tree; strength, length, area and features are overwritten.

    Half-edge 2e starts at ``source[e]``, 2e + 1 at ``target[e]``; those of a region are a linked list. A merged region
    takes the place of one of its two. An entry of the heap is void once its border was changed after it was made.
    """
    count, borders = len(area), len(source)
    start = np.empty(2 * borders, np.int64)
    start[0::2], start[1::2] = source, target
    following = np.full(2 * borders, -1, np.int64)
    first, last = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    for half in range(2 * borders):
        region = start[half]
        if first[region] < 0:
            first[region] = half
        else:
            following[last[region]] = half
        last[region] = half
    norms = np.zeros((count, len(ends) - 1))
    for region in range(count):
        _square(features, region, ends, norms)
    version = np.zeros(borders, np.int64)  # −1: gone
    heap = [(0.0, 0, 0) for _ in range(0)]  # tells the compiler the type
    for edge in range(borders):
        cost = _cost(
            strength[edge],
            length[edge],
            source[edge],
            target[edge],
            area,
            features,
            norms,
            ends,
            power,
            weight,
        )
        heap.append((cost, edge, 0))
    heapq.heapify(heap)

    parents = np.arange(2 * count - 1)
    altitudes = np.zeros(2 * count - 1)
    node = np.arange(count)  # of the tree, by region
    seen = np.full(count, -1, np.int64)  # merge at which a neighbor was last met, and by which border
    by = np.empty(count, np.int64)
    for merged in range(count, 2 * count - 1):
        cost, edge, made = heapq.heappop(heap)
        while version[edge] != made:
            cost, edge, made = heapq.heappop(heap)
        a, b = start[2 * edge], start[2 * edge + 1]
        parents[node[a]], parents[node[b]] = merged, merged
        altitudes[merged] = max(cost, max(altitudes[node[a]], altitudes[node[b]]))
        node[a] = merged
        area[a] += area[b]
        for channel in range(features.shape[1]):
            features[a, channel] += features[b, channel]
        _square(features, a, ends, norms)
        half = first[b]
        while half >= 0:
            start[half] = a
            half = following[half]
        following[last[a]] = first[b]
        last[a] = last[b]
        # one border a neighbor is left
        half, kept = first[a], np.int64(-1)
        while half >= 0:
            other, border = start[half ^ 1], half >> 1
            if version[border] >= 0 and other != a:
                if seen[other] == merged:
                    strength[by[other]] += strength[border]
                    length[by[other]] += length[border]
                    version[border] = -1
                else:
                    seen[other], by[other] = merged, border
                    if kept < 0:
                        first[a] = half
                    else:
                        following[kept] = half
                    kept = half
            else:
                version[border] = -1
            half = following[half]
        if kept < 0:
            first[a] = -1
        else:
            following[kept] = -1
        last[a] = kept
        half = first[a]
        while half >= 0:
            border, other = half >> 1, start[half ^ 1]
            version[border] += 1
            renewed = _cost(
                strength[border], length[border], a, other, area, features, norms, ends, power, weight
            )
            heapq.heappush(heap, (renewed, border, version[border]))
            half = following[half]
    return parents, altitudes
