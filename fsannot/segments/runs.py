"""Segments as runs: stretches of one row of the image that belong to one segment."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from fsannot.segments.label_map import check_known, check_label_map


@dataclass(frozen=True, eq=False)
class SegmentRuns:
    """A label map, read once, segment by segment; some hundred times fewer runs than pixels.

    Attributes:
        shape: height and width of the label map.
        start: int64 (L + 1,), the runs of segment ``label`` are ``start[label]`` to ``start[label + 1]``.
        run: int32 (R, 3), ``y, x0, x1``, half open, from top to bottom and left to right within a segment.
    """

    shape: tuple[int, int]
    start: np.ndarray
    run: np.ndarray

    @classmethod
    def from_label_map(cls, label_map: np.ndarray) -> SegmentRuns:
        """Runs of every value ≥ 0 of ``label_map``, int (H, W)."""
        check_label_map(label_map)
        height, width = label_map.shape
        start, run = _runs(np.ascontiguousarray(label_map, np.int32), int(label_map.max()) + 1)
        return cls(shape=(height, width), start=start, run=run)

    def check_labels(self, labels: np.ndarray) -> None:
        """Raise ``InputError`` unless each of ``labels``, int (n,), occurs in the label map."""
        known = (labels >= 0) & (labels < len(self.start) - 1)
        known[known] = np.diff(self.start)[labels[known]] > 0
        check_known(labels, known, self.shape)


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _runs(label_map, count):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Start and runs of the labels 0..count−1: counted in a first pass, put in their places in a second."""
    height, width = label_map.shape
    start = np.zeros(count + 1, np.int64)
    for y in range(height):
        last = -1
        for x in range(width):
            label = label_map[y, x]
            if label != last:
                if label >= 0:
                    start[label + 1] += 1
                last = label
    for label in range(count):
        start[label + 1] += start[label]
    place = start[:-1].copy()
    run = np.empty((start[count], 3), np.int32)
    for y in range(height):
        x0, last = 0, label_map[y, 0]
        for x in range(1, width + 1):
            if x == width or label_map[y, x] != last:
                if last >= 0:
                    run[place[last], 0], run[place[last], 1], run[place[last], 2] = y, x0, x
                    place[last] += 1
                if x < width:
                    x0, last = x, label_map[y, x]
    return start, run
