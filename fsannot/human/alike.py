"""What looks alike: the most similar segments, and clusters of them, by fixed reference features.

The reference features are those of pooled Lite0, centred, whatever features a run uses: what a person confuses does
not depend on what the tool computes. They are kept as whole numbers of norm ``SCALE``, so that every sum in a product
of two of them is a whole number of at most 2²², which float32 holds exactly: similarities do not depend on the order
of rows, on the number of threads, or on the linear algebra library.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numba
import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.draws import combine

SCALE = 2048
"""Norm of a feature vector in whole numbers; a cosine is then off by about 0.001 at most."""
RADIUS = 0.66
"""Cosine distance within which a segment joins a leader.

Set once, on dev-5 (DAVIS blackswan, bmx-trees, breakdance, camel and car-roundabout: 39 images, 8,938 segments of the
default partition), measured by ``scripts/cluster_radius.py`` on 24 November 2026: the first multiple of 0.01 at which
the median cluster holds at least ten segments (397 clusters, median 11; 8 at 0.65).
"""
EXACT = 20_000
"""Number of candidates up to which each segment is compared with all of them in all dimensions."""
DIMENSIONS, SHORTLIST = 128, 200
"""Above ``EXACT`` the best ``SHORTLIST`` by ``DIMENSIONS`` random projections are compared in all dimensions."""

_QUERIES, _CANDIDATES = 1024, 8192
"""Rows of a chunk of similarities: 32 MiB."""
_SIGNS = 0x5EE16A11

Arrays = Mapping[str, np.ndarray]


class Recall(Protocol):
    """Runs ``compute`` or returns what it gave for the same stage and inputs, with the seconds it took."""

    def __call__(
        self, stage: str, inputs: Mapping[str, object], compute: Callable[[], Arrays]
    ) -> tuple[Arrays, float]: ...


@dataclass(frozen=True, eq=False)
class Found:
    """What is alike to some segments.

    Attributes:
        nearest: int32 (M, k), positions of the most similar ones, best first, −1 where there are fewer.
        leader: int32 (M,), position of the cluster's leader, −1 for one that is in no cluster.
    """

    nearest: np.ndarray
    leader: np.ndarray


class Alike:
    """The segments of first partitions of a session's images; grows by images, and never changes what it said.

    A position counts the segments in the order in which they were appended.

    Args:
        neighbors: k, how many most similar segments are found.
        radius: cosine distance within which a segment joins a leader.
        recall: a store of earlier results, or None to compute.

    Raises:
        InputError: fewer than 1 neighbor, a radius outside [0, 2].
    """

    def __init__(self, *, neighbors: int = 10, radius: float = RADIUS, recall: Recall | None = None) -> None:
        if neighbors < 1:
            raise InputError(f"neighbors={neighbors}: at least 1 is needed")
        if not 0.0 <= radius <= 2.0:
            raise InputError(f"radius={radius}: a cosine distance in [0, 2] is needed")
        self._k, self._radius, self._recall = neighbors, radius, recall
        self._points = np.zeros((0, 0), np.int16)
        self._leaders = np.zeros(0, np.int32)
        self._history = hashlib.sha256()

    def __len__(self) -> int:
        return len(self._points)

    def append(self, points: np.ndarray, image_starts: np.ndarray) -> Found:
        """Take in the segments of new images.

        A segment's most similar ones are sought among all positions known after this call. Clusters do not depend
        on how images are divided into calls: the images are visited in the order given, and within an image the
        segments in theirs, and each joins the first leader within the radius or becomes one.

        Args:
            points: int16 (M, D) of ``whole_numbers``, image by image; within an image in the order of becoming leaders.
            image_starts: int (images,), where each image begins in ``points``, rising from 0.

        Returns:
            what is alike to each of the new segments.
        """
        start = len(self)
        everything = np.concatenate([self._points, points]) if start else points
        self._history.update(np.ascontiguousarray(points).tobytes())
        self._history.update(np.asarray(image_starts, np.int64).tobytes() + b"|")

        def compute() -> dict[str, np.ndarray]:
            own = np.arange(start, len(everything))
            return {
                "nearest": nearest(points, everything, self._k, own),
                "leader": self.cluster(points, image_starts),
            }

        if self._recall is None:
            made: Arrays = compute()
        else:
            inputs: dict[str, object] = {"points": self._history.hexdigest()}
            inputs |= {"neighbors": self._k, "radius": self._radius}
            inputs |= {"exact": EXACT, "dimensions": DIMENSIONS, "shortlist": SHORTLIST}
            made, _ = self._recall("look_alikes", inputs, compute)
        found = Found(np.asarray(made["nearest"]), np.asarray(made["leader"]))
        own = np.arange(start, len(everything))
        self._points = everything
        self._leaders = np.concatenate([self._leaders, own[found.leader == own].astype(np.int32)])
        return found

    def cluster(self, points: np.ndarray, image_starts: np.ndarray) -> np.ndarray:
        """Find the clusters that segments of new images would join.

        Args:
            points: int16 (M, D) of ``whole_numbers``, image by image; within an image in the order of becoming leaders.
            image_starts: int (images,), where each image begins in ``points``, ascending from 0.

        Returns:
            int32 (M,), position of each one's leader.
        """
        start = len(self)
        leader_of = np.empty(len(points), np.int32)
        leaders, at = self._points[self._leaders], self._leaders
        for begin, end in zip(image_starts, [*image_starts[1:], len(points)], strict=True):
            block = points[begin:end]
            first = _first(block, leaders, self._enough)
            leader = np.where(first >= 0, at[np.maximum(first, 0)] if len(at) else 0, -1)
            alone = np.flatnonzero(first < 0)
            within = _lead_within(block[alone].astype(np.float32), self._enough)
            leader[alone] = start + begin + alone[within]
            new = alone[within == np.arange(len(alone))]
            leaders = np.concatenate([leaders, block[new]]) if len(leaders) else block[new]
            at = np.concatenate([at, start + begin + new])
            leader_of[begin:end] = leader
        return leader_of

    def find(self, points: np.ndarray, known: np.ndarray, without: np.ndarray) -> Found:
        """What is alike to segments that are not taken in, such as parts made by a split.

        Args:
            points: int16 (M, D) of ``whole_numbers``.
            known: int (M,), how many positions each may be compared with, from the first on.
            without: int (M,), a position that does not count, −1 for none.

        Returns:
            what is alike to each of them; ``leader`` is −1 where no leader is within the radius.
        """
        found = np.full((len(points), self._k), -1, np.int32)
        leader = np.full(len(points), -1, np.int32)
        for limit in np.unique(known):
            rows = np.flatnonzero(known == limit)
            found[rows] = nearest(points[rows], self._points[:limit], self._k, without[rows])
            leaders = self._leaders[self._leaders < limit]
            first = _first(points[rows], self._points[leaders], self._enough)
            leader[rows] = np.where(first >= 0, leaders[np.maximum(first, 0)] if len(leaders) else 0, -1)
        return Found(found, leader)

    @property
    def _enough(self) -> np.float32:
        return np.float32(np.ceil((1.0 - self._radius) * SCALE**2))


def whole_numbers(features: np.ndarray) -> np.ndarray:
    """Reference features as they are compared.

    Args:
        features: float (N, D), unit-norm rows; a row of zeros is alike to nothing.

    Returns:
        int16 (N, D), rows of norm ``SCALE`` or a little less.

    Raises:
        InputError: not (N, D), values that are not finite, or rows of another norm.
    """
    if features.ndim != 2 or features.dtype.kind != "f":
        raise InputError(
            f"reference features are {features.dtype} {features.shape}; floating point (N, D) is needed"
        )
    norm = np.sqrt(np.einsum("nd,nd->n", features, features, dtype=np.float64))
    wrong = ~((np.abs(norm - 1.0) < 0.01) | (norm == 0.0))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise InputError(f"reference features: row {row} has norm {norm[row]:.3g}; unit norm is needed")
    return _scaled(np.rint(features.astype(np.float64) * 65536.0))


def nearest(
    queries: np.ndarray, candidates: np.ndarray, k: int, without: np.ndarray, *, exact: int = EXACT
) -> np.ndarray:
    """The candidates with the largest cosine.

    Up to ``exact`` candidates are all compared in all D dimensions, which takes M · N · D multiplications. Of
    more, the best ``SHORTLIST`` (at least 20 k) by the cosine in ``DIMENSIONS`` dimensions are, to which vectors are
    projected by fixed random signs (Johnson and Lindenstrauss 1984; Achlioptas, *Database-friendly random
    projections*, JCSS 2003, doi:10.1016/S0022-0000(03)00025-4).

    Args:
        queries: int16 (M, D) of ``whole_numbers``.
        candidates: int16 (N, D) of ``whole_numbers``.
        k: how many.
        without: int (M,), the candidate that does not count for each query, −1 for none.
        exact: how many candidates are compared without a shortlist.

    Returns:
        int32 (M, k), best first, the lower position first on a tie, −1 where there are fewer.
    """
    without = np.asarray(without, np.int64)
    if len(candidates) <= exact:
        return _search(queries, candidates, k, without)
    length = max(SHORTLIST, 20 * k)
    shortlist = _search(_projected(queries), _projected(candidates), length, without)
    return _rank(queries, candidates, shortlist, k)


def _search(queries: np.ndarray, candidates: np.ndarray, k: int, without: np.ndarray) -> np.ndarray:
    """Compare all with all; memory beside arguments and result is constant."""
    index = np.full((len(queries), k), -1, np.int32)
    for begin in range(0, len(queries), _QUERIES):
        chunk = slice(begin, begin + _QUERIES)
        left = queries[chunk].astype(np.float32)
        value = np.full((len(left), k), -np.inf, np.float32)
        for first in range(0, len(candidates), _CANDIDATES):
            similarity = left @ candidates[first : first + _CANDIDATES].astype(np.float32).T
            _keep_best(similarity, first, without[chunk], value, index[chunk])
    return index


def _projected(points: np.ndarray) -> np.ndarray:
    """int16 (N, DIMENSIONS), whole-number rows of norm ``SCALE`` or a little less."""
    dimensions = points.shape[1]
    bits = combine(_SIGNS, np.arange(dimensions * DIMENSIONS)) >> np.uint64(63)
    signs = np.where(bits, 1.0, -1.0).reshape(dimensions, DIMENSIONS)
    out = np.empty((len(points), DIMENSIONS), np.int16)
    for begin in range(0, len(points), _CANDIDATES):
        chunk = slice(begin, begin + _CANDIDATES)
        out[chunk] = _scaled(points[chunk].astype(np.float64) @ signs)
    return out


def _scaled(values: np.ndarray) -> np.ndarray:
    """Rows of whole numbers, float64, to norm ``SCALE``: towards zero, so that no partial sum exceeds ``SCALE``²."""
    norm = np.sqrt((values**2).sum(1, keepdims=True))
    return np.trunc(values / np.maximum(norm, 1.0) * SCALE).astype(np.int16)


def _first(points: np.ndarray, leaders: np.ndarray, enough: np.float32) -> np.ndarray:
    """int64 (M,): index of the first leader within the radius, −1 where there is none."""
    out = np.full(len(points), -1, np.int64)
    if not len(leaders):
        return out
    candidates = leaders.astype(np.float32).T
    for begin in range(0, len(points), _QUERIES):
        near = points[begin : begin + _QUERIES].astype(np.float32) @ candidates >= enough
        first = near.argmax(1)
        out[begin : begin + _QUERIES] = np.where(near[np.arange(len(near)), first], first, -1)
    return out


@numba.njit(nogil=True, cache=True)
def _keep_best(similarity, first, without, value, index):  # type: ignore[no-untyped-def]
    """Merge a chunk of similarities, columns ``first``.., into the best so far."""
    k = value.shape[1]
    for query in range(similarity.shape[0]):
        worst = value[query, k - 1]
        for column in range(similarity.shape[1]):
            found = similarity[query, column]
            if found <= worst or first + column == without[query]:
                continue
            place = k - 1
            while place > 0 and value[query, place - 1] < found:
                value[query, place] = value[query, place - 1]
                index[query, place] = index[query, place - 1]
                place -= 1
            value[query, place] = found
            index[query, place] = first + column
            worst = value[query, k - 1]


@numba.njit(nogil=True, cache=True)
def _rank(queries, candidates, shortlist, k):  # type: ignore[no-untyped-def]
    """int32 (M, k): the best of each query's shortlist by all dimensions, the lower position first on a tie."""
    count, length = shortlist.shape
    out = np.full((count, k), -1, np.int32)
    for query in range(count):
        value = np.full(k, -(2**62), np.int64)
        for entry in range(length):
            position = shortlist[query, entry]
            if position < 0:
                break
            product = np.int64(0)
            for d in range(queries.shape[1]):
                product += np.int32(queries[query, d]) * np.int32(candidates[position, d])
            place = k
            while place > 0 and (
                value[place - 1] < product
                or (value[place - 1] == product and out[query, place - 1] > position)
            ):
                if place < k:
                    value[place] = value[place - 1]
                    out[query, place] = out[query, place - 1]
                place -= 1
            if place < k:
                value[place] = product
                out[query, place] = position
    return out


@numba.njit(nogil=True, cache=True)
def _lead_within(points, enough):  # type: ignore[no-untyped-def]
    """int64 (M,): each row's first leader among the rows themselves, visited in order."""
    count, width = points.shape
    leader = np.empty(count, np.int64)
    leaders = np.empty(count, np.int64)
    found = 0
    for row in range(count):
        leader[row] = row
        for k in range(found):
            product = np.float32(0.0)
            for column in range(width):
                product += points[row, column] * points[leaders[k], column]
            if product >= enough:
                leader[row] = leaders[k]
                break
        if leader[row] == row:
            leaders[found] = row
            found += 1
    return leader
