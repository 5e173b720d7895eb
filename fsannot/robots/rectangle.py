"""The best box around points of different value, without looking at all pairs.

Maximum-sum rectangle by Kadane's scan over pairs of rows (Bentley, Programming Pearls, CACM 1984), on a grid whose
lines are ranks, first coarse over all points, then exact inside the best coarse box.
"""

from __future__ import annotations

import numba
import numpy as np

from fsannot.human.screen import Box

LINES = 96
"""Grid lines per axis."""


class RankGrid:
    """The coarse grid over some points; it is made once for searches over the same points with different values.

    Args:
        points: float (N, 2), ``x, y``.
        lines: grid lines per axis.

    Attributes:
        x, y: int (N,), the strips each point lies in.
        width, height: number of strips.
    """

    def __init__(self, points: np.ndarray, lines: int = LINES) -> None:
        self.x, self.y = _ranks(points[:, 0], lines), _ranks(points[:, 1], lines)
        self.width, self.height = int(self.x.max(initial=-1)) + 1, int(self.y.max(initial=-1)) + 1
        self._cell = self.y * self.width + self.x

    def best(self, value: np.ndarray) -> np.ndarray:
        """The points in the best rectangle of whole cells.

        Args:
            value: float (N,), what each point adds; may be negative.

        Returns:
            int (M,), indices of the points.
        """
        total = np.bincount(self._cell, weights=value, minlength=self.width * self.height)
        top, left, bottom, right = max_sum_rectangle(total.reshape(self.height, self.width))
        return np.flatnonzero((self.x >= left) & (self.x <= right) & (self.y >= top) & (self.y <= bottom))


def best_rectangle(
    points: np.ndarray, value: np.ndarray, *, lines: int = LINES, grid: RankGrid | None = None
) -> tuple[Box, np.ndarray] | None:
    """The box with the largest total value.

    Args:
        points: float (N, 2), ``x, y``.
        value: float (N,), what each point adds if it is inside; may be negative.
        lines: grid lines per axis; time grows with their cube, memory with N + lines².
        grid: of these points, where it is known.

    Returns:
        the tight box around the points chosen, and their indices int (M,); None where no box has a positive value
        (points at one place come together or not at all). Exact where no axis has more than ``lines`` different
        coordinates; otherwise the best box of the coarse grid, improved inside and around it.

    >>> points = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [9.0, 9.0]])
    >>> box, chosen = best_rectangle(points, np.array([1.0, -0.5, 1.0, -5.0]))
    >>> box, chosen.tolist()
    ((0.0, 0.0, 2.0, 2.0), [0, 1, 2])
    """
    if not (value > 0).any():
        return None
    chosen = (grid or RankGrid(points, lines)).best(value)
    if value[chosen].sum() <= 0:  # no strip of the coarse grid is good as a whole, but some place may be
        chosen = _best_place(points, value)
        if value[chosen].sum() <= 0:
            return None
    for _ in range(2):
        around = _neighborhood(points, chosen, limit=4 * lines)
        finer = around[RankGrid(points[around], lines).best(value[around])]
        if not len(finer):
            break
        finer = _complete(points, finer)
        if value[finer].sum() <= value[chosen].sum() + 1e-12:
            break
        chosen = finer
    chosen = _complete(points, chosen)
    low, high = points[chosen].min(0), points[chosen].max(0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1])), chosen


def _best_place(points: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Indices of the points that share the one position with the largest value."""
    place = np.unique(points, axis=0, return_inverse=True)[1].ravel()
    return np.flatnonzero(place == np.bincount(place, weights=value).argmax())


def _ranks(values: np.ndarray, lines: int) -> np.ndarray:
    """int (N,): which of at most ``lines`` strips of about equally many points; equal values share a strip."""
    if len(np.unique(values[: 2 * lines])) <= lines:  # sorting all of very many is seldom needed
        distinct, inverse = np.unique(values, return_inverse=True)
        if len(distinct) <= lines:
            return inverse
    cuts = np.quantile(values, np.linspace(0, 1, lines + 1)[1:-1])
    return np.searchsorted(np.unique(cuts), values, side="right")


def _neighborhood(points: np.ndarray, chosen: np.ndarray, limit: int) -> np.ndarray:
    """The chosen points and those nearest around their box, as many as ``limit`` allows beyond the chosen."""
    low, high = points[chosen].min(0), points[chosen].max(0)
    x, y = points[:, 0], points[:, 1]
    beside = np.maximum(low[0] - x, x - high[0])
    away = np.maximum(np.maximum(beside, np.maximum(low[1] - y, y - high[1])), 0)
    count = len(chosen) + limit
    if count >= len(points):
        return np.argsort(away, kind="stable")
    near = np.flatnonzero(away <= np.partition(away, count)[count])  # sorting all of very many is not needed
    return near[np.argsort(away[near], kind="stable")][:count]


def _complete(points: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """All points in the tight box around the chosen ones: a box cannot leave out what lies inside it."""
    low, high = points[chosen].min(0), points[chosen].max(0)
    x, y = points[:, 0], points[:, 1]
    return np.flatnonzero((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))


@numba.njit(cache=True)  # type: ignore[misc]
def max_sum_rectangle(grid: np.ndarray) -> tuple[int, int, int, int]:  # pragma: no cover - compiled
    """The rectangle of cells with the largest sum.

    The first one found wins a tie: smallest top, then smallest bottom, then smallest right.

    Args:
        grid: float64 (H, W).

    Returns:
        ``top, left, bottom, right``, closed.
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
