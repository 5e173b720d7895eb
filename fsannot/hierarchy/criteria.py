"""The attributes a hierarchical watershed can be ordered by."""

from __future__ import annotations

from collections.abc import Callable

import higra as hg
import numpy as np

from fsannot.data.errors import InputError

WatershedFunction = Callable[[hg.UndirectedGraph, np.ndarray], tuple[hg.Tree, np.ndarray]]
"""Region adjacency graph and its edge weights (E,) → tree and node altitudes."""


def _by_minima(graph: hg.UndirectedGraph, weights: np.ndarray) -> tuple[hg.Tree, np.ndarray]:
    """Each basin disappears when as many minima as the threshold lie around it, whatever their size."""

    def minima_below(tree: hg.Tree, altitudes: np.ndarray) -> np.ndarray:
        parents, leaves = tree.parents(), tree.num_leaves()
        own = np.where(np.arange(len(parents)) < leaves, np.inf, altitudes)  # leaves carry no weight
        lowest = hg.accumulate_and_min_sequential(tree, own, own[:leaves], hg.Accumulators.min)
        top_of_plateau = (altitudes[parents] > altitudes) | (parents == np.arange(len(parents)))
        minimum = (own == lowest) & top_of_plateau & np.isfinite(own)
        count = hg.accumulate_and_add_sequential(
            tree, minimum.astype(np.float64), np.zeros(leaves), hg.Accumulators.sum
        )
        count[leaves:] = np.maximum(count[leaves:], 1)  # the inside of a plateau belongs to its minimum
        return count

    return hg.watershed_hierarchy_by_attribute(graph, weights, minima_below)


CRITERIA: dict[str, WatershedFunction] = {
    # threshold in pixels × edge strength: the least weight of water that fills the smaller of two regions
    "volume": hg.watershed_hierarchy_by_volume,
    # threshold in pixels
    "area": hg.watershed_hierarchy_by_area,
    # threshold in edge strength, [0, 1]: depth of the shallower region below the pass between the two
    "dynamics": hg.watershed_hierarchy_by_dynamics,
    # threshold in nodes of the min tree, Perret et al. 2018, 10.1109/TIP.2017.2779604
    "parents": hg.watershed_hierarchy_by_number_of_parents,
    # threshold in minima of the region adjacency graph
    "minima": _by_minima,
}
"""Watershed hierarchies by criterion (Cousty and Najman 2011; Najman, Cousty and Perret 2013). A threshold
has the criterion's own unit."""


def watershed_function(criterion: str) -> WatershedFunction:
    """The watershed hierarchy of a criterion.

    Args:
        criterion: a key of ``CRITERIA``.

    Returns:
        function of a region adjacency graph and its edge weights.

    Raises:
        InputError: an unknown criterion; lists the valid ones.
    """
    if criterion not in CRITERIA:
        raise InputError(
            f"hierarchy.criterion={criterion!r} is not known; choose one of {', '.join(sorted(CRITERIA))}"
        )
    return CRITERIA[criterion]
