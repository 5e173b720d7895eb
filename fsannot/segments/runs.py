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
        """Runs of every segment of a label map.

        Args:
            label_map: int (H, W), labels ≥ 0, −1 = no segment.

        Returns:
            the runs.

        Raises:
            InputError: not a label map.

        Example:
            >>> SegmentRuns.from_label_map(np.array([[0, 0, 1], [0, 1, 1]])).run
            array([[0, 0, 2],
                   [1, 0, 1],
                   [0, 2, 3],
                   [1, 1, 3]], dtype=int32)
        """
        check_label_map(label_map)
        height, width = label_map.shape
        start, run = _runs(np.ascontiguousarray(label_map, np.int32), int(label_map.max()) + 1)
        return cls(shape=(height, width), start=start, run=run)

    def check_labels(self, labels: np.ndarray) -> None:
        """Check that labels occur in the label map.

        Args:
            labels: int (n,).

        Raises:
            InputError: a label does not occur; names the first.
        """
        known = (labels >= 0) & (labels < len(self.start) - 1)
        known[known] = np.diff(self.start)[labels[known]] > 0
        check_known(labels, known, self.shape)


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _runs(label_map, count):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Start and runs of the labels 0..count−1: found in one pass over the pixels, then put in order of label."""
    height, width = label_map.shape
    found = np.empty((label_map.size, 4), np.int32)  # memory that is not reached is never made
    start = np.zeros(count + 1, np.int64)
    total = 0
    for y in range(height):
        x0, label = 0, label_map[y, 0]
        for x1 in range(1, width + 1):
            following = label_map[y, x1] if x1 < width else -2  # other than any: ends the last run
            if following != label:
                if label >= 0:
                    found[total, 0], found[total, 1], found[total, 2], found[total, 3] = label, y, x0, x1
                    start[label + 1] += 1
                    total += 1
                x0, label = x1, following
    for label in range(count):
        start[label + 1] += start[label]
    run = np.empty((total, 3), np.int32)
    free = start[:-1].copy()
    for i in range(total):
        label = found[i, 0]
        run[free[label]] = found[i, 1:]
        free[label] += 1
    return start, run
