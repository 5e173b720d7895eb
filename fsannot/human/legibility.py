"""Which thumbnails of a view can be read: how many pixels of each are on the canvas and under no other."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.perception import uniform
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import SIDE, on_canvas

LEGIBLE = SIDE * SIDE // 2
"""Visible pixels from which a thumbnail can be read: half of it (HUMAN.md §1)."""
DIM = SIDE * SIDE // 4
"""Visible pixels from which it can be read at twice the error: a quarter of it (HUMAN.md §1)."""
POINTABLE = 16
"""Visible pixels from which one can point at it, to hover or to click (HUMAN.md §2 and §3)."""
CELL = 32
"""Side of the cells of which it is known how many thumbnails they hide, pixels of the view (HUMAN.md §1)."""
CELLS = (-(-HEIGHT // CELL), -(-WIDTH // CELL))
"""Rows and columns of these cells; the last row is cut by the edge."""

_PAD = SIDE  # around the canvas, where nothing is visible: no thumbnail that is partly outside needs a case of its own
_WORDS = (WIDTH + 2 * _PAD) // 32


def session_order(ids: np.ndarray, *, seed: int) -> np.ndarray:
    """The order of thumbnails that is fixed for a session: that of a hash of each segment's id.

    Two thumbnails keep their order whatever else is shown. It depends on no label: compute it once for what is shown.

    Args:
        ids: integers (N,), one fixed number per segment. Equal ones are in order of their rows.
        seed: of the session, ≥ 0.

    Returns:
        int64 (N,), rows from the one at the bottom to the one on top.

    Raises:
        InputError: ids that are not integers (N,).
    """
    ids = np.asarray(ids)
    if ids.ndim != 1 or ids.dtype.kind not in "iu":
        raise InputError(f"ids {ids.dtype} {ids.shape}: integers (N,) are needed")
    return np.argsort(uniform(seed, ids), kind="stable")


def drawing_order(labelled: np.ndarray, order: np.ndarray) -> np.ndarray:
    """In which order thumbnails are drawn: unlabelled ones above labelled ones, either in the order of the session.

    Args:
        labelled: bool (N,).
        order: int64 (N,), of the session (``session_order``).

    Returns:
        int64 (N,), rows from the one at the bottom to the one on top.

    Raises:
        InputError: arrays of different lengths.
    """
    labelled, order = np.asarray(labelled, bool), np.asarray(order)
    if labelled.ndim != 1 or labelled.shape != order.shape:
        raise InputError(f"labelled {labelled.shape} and order {order.shape}: two arrays (N,) are needed")
    below = labelled[order]
    return np.concatenate((order[below], order[~below]))


def visible_pixels(points: np.ndarray, order: np.ndarray) -> np.ndarray:
    """How many pixels of each thumbnail are on the canvas and under no other thumbnail.

    Args:
        points: integers (N, 2), ``x, y``, whole pixels of the view (``View.points``). A thumbnail at ``x, y`` covers
            the columns ``x − 16`` to ``x + 15`` and rows likewise.
        order: int64 (N,), rows from the bottom to the top (``drawing_order``).

    Returns:
        int32 (N,), 0 to 1024.

    Raises:
        InputError: points that are not integers (N, 2), or an order that does not name each row once.
    """
    points, order = _checked(points, order)
    return _visible(points, order, np.full(len(points), -1, np.int32), np.empty((0, SIDE), np.uint32))


def visible_masks(points: np.ndarray, order: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Which pixels of each chosen thumbnail are on the canvas and under no other.

    Args:
        points, order: as for ``visible_pixels``.
        rows: int (M,), the chosen thumbnails.

    Returns:
        bool (M, 32, 32), ``[row, y, x]``.

    Raises:
        InputError: as ``visible_pixels``, or rows that are not there.
    """
    bits = _chosen_bits(points, order, rows)
    return ((bits[:, :, None] >> np.arange(SIDE, dtype=np.uint32)) & np.uint32(1)).astype(bool)


