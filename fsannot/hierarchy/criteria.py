"""The criteria by which the basins of an image are merged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import higra as hg
import numpy as np

from fsannot.data.errors import InputError
from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.mean_border import by_mean_border

MergeFunction = Callable[[Basins], tuple[hg.Tree, np.ndarray]]
"""Basins → tree over them and node altitudes, float (V,), which never fall on the way to the root."""
WatershedFunction = Callable[[hg.UndirectedGraph, np.ndarray], tuple[hg.Tree, np.ndarray]]
"""Region adjacency graph and its edge weights (E,) → tree and node altitudes."""


@dataclass(frozen=True)
class Criterion:
    """A way to merge basins.

    Attributes:
        merge: does it.
        takes_features: whether it looks at feature maps of the image, where they are given.
    """

    merge: MergeFunction
    takes_features: bool = False


def watershed(by: WatershedFunction) -> Criterion:
    """The criterion of a hierarchical watershed.

    Args:
        by: takes the region adjacency graph and the lowest pass of each border.

    Returns:
        the criterion.
    """
    return Criterion(lambda basins: by(basins.graph, basins.passes))


def by_minima(graph: hg.UndirectedGraph, weights: np.ndarray) -> tuple[hg.Tree, np.ndarray]:
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


CRITERIA: dict[str, Criterion] = {
    # threshold in pixels × edge strength: the least weight of water that fills the smaller of two regions
    "volume": watershed(hg.watershed_hierarchy_by_volume),
    # threshold in pixels
    "area": watershed(hg.watershed_hierarchy_by_area),
    # threshold in edge strength, [0, 1]: depth of the shallower region below the pass between the two
    "dynamics": watershed(hg.watershed_hierarchy_by_dynamics),
    # threshold in nodes of the min tree, Perret et al. 2018, 10.1109/TIP.2017.2779604
    "parents": watershed(hg.watershed_hierarchy_by_number_of_parents),
    # threshold in minima of the region adjacency graph
    "minima": watershed(by_minima),
    # threshold in edge strength: mean strength of a border that keeps a region of 1 % of its image apart
    "mean_border": Criterion(by_mean_border, takes_features=True),
}
"""Hierarchies by criterion: watersheds (Cousty and Najman 2011; Najman, Cousty and Perret 2013) and merging by the mean
border, see :mod:`fsannot.hierarchy.mean_border`. A threshold has the criterion's own unit."""


def find_criterion(name: str) -> Criterion:
    """The criterion of a name.

    Args:
        name: a key of ``CRITERIA``.

    Returns:
        the criterion.

    Raises:
        InputError: an unknown name; lists the valid ones.
    """
    if name not in CRITERIA:
        raise InputError(
            f"hierarchy.criterion={name!r} is not known; choose one of {', '.join(sorted(CRITERIA))}"
        )
    return CRITERIA[name]


def check_takes_features(name: str) -> None:
    """Check that a criterion looks at features.

    Args:
        name: a key of ``CRITERIA``.

    Raises:
        InputError: an unknown name, or a criterion that does not.
    """
    if not find_criterion(name).takes_features:
        able = ", ".join(sorted(key for key, criterion in CRITERIA.items() if criterion.takes_features))
        raise InputError(
            f"hierarchy.features: the criterion {name} takes none; set hierarchy.features=null, or choose {able}"
        )
