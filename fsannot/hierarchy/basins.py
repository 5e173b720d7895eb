"""Watershed basins of an image and their neighbors: what every criterion starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import higra as hg
import numpy as np


@dataclass(frozen=True, eq=False)
class Basins:
    """Region adjacency graph of the basins, the pixel graph's weights and, where given, features of the image.

    Attributes:
        graph: region adjacency graph; vertex r is basin r, an edge is a border between two basins.
        weights: float (E,), of the pixel graph's edges: mean edge strength of the two pixels, [0, 1].
        maps: float32 (h, w, C) each, feature maps of the image at any resolution; none where there are no features.
    """

    graph: hg.UndirectedGraph
    weights: np.ndarray
    maps: Sequence[np.ndarray] = ()

    @cached_property
    def regions(self) -> np.ndarray:
        """Basin of each pixel, int32 (H, W)."""
        of = hg.CptRegionAdjacencyGraph.construct(self.graph)
        shape = hg.CptGridGraph.get_shape(of["pre_graph"])
        return of["vertex_map"].reshape(shape).astype(np.int32)

    @cached_property
    def passes(self) -> np.ndarray:
        """Lowest weight on each border, float (edges of ``graph``,)."""
        return hg.rag_accumulate_on_edges(self.graph, hg.Accumulators.min, self.weights)

    @cached_property
    def strengths(self) -> np.ndarray:
        """Mean weight on each border, float (edges of ``graph``,)."""
        return hg.rag_accumulate_on_edges(self.graph, hg.Accumulators.mean, self.weights)

    @cached_property
    def lengths(self) -> np.ndarray:
        """Pairs of neighboring pixels on each border, float64 (edges of ``graph``,)."""
        return hg.rag_accumulate_on_edges(self.graph, hg.Accumulators.sum, np.ones(len(self.weights)))

    @cached_property
    def areas(self) -> np.ndarray:
        """Pixels of each basin, int64 (R,)."""
        return np.bincount(self.regions.ravel(), minlength=self.graph.num_vertices())
