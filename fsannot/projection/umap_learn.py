"""UMAP on the CPU, with umap-learn's layout optimiser."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import numpy as np
from scipy import sparse

from fsannot.data.errors import InputError
from fsannot.features.rows import FeatureRows, Features
from fsannot.lanes import one_thread
from fsannot.projection.fuzzy_graph import fuzzy_graph, intersect_labels, with_self
from fsannot.projection.neighborhoods import FindNeighbors, Neighborhoods
from fsannot.projection.pca import principal_components
from fsannot.projection.projector import UNLABELLED, Projector

MIN_SPECTRAL = 20
"""Below this the spectral start's eigensolver is not reliable and a random one is used."""
SPECTRAL_UP_TO = 20_000
"""Points beyond which a layout starts from principal components: the eigensolver's time grows too fast, and the global
structure is kept as well (Kobak and Linderman 2021, 10.1038/s41587-020-00809-z)."""
EXTENT = (4.0, 80.0)
"""Longer side of a layout that can come from UMAP; an init of another scale is resized."""


class UmapLearn(Projector):
    """Uniform Manifold Approximation and Projection (McInnes et al., arXiv:1802.03426).

    Nearest neighbors are found once per set of features and kept, so that laying out the same points with more
    labels costs only the optimisation. With ``init`` that starts where the points were and runs
    ``warm_epochs``. The same arguments and seed give the same layout to the last bit, on any number of threads.

    Args:
        n_neighbors: size of a neighborhood, the point itself included.
        min_dist: least distance of points on the canvas, in UMAP's units.
        target_weight: weight of labels against features, in [0, 1).
        n_epochs: of a fresh layout; ``None`` for 500 up to 10,000 points and 200 beyond.
        warm_epochs: when ``init`` is given.
        negative_sample_rate: repelled points per attracted one.
        remembered: sets of features whose neighborhoods are kept.

    Raises:
        InputError: a value outside its range; names the key.
    """

    name = "umap_learn"

    def __init__(
        self,
        *,
        n_neighbors: int = 15,
        min_dist: float = 0.01,
        target_weight: float = 0.5,
        n_epochs: int | None = None,
        warm_epochs: int = 50,
        negative_sample_rate: int = 5,
        remembered: int = 4,
    ) -> None:
        check_umap_settings(n_neighbors, min_dist, target_weight)
        for key, value in (("n_epochs", n_epochs), ("warm_epochs", warm_epochs)):
            if value is not None and value < 1:
                raise InputError(f"projection.{key}={value} must be at least 1")
        if negative_sample_rate < 0 or remembered < 1:
            raise InputError(
                f"projection.negative_sample_rate={negative_sample_rate} must be at least 0 "
                f"and projection.remembered={remembered} at least 1"
            )
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.target_weight = target_weight
        self.n_epochs = n_epochs
        self.warm_epochs = warm_epochs
        self.negative_sample_rate = negative_sample_rate
        self.remembered = remembered
        self._graphs: OrderedDict[str, sparse.csr_matrix] = OrderedDict()
        self._curve: tuple[float, float] | None = None

    def fingerprint(self) -> str:
        settings = (
            f"{self.name}|{self.n_neighbors}|{self.min_dist}|{self.target_weight}|{self.n_epochs}|"
            f"{self.warm_epochs}|{self.negative_sample_rate}"
        )
        return hashlib.sha256(settings.encode()).hexdigest()

    def _project(
        self,
        features: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors | None,
        seed: int,
    ) -> np.ndarray:
        graph = self._graph(features, neighbors or Neighborhoods(features, seed=seed).table)
        if labels is not None and (labels != UNLABELLED).any():
            graph = intersect_labels(graph, labels, self.target_weight)
        random = np.random.RandomState(seed % 2**32)  # umap-learn takes no Generator
        if init is not None:
            return self._optimise(graph, _usable(init, random), self.warm_epochs, random)
        epochs = self.n_epochs or (500 if len(features) <= 10_000 else 200)
        return self._optimise(graph, self._start(features, graph, random), epochs, random)

    def _graph(self, features: Features, neighbors: FindNeighbors) -> sparse.csr_matrix:
        """The fuzzy graph of these features, computed once."""
        key = (
            features.fingerprint()
            if isinstance(features, FeatureRows)
            else hashlib.blake2b(np.ascontiguousarray(features).data).hexdigest()
        )
        if key in self._graphs:
            self._graphs.move_to_end(key)
            return self._graphs[key]
        count = len(features)
        k = min(self.n_neighbors, count) - 1
        graph = fuzzy_graph(*with_self(*neighbors(k)))
        self._graphs[key] = graph
        while len(self._graphs) > self.remembered:
            self._graphs.popitem(last=False)
        return graph

    @staticmethod
    def _start(features: Features, graph: sparse.csr_matrix, random: np.random.RandomState) -> np.ndarray:
        """Where a fresh layout starts, float32 (N, 2), in a square of side 10."""
        if len(features) < MIN_SPECTRAL:
            return random.uniform(0, 10, (len(features), 2)).astype(np.float32)
        if len(features) > SPECTRAL_UP_TO:
            start = principal_components(features, 2)
        else:
            from umap.spectral import spectral_layout

            with one_thread():  # the eigensolver's last bits would decide where points go
                start = spectral_layout(features, graph, 2, random, metric="euclidean")
        start = start * (10 / np.abs(start).max()) + random.normal(scale=1e-4, size=start.shape)
        low, high = start.min(0), start.max(0)
        return (10 * (start - low) / np.maximum(high - low, 1e-12)).astype(np.float32)

    def _optimise(
        self, graph: sparse.csr_matrix, start: np.ndarray, epochs: int, random: np.random.RandomState
    ) -> np.ndarray:
        from umap.layouts import optimize_layout_euclidean  # imports and compiles for seconds
        from umap.umap_ import find_ab_params, make_epochs_per_sample

        if self._curve is None:
            self._curve = find_ab_params(1.0, self.min_dist)
        edges = graph.tocoo()
        weight = edges.data
        kept = weight >= weight.max() / max(epochs, 10)  # a weaker edge would never be sampled
        positions = np.ascontiguousarray(start, np.float32).copy()
        return optimize_layout_euclidean(
            positions,
            positions,
            edges.row[kept],
            edges.col[kept],
            epochs,
            len(positions),
            make_epochs_per_sample(weight[kept], epochs),
            *self._curve,
            random.randint(-(2**31) + 1, 2**31 - 1, 3).astype(np.int64),
            negative_sample_rate=self.negative_sample_rate,
            move_other=True,
        )


