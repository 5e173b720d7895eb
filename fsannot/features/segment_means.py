"""Means of a feature map over segments of an image that is larger than the map."""

from __future__ import annotations

import numba
import numpy as np

from fsannot.features.bilinear import bilinear_taps
from fsannot.segments.runs import SegmentRuns


def segment_means(level: np.ndarray, runs: SegmentRuns, labels: np.ndarray) -> np.ndarray:
    """Mean over each segment of the bilinear enlargement of a map to the size of the label map.

    A cell is weighted by its share in the segment's pixels, so that the enlarged map is never made; the shares of a
    run of pixels are a difference of two cumulative sums.

    Args:
        level: float32 (h, w, C), contiguous.
        runs: of the label map.
        labels: int64 (n,), segments that occur in it.

    Returns:
        float32 (n, C).
    """
    rows, columns = runs.shape
    cell_x, share_x = bilinear_taps(columns, level.shape[1])
    before = np.concatenate([[0.0], np.cumsum(share_x)])
    # a last entry that no pixel reaches ends the pixels of the last cell
    first = np.searchsorted(cell_x, np.arange(level.shape[1] + 1))
    out = np.zeros((len(labels), level.shape[2]), np.float32)
    taps_y = bilinear_taps(rows, level.shape[0])
    _means(runs.start, runs.run, labels, level, *taps_y, cell_x, first, before, out)
    return out


@numba.njit(nogil=True, cache=True, fastmath={"contract"})  # type: ignore[misc]
def _means(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    start, run, labels, level, cell_y, share_y, cell_x, first, before, out
):
    height, width = level.shape[:2]
    for i in range(len(labels)):
        mean = out[i]
        begin, end = start[labels[i]], start[labels[i] + 1]
        # the cells the segment touches
        top, bottom = cell_y[run[begin, 0]], min(cell_y[run[end - 1, 0]] + 1, height - 1)
        x0, x1 = run[begin, 1], run[begin, 2]
        for r in range(begin + 1, end):
            x0, x1 = min(x0, run[r, 1]), max(x1, run[r, 2])
        left, right = cell_x[x0], min(cell_x[x1 - 1] + 1, width - 1)
        weights = np.zeros((bottom - top + 1, right - left + 1), np.float64)
        count = 0
        for r in range(begin, end):
            y, x0, x1 = run[r, 0], run[r, 1], run[r, 2]
            count += x1 - x0
            upper = cell_y[y] - top
            lower = min(upper + 1, bottom - top)
            for column in range(cell_x[x0] - left, cell_x[x1 - 1] - left + 1):
                a, b = max(x0, first[left + column]), min(x1, first[left + column + 1])
                of_next = before[b] - before[a]
                own = b - a - of_next
                following = min(column + 1, right - left)
                weights[upper, column] += (1 - share_y[y]) * own
                weights[upper, following] += (1 - share_y[y]) * of_next
                weights[lower, column] += share_y[y] * own
                weights[lower, following] += share_y[y] * of_next
        for row in range(weights.shape[0]):
            for column in range(weights.shape[1]):
                if weights[row, column] > 0:
                    weight = np.float32(weights[row, column] / count)
                    cell = level[top + row, left + column]
                    for channel in range(len(mean)):
                        mean[channel] += weight * cell[channel]
