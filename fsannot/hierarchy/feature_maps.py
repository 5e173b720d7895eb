"""Features of an image that a criterion may look at, and their sums over regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numba
import numpy as np


@runtime_checkable
class FeatureMaps(Protocol):
    """Image → feature maps; ``fsannot.features.pooled.PooledExtractor`` is one."""

    def maps(self, image: np.ndarray) -> Sequence[np.ndarray]:
        """Feature maps of an image.

        Args:
            image: uint8 (H, W, 3), RGB.

        Returns:
            float32 (h, w, C) each; every map covers the whole image, at a resolution of its own.
        """

    def fingerprint(self) -> str:
        """Hex digest of everything the maps depend on."""


def region_sums(level: np.ndarray, regions: np.ndarray, count: int) -> np.ndarray:
    """Sum over each region's pixels of the map's cell that a pixel lies in.

    Args:
        level: float32 (h, w, C).
        regions: int32 (H, W), 0..count−1.
        count: number of regions.

    Returns:
        float32 (count, C).

    Example:
        >>> level = np.array([[[1.0], [2.0]]], np.float32)
        >>> region_sums(level, np.array([[0, 0, 0, 1], [0, 0, 1, 1]], np.int32), 2).ravel()
        array([6., 6.], dtype=float32)
    """
    rows = np.arange(regions.shape[0]) * level.shape[0] // regions.shape[0]
    columns = np.arange(regions.shape[1]) * level.shape[1] // regions.shape[1]
    sums = np.zeros((count, level.shape[2]), np.float32)
    _add(np.ascontiguousarray(level, np.float32), regions, rows, columns, sums)
    return sums


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _add(level, regions, rows, columns, sums):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Adds a run of pixels of one region in one cell at a time."""
    height, width = regions.shape
    for y in range(height):
        x = 0
        while x < width:
            region, column = regions[y, x], columns[x]
            first = x
            while x < width and regions[y, x] == region and columns[x] == column:
                x += 1
            total, cell = sums[region], level[rows[y], column]
            pixels = np.float32(x - first)
            for channel in range(len(total)):
                total[channel] += pixels * cell[channel]
