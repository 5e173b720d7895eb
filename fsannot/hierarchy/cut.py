"""A hierarchy of partitions of one image: built once, cut at as many thresholds as one likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fsannot.data.errors import InputError


def check_threshold(threshold: float) -> float:
    """Check a threshold.

    Args:
        threshold: what should be a finite number ≥ 0.

    Returns:
        ``threshold`` as float.

    Raises:
        InputError: not a number, not finite or negative.
    """
    real = isinstance(threshold, (int, float, np.integer, np.floating)) and not isinstance(threshold, bool)
    if not real or not np.isfinite(threshold) or threshold < 0:
        raise InputError(
            f"hierarchy.threshold={threshold!r} is not valid; "
            "it is a finite number ≥ 0 on the criterion's own scale"
        )
    return float(threshold)


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """Watershed basins of an image and the tree in which they merge.

    Cuts are nested: each segment of a cut is a union of segments of any cut at a lower threshold. A cut may
    be a single segment; whether that is an error depends on the whole batch, see ``check_counts``.

    Attributes:
        regions: int32 (H, W), watershed basin of each pixel, 0..R−1, in row-major order of first pixel.
        parents: int32 (V,), parent of each tree node, always a later node; the root is last and its own
            parent. Nodes 0..R−1 are the basins.
        altitudes: float64 (V,), criterion value at which a node's children have merged; 0 for basins. Never
            falls on the way to the root.
    """

    regions: np.ndarray
    parents: np.ndarray
    altitudes: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """``(H, W)`` of the image."""
        return self.regions.shape[0], self.regions.shape[1]

    @cached_property
    def n_regions(self) -> int:
        """Number of basins, R: segments in the finest partition there is."""
        return int(self.regions.max()) + 1

    @cached_property
    def _nodes(self) -> np.ndarray:
        return np.arange(len(self.parents), dtype=np.int32)

    @cached_property
    def _parent_altitudes(self) -> np.ndarray:
        return self.altitudes[self.parents]

    @cached_property
    def _merges(self) -> np.ndarray:
        """Rising altitudes, each once for every segment its merging takes away: float64 (R − 1,)."""
        children = np.bincount(self.parents[:-1], minlength=len(self.parents))
        inner = slice(self.n_regions, None)
        return np.sort(np.repeat(self.altitudes[inner], np.maximum(children[inner] - 1, 0)))

    def cut(self, threshold: float) -> np.ndarray:
        """Partition in which two basins are together iff the node that joins them has altitude ≤ ``threshold``.

        Args:
            threshold: finite, ≥ 0, on the criterion's own scale.

        Returns:
            int32 (H, W), labels 0..n−1 without gaps, numbered in row-major order of first pixel.

        Raises:
            InputError: the threshold is negative, not finite or not a number.

        Example:
            >>> altitudes = np.array([0, 0, 0, 0.2, 0.7])
            >>> hierarchy = Hierarchy(np.array([[0, 1, 2]], np.int32), np.array([3, 3, 4, 4, 4]), altitudes)
            >>> hierarchy.cut(0.5)
            array([[0, 0, 1]], dtype=int32)
        """
        threshold = check_threshold(threshold)
        # a node belongs to its parent's segment when the parent has merged already
        segment = np.where(self._parent_altitudes <= threshold, self.parents, self._nodes)
        while True:  # pointer doubling: log2(depth) rounds
            above = segment.take(segment)
            if np.array_equal(above, segment):
                break
            segment = above
        # basins are numbered by first pixel, so the lowest basin of a segment holds the segment's
        basins = segment[: self.n_regions]
        lowest = np.empty(len(segment), np.int32)
        lowest[basins[::-1]] = self._nodes[: self.n_regions][::-1]  # the last one written stays
        lowest = lowest.take(basins)
        number = np.cumsum(lowest == self._nodes[: self.n_regions], dtype=np.int32) - np.int32(1)
        return number.take(lowest).take(self.regions)

    def n_segments(self, threshold: float) -> int:
        """Number of segments of ``cut(threshold)``, without cutting.

        Args:
            threshold: finite, ≥ 0.

        Returns:
            at least 1.

        Raises:
            InputError: the threshold is negative, not finite or not a number.
        """
        merged = np.searchsorted(self._merges, check_threshold(threshold), side="right")
        return self.n_regions - int(merged)

    def thresholds(self) -> np.ndarray:
        """Thresholds at which the partition changes, rising from 0: float64 (K,)."""
        return np.unique(np.concatenate([[0.0], self._merges]))

    def threshold_for(self, count: int) -> float:
        """The threshold whose cut has the number of segments nearest to ``count``; the coarser one on a tie.

        Args:
            count: number of segments wanted, ≥ 1.

        Returns:
            one of ``thresholds()``.

        Raises:
            InputError: ``count`` is below 1 or not an integer.
        """
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise InputError(f"number of segments must be an integer ≥ 1, got {count!r}")
        candidates = self.thresholds()[::-1]
        counts = self.n_regions - np.searchsorted(self._merges, candidates, side="right")
        return float(candidates[np.argmin(np.abs(counts - count))])

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Plain arrays for storage, basins in the smallest integer type that holds them."""
        compact = self.regions.astype(np.min_scalar_type(self.n_regions))
        return {"regions": compact, "parents": self.parents, "altitudes": self.altitudes}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Hierarchy:
        """Inverse of ``to_arrays``.

        Args:
            arrays: ``regions`` (H, W), ``parents`` (V,) and ``altitudes`` (V,).

        Returns:
            the hierarchy.
        """
        return cls(
            regions=np.asarray(arrays["regions"], np.int32),
            parents=np.asarray(arrays["parents"], np.int32),
            altitudes=np.asarray(arrays["altitudes"], np.float64),
        )
