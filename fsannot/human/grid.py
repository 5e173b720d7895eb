"""Thumbnails laid out without overlap: a grid that keeps places as well as it allows."""

from __future__ import annotations

import numba
import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import SIDE, on_canvas

COLUMNS, ROWS = WIDTH // SIDE, HEIGHT // SIDE
CAPACITY = COLUMNS * ROWS
"""Thumbnails one grid holds: 50 columns of 37, 1,850; HUMAN.md §1 asks for 1,800."""

_LEFT, _TOP = (
    (WIDTH - COLUMNS * SIDE) // 2,
    (HEIGHT - ROWS * SIDE) // 2,
)  # what is over at the edges, half at each
_REACH = 6  # cells: how far apart two thumbnails may be that change places
_ROUNDS = 64


def grid_layout(points: np.ndarray) -> np.ndarray:
    """Places of the overview → places on a grid, no two the same, each near where it was.

    The cells are halved again and again, across the longer side; of the thumbnails those to the left (or above) of the
    line go to that half, more or fewer only where one half has no room for them. Then neighbors change places, or
    move to a free cell, as long as that lowers the sum of squared distances between places and cells.
    The result depends on nothing but the points and their order.

    Args:
        points: float32 or int32 (N, 2), ``x, y``, pixels of the overview; N ≤ ``CAPACITY``.

    Returns:
        int32 (N, 2), centers of the cells, pixels of the overview.

    Raises:
        InputError: another shape, a place that is not on the overview, or more thumbnails than cells.
    """
    places = np.asarray(points, np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or not on_canvas(places).all():
        raise InputError(
            f"points {places.shape} of a grid: (N, 2) on the overview, {WIDTH} × {HEIGHT} px, are needed"
        )
    if len(places) > CAPACITY:
        raise InputError(
            f"{len(places):,} thumbnails on one grid: {CAPACITY:,} have room ({COLUMNS} columns of {ROWS}); "
            "lay out a smaller selection, or in several batches"
        )
    in_cells = (places - (_LEFT, _TOP)) / SIDE - 0.5  # the centers of cells are whole numbers
    ranks = np.empty((2, len(places)), np.int64)
    for axis in range(2):
        ranks[axis, np.lexsort((places[:, 1 - axis], places[:, axis]))] = np.arange(len(places))
    owner = _bisect(in_cells, ranks)
    _improve(in_cells, owner)
    row, column = np.nonzero(owner >= 0)
    result = np.empty((len(places), 2), np.int32)
    result[owner[row, column]] = np.stack(
        (_LEFT + SIDE // 2 + column * SIDE, _TOP + SIDE // 2 + row * SIDE), axis=1
    )
    return result


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _bisect(places, ranks):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """int64 (ROWS, COLUMNS): the thumbnail of each cell, −1 = none.

    ``places`` float64 (N, 2) in units of cells, ``ranks`` int64 (2, N) the order of the thumbnails along each axis.
    """
    owner = np.full((ROWS, COLUMNS), -1, np.int64)
    by_rank = np.empty_like(ranks)
    for axis in range(2):
        by_rank[axis, ranks[axis]] = np.arange(ranks.shape[1])
    members = np.arange(ranks.shape[1])
    # columns, rows, stretch of ``members``; all half open
    pending = [(0, COLUMNS, 0, ROWS, 0, ranks.shape[1])]
    while len(pending):
        x0, x1, y0, y1, start, stop = pending.pop()
        if start == stop:
            continue
        if x1 - x0 == 1 and y1 - y0 == 1:
            owner[y0, x0] = members[start]
            continue
        axis = 0 if x1 - x0 >= y1 - y0 else 1
        here = by_rank[axis][np.sort(ranks[axis][members[start:stop]])]
        members[start:stop] = here
        if axis == 0:
            line = (x0 + x1) // 2
            room, room_beyond = (line - x0) * (y1 - y0), (x1 - line) * (y1 - y0)
        else:
            line = (y0 + y1) // 2
            room, room_beyond = (line - y0) * (x1 - x0), (y1 - line) * (x1 - x0)
        before = 0
        for i in here:
            before += places[i, axis] < line - 0.5
        middle = start + max(min(before, room), len(here) - room_beyond)
        if axis == 0:
            pending.append((x0, line, y0, y1, start, middle))
            pending.append((line, x1, y0, y1, middle, stop))
        else:
            pending.append((x0, x1, y0, line, start, middle))
            pending.append((x0, x1, line, y1, middle, stop))
    return owner


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _improve(places, owner):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Let thumbnails at most ``_REACH`` cells apart change places while the sum of squared distances falls."""
    for _ in range(_ROUNDS):
        changed = False
        for y in range(ROWS):
            for x in range(COLUMNS):
                for dy in range(_REACH + 1):
                    for dx in range(-_REACH if dy else 1, _REACH + 1):
                        if y + dy >= ROWS or not 0 <= x + dx < COLUMNS:
                            continue
                        a, b = owner[y, x], owner[y + dy, x + dx]
                        # moving from p to p + d changes |place − p|² by −2 d·(place − p) + |d|²
                        gain = 0.0
                        if a >= 0:
                            gain += (
                                2 * (dx * (places[a, 0] - x) + dy * (places[a, 1] - y)) - dx * dx - dy * dy
                            )
                        if b >= 0:
                            back_x, back_y = places[b, 0] - x - dx, places[b, 1] - y - dy
                            gain += -2 * (dx * back_x + dy * back_y) - dx * dx - dy * dy
                        if gain > 1e-9:
                            owner[y, x], owner[y + dy, x + dx] = b, a
                            changed = True
        if not changed:
            break
