"""Seeded watershed on the edge map: how feature space annotation splits a segment, as a click baseline."""

from __future__ import annotations

import higra as hg
import numpy as np

from fsannot.clicks.predictors.seeded import OBJECT, Border, SeededPredictor


class WatershedPredictor(SeededPredictor):
    """Each pixel belongs to the seed it reaches over the lowest pass of the edge map.

    Image foresting transform with the maximum arc as path cost (Falcão, Stolfi, Lotufo, TPAMI 2004,
    doi:10.1109/TPAMI.2004.1261076), which is the watershed cut of the 4-adjacency graph with w(p, q) = (G(p) + G(q))
    / 2 (Cousty et al., TPAMI 2009, doi:10.1109/TPAMI.2008.173). Such a forest is contained in a minimum spanning tree
    of the graph (Cousty et al., theorem 10): the tree is built once per image, and a click only cuts it. Where passes
    are equally high, any such forest is right, and the order of the tree decides. The result is a hard mask,
    probability 0 or 1.

    Args:
        size: see ``SeededPredictor``.
        radius: see ``SeededPredictor``.
        border: see ``SeededPredictor``.

    Examples:
        >>> from fsannot.clicks.click import Click
        >>> edges = np.zeros((32, 48), np.float32)
        >>> edges[8:24, [12, 35]] = edges[[8, 23], 12:36] = 1
        >>> predictor = WatershedPredictor(radius=1)
        >>> predictor.start(np.zeros((32, 48, 3), np.uint8), edges)
        >>> probability = predictor.predict([Click(16, 24, True)])
        >>> float(probability[16, 24]), float(probability[2, 2])
        (1.0, 0.0)
    """

    name = "watershed"
    needs_edges = True

    def __init__(self, *, size: int | None = None, radius: int = 3, border: Border = "always") -> None:
        super().__init__(size=size, radius=radius, border=border)

    def _settings(self) -> tuple[object, ...]:
        return ()

    def _prepare(self, image: np.ndarray, edge_map: np.ndarray | None) -> None:
        assert edge_map is not None
        graph = hg.get_4_adjacency_graph(edge_map.shape)
        weights = hg.weight_graph(graph, edge_map, hg.WeightFunction.mean)
        if graph.num_edges() == 0:  # a single pixel is its own tree
            self._tree, self._weights = graph, weights
            return
        hierarchy, _ = hg.bpt_canonical(graph, weights)
        self._tree = hg.CptBinaryHierarchy.get_mst(hierarchy)
        self._weights = weights[hg.get_attribute(self._tree, "mst_edge_map")]

    def _probability(self, seeds: np.ndarray) -> np.ndarray:
        labels = hg.labelisation_seeded_watershed(self._tree, self._weights, seeds.ravel())
        return (labels.reshape(seeds.shape) == OBJECT).astype(np.float32)
