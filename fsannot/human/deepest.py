"""The deepest pixel of each segment: a name for it that depends on nothing but its pixels."""

from __future__ import annotations

import numba
import numpy as np
from scipy import ndimage


def deepest_pixels(row_map: np.ndarray, count: int) -> np.ndarray:
    """The pixel of each segment that is farthest from everything outside it.

    Args:
        row_map: int32 (H, W), values −1..count−1; −1 is no segment.
        count: number of rows.

    Returns:
        int32 (count, 2), ``y, x``, −1 for a row that is not in the map. Distances are exact; beyond the image is
        outside; the first in row-major order on a tie.
    """
    return _deepest(np.ascontiguousarray(row_map, np.int32), count)


def depth_of(mask: np.ndarray) -> np.ndarray:
    """Distance of each pixel of a mask to the nearest pixel outside it.

    Args:
        mask: bool (H, W); beyond the array is outside.

    Returns:
        float64 (H, W), pixels; 0 outside the mask.
    """
    return ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]


@numba.njit(nogil=True, cache=True)
def _deepest(row_map, count):  # type: ignore[no-untyped-def]
    height, width = row_map.shape
    across = np.empty((height, width), np.int64)  # squared distance to another segment within the line
    for y in range(height):
        start = 0
        for x in range(1, width + 1):
            if x == width or row_map[y, x] != row_map[y, start]:
                for k in range(start, x):
                    near = min(k - start, x - 1 - k) + 1
                    across[y, k] = near * near
                start = x
    best = np.zeros(count, np.int64)
    place = np.full((count, 2), -1, np.int32)
    for y in range(height):
        for x in range(width):
            row = row_map[y, x]
            if row < 0:
                continue
            depth = across[y, x]
            for way in (-1, 1):
                step = 1
                while step * step < depth:
                    other = y + way * step
                    if other < 0 or other >= height or row_map[other, x] != row:
                        depth = step * step
                        break
                    depth = min(depth, step * step + across[other, x])
                    step += 1
            if depth > best[row]:
                best[row] = depth
                place[row, 0], place[row, 1] = y, x
    return place
