"""Edge map → hierarchy of watershed basins."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import higra as hg
import numpy as np

from fsannot.data.errors import InputError
from fsannot.edges.model import check_edge_map
from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.criteria import check_takes_features, find_criterion
from fsannot.hierarchy.cut import Hierarchy


@lru_cache(maxsize=1)
def _grid(shape: tuple[int, int]) -> hg.UndirectedGraph:
    """4-adjacency graph; the last one is kept because the images of a dataset mostly share their size."""
    return hg.get_4_adjacency_graph(shape)


def build_hierarchy(
    edge_map: np.ndarray, criterion: str, min_strength: float = 0.0, maps: Sequence[np.ndarray] = ()
) -> Hierarchy:
    """Hierarchy of the watershed basins of an edge map.

    The steps: 4-adjacency graph weighted by the mean of two pixels' edge values; watershed cut (Cousty et al. 2009,
    10.1109/TPAMI.2008.173); region adjacency graph of its basins; merging by ``criterion``; nodes with a mean contour
    strength below ``min_strength`` removed.

    Args:
        edge_map: float32 (H, W) in [0, 1], 1 = surely a boundary.
        criterion: a key of ``fsannot.hierarchy.criteria.CRITERIA``.
        min_strength: in [0, 1]; 0 removes nothing. The children of a removed node merge only where its parent
            does, so on weak edge maps a positive value gives many small segments.
        maps: float32 (h, w, C) each, feature maps of the image, for a criterion that looks at them.

    Returns:
        the hierarchy; cut it with ``Hierarchy.cut``.

    Raises:
        InputError: an edge map with NaN or values outside [0, 1], an unknown criterion or one that takes no
            features where maps are given, a min_strength outside [0, 1].

    Example:
        >>> row = [0, 0.2, 0.2, 0, 0.9, 0.9, 0, 0.2, 0.2, 0]
        >>> edge_map = np.tile(np.array(row, np.float32), (3, 1))
        >>> hierarchy = build_hierarchy(edge_map, "area")
        >>> hierarchy.n_regions, hierarchy.n_segments(10)
        (4, 2)
    """
    check_edge_map(edge_map, source="hierarchy")
    chosen = find_criterion(criterion)
    if maps:
        check_takes_features(criterion)
    check_min_strength(min_strength)
    shape = (edge_map.shape[0], edge_map.shape[1])
    if edge_map.size == 1:
        return _single_region(shape)
    grid = _grid(shape)
    weights = hg.weight_graph(grid, np.ascontiguousarray(edge_map), hg.WeightFunction.mean)
    rag = hg.make_region_adjacency_graph_from_labelisation(grid, hg.labelisation_watershed(grid, weights))
    if rag.num_vertices() == 1:
        return _single_region(shape)
    basins = Basins(rag, weights, maps)
    tree, altitudes = chosen.merge(basins)
    if min_strength > 0:
        strength = hg.attribute_contour_strength(tree, weights)
        tree, kept = hg.simplify_tree(tree, strength < min_strength)
        altitudes = altitudes[kept]
    return Hierarchy(
        regions=basins.regions,
        parents=tree.parents().astype(np.int32),
        altitudes=np.asarray(altitudes, np.float64),
    )


def check_min_strength(min_strength: float) -> None:
    """Check a smallest contour strength.

    Args:
        min_strength: what should be a number in [0, 1].

    Raises:
        InputError: not a number, or outside [0, 1].
    """
    number = isinstance(min_strength, (int, float, np.floating)) and not isinstance(min_strength, bool)
    if not number or not 0 <= min_strength <= 1:
        raise InputError(
            f"hierarchy.min_strength={min_strength!r} is not valid; it is an edge strength in [0, 1], 0 = off"
        )


def _single_region(shape: tuple[int, int]) -> Hierarchy:
    return Hierarchy(np.zeros(shape, np.int32), np.zeros(1, np.int32), np.zeros(1))
