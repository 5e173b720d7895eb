"""The canvas the projection is shown on."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from fsannot.data.errors import InputError

Box = tuple[float, float, float, float]
"""``(x0, y0, x1, y1)`` in canvas pixels, closed."""

WIDTH, HEIGHT = 1600, 1200
MARGIN = 20
"""Pixels kept free at each side, so that a box can be drawn around the outermost thumbnail."""
MIN_GAP = 4.0
"""Smallest target a corner has to hit, pixels: thumbnails closer than that are zoomed apart."""


def to_canvas(positions: np.ndarray) -> np.ndarray:
    """Layout positions in canvas pixels; the whole layout just fits.

    Each axis is stretched on its own: a UMAP layout has no unit, and a person would fill the screen with it.

    Args:
        positions: float (N, 2), N ≥ 1, in units of the projector.

    Returns:
        float32 (N, 2), ``x, y`` in canvas pixels.
    """
    low = positions.min(0)
    extent = np.maximum(positions.max(0) - low, 1e-12)
    size = np.array([WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN])
    return ((positions - low) / extent * size + MARGIN).astype(np.float32)


class Canvas:
    """Which segments are on the canvas, and where; one object for as long as nothing on it moves.

    Args:
        layout: float32 (N, 2), projection of all segments.
        shown: bool (N,), which of them are on the canvas.
        fixed: whether ``layout`` is in pixels of the canvas already.

    Attributes:
        shown: bool (N,), read-only.
        points: float32 (N, 2), canvas pixels, read-only; only rows that are shown mean anything.
    """

    def __init__(self, layout: np.ndarray, shown: np.ndarray, *, fixed: bool = False) -> None:
        points = np.zeros((len(shown), 2), np.float32)
        if shown.any():
            points[shown] = layout[shown] if fixed else to_canvas(layout[shown])
        self.shown, self.points = shown.view(), points
        self.shown.flags.writeable = points.flags.writeable = False
        self._around: dict[int, np.ndarray] = {}

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.points[self.shown])

    def around(self, k: int) -> np.ndarray:
        """The thumbnails nearest to each of the M that are shown, itself among them.

        Args:
            k: number of thumbnails, ≥ 1.

        Returns:
            int64 (M, min(k, M)), nearest first; rows and values index the shown thumbnails in order of their rows.
        """
        if k not in self._around:
            places = self.points[self.shown]
            k_ = min(k, len(places))
            near = self._tree.query(places, k=np.arange(1, k_ + 1))[1] if k_ else np.zeros((0, 0), np.int64)
            near = np.asfortranarray(near)  # read neighbor by neighbor rather than thumbnail by thumbnail
            near.flags.writeable = False
            self._around[k] = near
        return self._around[k]


def check_box(box: Box) -> Box:
    """Check a box.

    Args:
        box: ``(x0, y0, x1, y1)`` in canvas pixels.

    Returns:
        the box as floats.

    Raises:
        InputError: not four finite numbers, or corners in the wrong order.
    """
    try:
        finite = len(box) == 4 and all(math.isfinite(v) for v in box)
    except TypeError:
        finite = False
    if not finite:
        raise InputError(f"box {box!r}: four finite canvas coordinates (x0, y0, x1, y1) are needed")
    x0, y0, x1, y1 = (float(v) for v in box)
    if x0 > x1 or y0 > y1:
        raise InputError(f"box {box!r}: corners are inverted; x0 ≤ x1 and y0 ≤ y1 are needed")
    return x0, y0, x1, y1


def inside(points: np.ndarray, box: Box) -> np.ndarray:
    """Which points lie in a closed box.

    Args:
        points: float (N, 2), canvas pixels.
        box: ``(x0, y0, x1, y1)`` in canvas pixels.

    Returns:
        bool (N,).
    """
    x0, y0, x1, y1 = box
    x, y = points[:, 0], points[:, 1]
    return (x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)


def corner_room(outside: np.ndarray, box: Box) -> tuple[float, float]:
    """How far the two corners of a box may move outwards: the way to the nearest thumbnail that must stay out.

    Args:
        outside: float (M, 2), canvas pixels of the thumbnails that must stay out of the box.
        box: the box around those that must be in, canvas pixels.

    Returns:
        pixels of room of the corner (x0, y0), which sets the left and upper side, and of (x1, y1), which sets the
        others; at most ``WIDTH``.
    """
    x0, y0, x1, y1 = box
    x, y = outside[:, 0], outside[:, 1]
    first = np.maximum(x0 - x, y0 - y)  # by how much the first corner keeps a point out
    second = np.maximum(x - x1, y - y1)
    of_first = first >= second
    return float(first[of_first].min(initial=WIDTH)), float(second[~of_first].min(initial=WIDTH))


def corner_gaps(outside: np.ndarray, box: Box) -> tuple[float, float]:
    """Width of the target each corner of a box has to hit: its room, at least ``MIN_GAP``.

    Args:
        outside: float (M, 2), canvas pixels of the thumbnails that must stay out of the box.
        box: the box around those that must be in, canvas pixels.

    Returns:
        pixels, of the corner (x0, y0) and of (x1, y1).
    """
    first, second = corner_room(outside, box)
    return max(MIN_GAP, first), max(MIN_GAP, second)