def aim(points: np.ndarray, order: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Where a person aims at each of some thumbnails: the deepest visible pixel.

    It is the one farthest from all pixels that are not visible (largest square around it, as a chessboard's king
    walks), not the one nearest to the center: next to a thumbnail that lies above, the smallest slip would hit the
    other. Of equally deep ones the one nearest to the center counts, then the uppermost, then the leftmost.

    Args:
        points, order: as for ``visible_pixels``.
        rows: int (M,), the chosen thumbnails.

    Returns:
        int32 (M, 2), ``x, y``, whole pixels of the view.

    Raises:
        InputError: as ``visible_masks``, or a chosen thumbnail of which nothing is visible.
    """
    bits = _chosen_bits(points, order, rows)
    empty = ~bits.any(1)
    if empty.any():
        row = int(np.asarray(rows)[empty.argmax()])
        raise InputError(
            f"nothing of thumbnail {row} is visible: one can aim at those with visible pixels only"
        )
    return (np.asarray(points)[rows] - SIDE // 2 + _deepest(bits)).astype(np.int32)


@dataclass(frozen=True, eq=False)
class Legibility:
    """What can be read of the thumbnails of one view.

    Attributes:
        visible: int32 (N,), visible pixels of each, 0 to 1024.
        hidden_counts: int32 ``CELLS``, thumbnails without a visible pixel whose center lies in the cell.
    """

    visible: np.ndarray
    hidden_counts: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, order: np.ndarray) -> Legibility:
        """Of thumbnails at ``points`` drawn in ``order``; arguments and errors are those of ``visible_pixels``."""
        visible = visible_pixels(points, order)
        centers = np.asarray(points)[(visible == 0) & on_canvas(points)]
        rows, columns = CELLS
        cell = np.minimum(centers[:, 1] // CELL, rows - 1) * columns + np.minimum(
            centers[:, 0] // CELL, columns - 1
        )
        hidden = np.bincount(cell, minlength=rows * columns).reshape(CELLS).astype(np.int32)
        visible.flags.writeable = hidden.flags.writeable = False
        return cls(visible, hidden)

    @property
    def legible(self) -> np.ndarray:
        """bool (N,): can be read."""
        return self.visible >= LEGIBLE

    @property
    def dim(self) -> np.ndarray:
        """bool (N,): can be read at twice the error."""
        return (self.visible >= DIM) & (self.visible < LEGIBLE)

    @property
    def pointable(self) -> np.ndarray:
        """bool (N,): one can point at it."""
        return self.visible >= POINTABLE


def _checked(points: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points, order = np.asarray(points), np.asarray(order)
    if points.ndim != 2 or points.shape[1] != 2 or points.dtype.kind not in "iu":
        raise InputError(
            f"points {points.dtype} {points.shape}: integers (N, 2) are needed; View.points gives them"
        )
    if order.shape != (len(points),) or order.dtype.kind not in "iu":
        raise InputError(
            f"order {order.dtype} {order.shape}: integers ({len(points)},), one per point, are needed"
        )
    if len(order) and (order.min() < 0 or order.max() >= len(points) or np.bincount(order).max() > 1):
        raise InputError(
            f"order of {len(points)} thumbnails: each row is needed once; drawing_order gives them"
        )
    return np.ascontiguousarray(points, np.int64), np.ascontiguousarray(order, np.int64)


def _chosen_bits(points: np.ndarray, order: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """uint32 (M, 32): one bit per pixel of each chosen thumbnail, bit x of row y is 1 where it is visible."""
    points, order = _checked(points, order)
    rows = np.asarray(rows, np.int64).reshape(-1)
    if len(rows) and not (rows.min() >= 0 and rows.max() < len(points)):
        raise InputError(f"rows from {rows.min()} to {rows.max()}: 0 to {len(points) - 1} are there")
    distinct, place = np.unique(rows, return_inverse=True)
    slot = np.full(len(points), -1, np.int32)
    slot[distinct] = np.arange(len(distinct))
    bits = np.zeros((len(distinct), SIDE), np.uint32)
    _visible(points, order, slot, bits)
    return bits[place]


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _visible(points, order, slot, bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Visible pixels, from the topmost thumbnail down; ``bits[slot[i]]`` takes the visible pixels of row i.

    The canvas is a bitmap of the pixels that are taken, in columns of 32-bit words: the 32 rows of a thumbnail are
    two stretches of 32 words.
    """
    taken = np.zeros((_WORDS, HEIGHT + 2 * _PAD), np.uint32)
    full = np.uint32(0xFFFFFFFF)
    taken[0] = taken[_WORDS - 1] = full
    taken[:, :_PAD] = full
    taken[:, HEIGHT + _PAD :] = full
    visible = np.zeros(len(order), np.int32)
    for k in range(len(order) - 1, -1, -1):
        i = order[k]
        x, y = points[i, 0] - SIDE // 2 + _PAD, points[i, 1] - SIDE // 2 + _PAD
        if x <= 0 or y <= 0 or x >= WIDTH + _PAD or y >= HEIGHT + _PAD:
            continue
        shift = np.uint64(x & 31)
        mask = np.uint64(0xFFFFFFFF) << shift
        left, right = taken[x >> 5, y : y + SIDE], taken[(x >> 5) + 1, y : y + SIDE]
        if slot[i] >= 0:
            for row in range(SIDE):
                both = np.uint64(left[row]) | (np.uint64(right[row]) << np.uint64(32))
                bits[slot[i], row] = np.uint32((~both & mask) >> shift)
        count = np.uint64(0)
        for row in range(SIDE):
            both = np.uint64(left[row]) | (np.uint64(right[row]) << np.uint64(32))
            v = ~both & mask
            both |= mask
            left[row] = np.uint32(both & np.uint64(0xFFFFFFFF))
            right[row] = np.uint32(both >> np.uint64(32))
            v -= (v >> np.uint64(1)) & np.uint64(0x5555555555555555)  # ones of a word are counted in pairs,
            v = (v & np.uint64(0x3333333333333333)) + ((v >> np.uint64(2)) & np.uint64(0x3333333333333333))
            v = (v + (v >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)  # then in fours, then in bytes
            count += (v * np.uint64(0x0101010101010101)) >> np.uint64(56)
        visible[i] = count
    return visible


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _deepest(bits):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """int64 (M, 2), ``x, y`` in the thumbnail: the deepest set bit, by a chessboard distance in two passes."""
    found = np.zeros((len(bits), 2), np.int64)
    depth = np.zeros((SIDE + 2, SIDE + 2), np.int32)
    middle = SIDE // 2  # of a thumbnail that is all visible the aim is its place
    for m in range(len(bits)):
        for y in range(1, SIDE + 1):
            for x in range(1, SIDE + 1):
                depth[y, x] = 0
                if (bits[m, y - 1] >> np.uint32(x - 1)) & np.uint32(1):
                    around = min(depth[y, x - 1], depth[y - 1, x - 1], depth[y - 1, x], depth[y - 1, x + 1])
                    depth[y, x] = around + 1
        best, nearest = 0, np.inf
        for y in range(SIDE, 0, -1):
            for x in range(SIDE, 0, -1):
                around = min(depth[y, x + 1], depth[y + 1, x - 1], depth[y + 1, x], depth[y + 1, x + 1])
                depth[y, x] = min(depth[y, x], around + 1)
        for y in range(SIDE):
            for x in range(SIDE):
                way = (x - middle) ** 2 + (y - middle) ** 2
                deep = depth[y + 1, x + 1]
                if deep > best or (deep == best and way < nearest):
                    best, nearest = deep, way
                    found[m, 0], found[m, 1] = x, y
    return found
