"""Nearest neighbors of one embedding, found once and shared by all who ask."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fsannot.data.errors import InputError
from fsannot.features.rows import FeatureRows, Features
from fsannot.projection.approximate import approximate_neighbors
from fsannot.projection.neighbors import nearest_neighbors, without_self

WIDTH = 20
"""Neighbors kept of each point: those of a projection, and some for points that are gone."""
EXACT_UP_TO = 30_000
"""Points on the CPU up to which all pairs are compared; beyond, the time of that grows too fast."""

FindNeighbors = Callable[[int], tuple[np.ndarray, np.ndarray]]
"""k → index int32 (N, k) and similarity float32 (N, k) of all points, themselves excluded."""


class Neighborhoods:
    """The k nearest neighbors of the rows of an embedding, computed when first needed and brought up to date.

    Answers about some of the rows are read off the table where it holds enough of them, which is exact, and computed
    where it does not. Up to ``exact_up_to`` points, or on a GPU, the table is exact.

    Args:
        features: float16 or float32 (N, D), rows of unit norm; need not be in memory.
        device: where products are computed.
        exact_up_to: points on the CPU beyond which neighbors are approximate.
        seed: of approximate neighbors.
    """

    def __init__(
        self, features: Features, *, device: str = "cpu", exact_up_to: int = EXACT_UP_TO, seed: int = 0
    ) -> None:
        self.features = features
        self.device = device
        self.exact_up_to = exact_up_to
        self.seed = seed
        self._index = np.empty((0, 0), np.int32)
        self._similarity = np.empty((0, 0), np.float32)

    @property
    def exact(self) -> bool:
        """Whether no neighbor can have been missed."""
        return self.device != "cpu" or len(self.features) <= self.exact_up_to

    def extend(self, new: Features) -> None:
        """Append points; the table is updated when it is next needed.

        Args:
            new: float16 or float32 (n, D), rows of unit norm.
        """
        if isinstance(self.features, FeatureRows):
            blocks = new.blocks if isinstance(new, FeatureRows) else [new]
            self.features = self.features.extended(blocks)
        else:
            self.features = np.concatenate([self.features, new[:]])

    def settle(self) -> None:
        """Update an approximate table now instead of when it is needed.

        An approximate table depends on when it was computed and extended. Updated at the same steps of a session, it
        stays the same in a resumed session, which may recall a layout without needing the table.
        """
        if not self.exact:
            self.table(WIDTH)

    def table(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Neighbors of all points.

        Args:
            k: neighbors a point, itself excluded; between 1 and N − 1.

        Returns:
            index int32 (N, k) and cosine similarity float32 (N, k), most similar first.

        Raises:
            InputError: k is below 1 or above N − 1.

        Example:
            >>> features = np.array([[1, 0], [0.8, 0.6], [0, 1]], np.float32)
            >>> index, similarity = Neighborhoods(features).table(1)
            >>> index.ravel()
            array([1, 0, 1], dtype=int32)
        """
        count = len(self.features)
        if not 1 <= k < count:
            raise InputError(f"k={k} neighbors asked for, between 1 and {count - 1} can be had of {count}")
        width = min(max(k, WIDTH), count - 1)
        known, had = self._index.shape
        if had < width or count > 1.5 * known:
            self._index, self._similarity = self._compute(width)
        elif known < count:
            self._update(known)
        return self._index[:, :k], self._similarity[:, :k]

    def among(self, members: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Neighbors of some points among each other.

        Args:
            members: int (M,), rising, rows of the embedding.
            k: neighbors a point, itself excluded; between 1 and M − 1.

        Returns:
            index int32 (M, k) into ``members``, and cosine similarity float32 (M, k).

        Raises:
            InputError: k is below 1 or above M − 1.
        """
        if len(members) == len(self.features):
            return self.table(k)
        if not 1 <= k < len(members):
            raise InputError(
                f"k={k} neighbors asked for, between 1 and {len(members) - 1} can be had of {len(members)}"
            )
        if not self._current and len(members) < len(self.features) / 2:
            return nearest_neighbors(self.rows(members), k, device=self.device)
        self.table(min(k, len(self.features) - 1))
        position = np.full(len(self.features), -1, np.int32)
        position[members] = np.arange(len(members), dtype=np.int32)
        index, similarity, complete = _first(position[self._index[members]], self._similarity[members], k)
        rest = np.flatnonzero(~complete)
        if len(rest):
            found, value = nearest_neighbors(
                self.rows(members), k + 1, self.rows(members[rest]), device=self.device
            )
            index[rest], similarity[rest] = without_self(found, value, rest)
        return index, similarity

    def nearest(self, queries: np.ndarray, candidates: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k most similar of some points for each of some others.

        Args:
            queries: int (q,), rows.
            candidates: bool (N,), none of them a query.
            k: at most the number of candidates.

        Returns:
            index int32 (q, k), rows of the embedding, and similarity float32 (q, k).

        Raises:
            InputError: a query that is a candidate, or k out of range.
        """
        if candidates[queries].any():
            raise InputError(
                "a point was to be searched for its own neighbors; leave it out of the candidates"
            )
        chosen = np.flatnonzero(candidates)
        if not 1 <= k <= len(chosen):
            raise InputError(f"k={k} neighbors asked for, between 1 and {len(chosen)} can be had")
        index = np.empty((len(queries), k), np.int32)
        similarity = np.empty((len(queries), k), np.float32)
        complete = np.zeros(len(queries), bool)
        tabled = np.flatnonzero(queries < len(self._index)) if self._current else queries[:0]
        if len(tabled):
            near = self._index[queries[tabled]]
            index[tabled], similarity[tabled], complete[tabled] = _first(
                np.where(candidates[near], near, -1), self._similarity[queries[tabled]], k
            )
        rest = np.flatnonzero(~complete)
        if len(rest):
            found, value = nearest_neighbors(
                self.rows(chosen), k, self.rows(queries[rest]), device=self.device
            )
            index[rest], similarity[rest] = chosen[found], value
        return index, similarity

    @property
    def _current(self) -> bool:
        """Whether the table covers all points."""
        return len(self._index) == len(self.features)

    def rows(self, rows: np.ndarray) -> Features:
        """Features of some points; those on disk stay there.

        Args:
            rows: int (n,) rising, or bool (N,).

        Returns:
            float16 or float32 (n, D).
        """
        if isinstance(self.features, FeatureRows):
            return self.features.select(rows)
        return self.features[rows]

    def _compute(self, width: int) -> tuple[np.ndarray, np.ndarray]:
        if not self.exact and len(self.features) > 4 * width:
            return approximate_neighbors(self.features, width, seed=self.seed)
        return nearest_neighbors(self.features, width, device=self.device)

    def _update(self, known: int) -> None:
        """Rows for the points from ``known`` on, and these points in the rows of the others."""
        width = self._index.shape[1]
        fresh = self.features[known:]
        found, value = nearest_neighbors(self.features, width + 1, fresh, device=self.device)
        below = without_self(found, value, np.arange(known, known + len(fresh)))
        more = min(width, len(fresh))
        added, likeness = nearest_neighbors(fresh, more, self.rows(np.arange(known)), device=self.device)
        index = np.concatenate([self._index, added + np.int32(known)], 1)
        similarity = np.concatenate([self._similarity, likeness], 1)
        # stable: among equals the earlier point stays ahead
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :width]
        self._index = np.concatenate([np.take_along_axis(index, order, 1), below[0]])
        self._similarity = np.concatenate([np.take_along_axis(similarity, order, 1), below[1]])


def _first(near: np.ndarray, similarity: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first k entries ≥ 0 of each row, their similarities, and which rows have as many."""
    order = np.argsort(near < 0, axis=1, kind="stable")[:, :k]
    complete = (near >= 0).sum(1) >= k
    if order.shape[1] < k:  # the table is narrower: nothing is complete
        order = np.pad(order, ((0, 0), (0, k - order.shape[1])))
    return np.take_along_axis(near, order, 1), np.take_along_axis(similarity, order, 1), complete
