"""Continuous random fields over the plane."""

from __future__ import annotations

import numpy as np

_PERIOD = 64


class ValueNoise:
    """Smooth random field in [0, 1]: random values on the integer lattice, smoothly interpolated between.

    It repeats every 64 units.

    Args:
        rng: of the lattice's values.
        octaves: number of layers; each is twice as fine as the one before.
        persistence: weight of a layer relative to the one before.
    """

    def __init__(self, rng: np.random.Generator, octaves: int = 1, persistence: float = 0.5) -> None:
        self._tables = [_corners(t) for t in rng.random((octaves, _PERIOD, _PERIOD), dtype=np.float32)]
        self._weights = persistence ** np.arange(octaves, dtype=np.float32)
        self._weights /= self._weights.sum()

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Field at points ``x``, ``y``, whose shapes broadcast; float32."""
        x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
        total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
        for octave, (table, weight) in enumerate(zip(self._tables, self._weights, strict=True)):
            # odd shifts keep the lattices of the octaves from lining up
            total += weight * _interpolate(table, x * 2**octave + 7.3 * octave, y * 2**octave + 3.7 * octave)
        return total


class CellNoise:
    """Distances to scattered points, one per unit cell of the plane.

    Args:
        rng: of the points' positions.
        jitter: side of the square around the cell's centre in which its point lies, in [0, 1].
    """

    def __init__(self, rng: np.random.Generator, jitter: float = 0.8) -> None:
        self._offset = 0.5 + jitter * (rng.random((2, _PERIOD, _PERIOD), dtype=np.float32) - 0.5)
        self._value = rng.random((_PERIOD, _PERIOD), dtype=np.float32)

    def __call__(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Distance to the nearest and second nearest point, and a random value in [0, 1] of the nearest."""
        x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
        column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
        first = np.full(x.shape, np.inf, np.float32)
        second = first.copy()
        value = np.zeros(x.shape, np.float32)
        for dr in (-1, 0, 1):
            for dc in (-1, 0, 1):
                r, c = (row + dr) % _PERIOD, (column + dc) % _PERIOD
                away = np.hypot(column + dc + self._offset[0, r, c] - x, row + dr + self._offset[1, r, c] - y)
                away = away.astype(np.float32)
                nearer = away < first
                second = np.where(nearer, first, np.minimum(second, away))
                value = np.where(nearer, self._value[r, c], value)
                first = np.where(nearer, away, first)
        return first, second, value


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Smooth cubic step from 0 to 1.

    Args:
        low: 0 below this.
        high: 1 above this; may be smaller than ``low`` for a falling step.
        x: float (...), where to evaluate.

    Returns:
        float (...) in [0, 1], shaped like ``x``.

    Example:
        >>> smoothstep(0.0, 1.0, np.array([-1.0, 0.5, 2.0]))
        array([0. , 0.5, 1. ], dtype=float32)
    """
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return (t * t * (3.0 - 2.0 * t)).astype(np.float32)


def _corners(table: np.ndarray) -> np.ndarray:
    """(64, 64) values → (4096, 4) values of the corners of each cell: one look-up instead of four."""
    right, below = np.roll(table, -1, 1), np.roll(table, -1, 0)
    return np.stack([table, right, below, np.roll(right, -1, 0)], -1).reshape(-1, 4)


def _interpolate(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    column, row = np.floor(x), np.floor(y)
    fx, fy = x - column, y - row
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    cell = (row.astype(np.int32) % _PERIOD) * _PERIOD + column.astype(np.int32) % _PERIOD
    value = corners[cell]  # (…, 4)
    top = value[..., 0] + (value[..., 1] - value[..., 0]) * fx
    bottom = value[..., 2] + (value[..., 3] - value[..., 2]) * fx
    return top + (bottom - top) * fy
