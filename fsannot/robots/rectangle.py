"""The best box around points of different worth, without looking at all pairs.

Maximum-sum rectangle by Kadane's scan over pairs of rows (Bentley, Programming Pearls, CACM 1984), on a grid whose
lines are ranks, first coarse over all points, then exact inside the best coarse box.
"""

from __future__ import annotations

import numba
import numpy as np

from fsannot.annotation.actions import Box


def best_rectangle(
    points: np.ndarray, worth: np.ndarray, *, lines: int = 96
) -> tuple[Box, np.ndarray] | None:
    """The box with the largest total worth.

    Args:
        points: float (N, 2), ``x, y``.
        worth: float (N,), what each point adds if it is inside; may be negative.
        lines: grid lines per axis; time grows with their cube, memory with N + lines².

    Returns:
        the tight box around the points chosen, and their indices; None where no box is worth anything (points at one
        place come together or not at all). Exact where no axis has more than ``lines`` different coordinates;
        otherwise the best box of the coarse grid, improved inside and around it.
    """
    if not (worth > 0).any():
        return None
    chosen = _on_grid(points, worth, np.arange(len(points)), lines)
    if worth[chosen].sum() <= 0:  # no strip of the coarse grid is good as a whole, but some place may be
        chosen = _best_place(points, worth)
        if worth[chosen].sum() <= 0:
            return None
    for _ in range(2):
        around = _neighbourhood(points, chosen, limit=4 * lines)
        finer = _on_grid(points, worth, around, lines)
        if not len(finer):
            break
        finer = _complete(points, finer)
        if worth[finer].sum() <= worth[chosen].sum() + 1e-12:
            break
        chosen = finer
    chosen = _complete(points, chosen)
    low, high = points[chosen].min(0), points[chosen].max(0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1])), chosen


def _on_grid(points: np.ndarray, worth: np.ndarray, among: np.ndarray, lines: int) -> np.ndarray:
    """Indices of the points in the best rectangle of a rank grid over ``points[among]``."""
    x = _ranks(points[among, 0], lines)
    y = _ranks(points[among, 1], lines)
    width, height = int(x.max()) + 1, int(y.max()) + 1
    grid = np.bincount(y * width + x, weights=worth[among], minlength=width * height).reshape(height, width)
    top, left, bottom, right = max_sum_rectangle(grid)
    return among[(x >= left) & (x <= right) & (y >= top) & (y <= bottom)]


def _best_place(points: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Indices of the points that share the one position worth most."""
    place = np.unique(points, axis=0, return_inverse=True)[1].ravel()
    return np.flatnonzero(place == np.bincount(place, weights=worth).argmax())


def _ranks(values: np.ndarray, lines: int) -> np.ndarray:
    """int (N,): which of at most ``lines`` strips of about equally many points; equal values share a strip."""
    distinct, inverse = np.unique(values, return_inverse=True)
    if len(distinct) <= lines:
        return inverse
    cuts = np.quantile(values, np.linspace(0, 1, lines + 1)[1:-1])
    return np.searchsorted(np.unique(cuts), values, side="right")


def _neighbourhood(points: np.ndarray, chosen: np.ndarray, limit: int) -> np.ndarray:
    """The chosen points and those nearest around their box, as many as ``limit`` allows beyond the chosen."""
    low, high = points[chosen].min(0), points[chosen].max(0)
    away = np.maximum(np.maximum(low - points, points - high).max(1), 0)
    order = np.argsort(away, kind="stable")
    return order[: len(chosen) + limit]


def _complete(points: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """All points in the tight box around the chosen ones: a box cannot leave out what lies inside it."""
    low, high = points[chosen].min(0), points[chosen].max(0)
    return np.flatnonzero(((points >= low) & (points <= high)).all(1))


@numba.njit(cache=True)  # type: ignore[misc]
def max_sum_rectangle(grid: np.ndarray) -> tuple[int, int, int, int]:  # pragma: no cover - compiled
    """``top, left, bottom, right`` (closed) of the largest-sum rectangle of a float64 (H, W) grid.

    The first one found wins a tie: smallest top, then smallest bottom, then smallest right.
    """
    height, width = grid.shape
    best = -np.inf
    where = (0, 0, 0, 0)
    strip = np.empty(width)
    for top in range(height):
        strip[:] = 0.0
        for bottom in range(top, height):
            running = 0.0
            left = 0
            for right in range(width):
                strip[right] += grid[bottom, right]
                if running <= 0.0:
                    running = strip[right]
                    left = right
                else:
                    running += strip[right]
                if running > best + 1e-12:
                    best = running
                    where = (top, left, bottom, right)
    return where