def _usable(init: np.ndarray, random: np.random.RandomState) -> np.ndarray:
    """``init`` on UMAP's scale, without points in one place, which nothing would ever part."""
    extent = float(np.ptp(init, axis=0).max())
    scale = 1.0 if EXTENT[0] <= extent <= EXTENT[1] else 15.0 / max(extent, 1e-12)
    start = (init * scale).astype(np.float32)
    _, first = np.unique(start, axis=0, return_index=True)
    again = np.setdiff1d(np.arange(len(start)), first)
    start[again] += random.normal(scale=1e-2, size=(len(again), 2))
    return start


def check_umap_settings(n_neighbors: int, min_dist: float, target_weight: float) -> None:
    """Check the settings that every UMAP has.

    Args:
        n_neighbors: at least 2.
        min_dist: in [0, 1].
        target_weight: in [0, 1).

    Raises:
        InputError: a value outside its range; names the key.
    """
    if n_neighbors < 2:
        raise InputError(f"projection.n_neighbors={n_neighbors} must be at least 2")
    if not 0 <= min_dist <= 1:
        raise InputError(f"projection.min_dist={min_dist} must be in [0, 1]")
    if not 0 <= target_weight < 1:
        raise InputError(f"projection.target_weight={target_weight} must be in [0, 1)")
