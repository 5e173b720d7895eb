"""Outlines: a function from coordinates to a number that is negative inside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Shape = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Coordinates (H, W), (H, W), y upwards → float32 (H, W), < 0 inside; the outline fits into [-1, 1]²."""


def blob(rng: np.random.Generator) -> Shape:
    """A smooth star-shaped outline from a few random harmonics.

    Args:
        rng: of the harmonics.

    Returns:
        function of coordinates, negative inside the outline.
    """
    orders = np.arange(2, 7)
    size = rng.uniform(0.0, 0.42, len(orders)) / orders
    phase = rng.uniform(0, 2 * np.pi, len(orders))
    squash = rng.uniform(0.65, 1.0)

    def shape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        angle, radius = np.arctan2(v / squash, u), np.hypot(u, v / squash)
        outline = 1 + (size * np.cos(angle[..., None] * orders + phase)).sum(-1)
        return radius - 0.95 * outline / (1 + size.sum())

    return shape


def polygon(rng: np.random.Generator) -> Shape:
    """A convex polygon with three to seven rounded corners.

    Args:
        rng: of the corners.

    Returns:
        function of coordinates, negative inside the outline.
    """
    corners = int(rng.integers(3, 8))
    angle = (np.arange(corners) + rng.uniform(-0.18, 0.18, corners)) * 2 * np.pi / corners + rng.uniform(
        0, 2 * np.pi
    )
    reach = rng.uniform(0.55, 0.72, corners)
    sharp = rng.uniform(12.0, 40.0)

    def shape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        sides = u[..., None] * np.cos(angle) + v[..., None] * np.sin(angle) - reach
        return np.log(np.exp(sharp * sides).sum(-1)) / sharp  # smooth maximum: rounds the corners

    return shape


def flower(rng: np.random.Generator) -> Shape:
    """A star or blossom with equal lobes.

    Args:
        rng: of number and depth of the lobes.

    Returns:
        function of coordinates, negative inside the outline.
    """
    lobes, depth = int(rng.integers(5, 10)), rng.uniform(0.14, 0.32)
    turn = rng.uniform(0, 2 * np.pi)

    def shape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        angle, radius = np.arctan2(v, u), np.hypot(u, v)
        return radius - 0.95 * (1 - depth + depth * np.cos(lobes * angle + turn))

    return shape


def animal(rng: np.random.Generator) -> Shape:
    """A body with head, legs, ears and tail, facing right.

    Args:
        rng: of the proportions; every individual of a group has the same ones.

    Returns:
        function of coordinates, negative inside the outline.
    """
    length, height = rng.uniform(0.42, 0.56), rng.uniform(0.24, 0.34)
    neck, leg = rng.uniform(0.0, 0.35), rng.uniform(0.3, 0.5)
    head = rng.uniform(0.16, 0.24)
    at = np.array([length + 0.12, height * 0.6 + neck])
    feet = [-length * 0.8, -length * 0.5, length * 0.45, length * 0.75]
    ear, tail = rng.uniform(0.1, 0.28), rng.uniform(0.15, 0.5)
    # (x0, y0, x1, y1, radius at the start, radius at the end)
    parts = [
        (-length * 0.6, 0.0, length * 0.6, 0.02, height, height * rng.uniform(0.8, 1.05)),
        (length * 0.65, height * 0.2, at[0], at[1], height * 0.55, head * 0.7),
        (at[0], at[1], at[0] + head * 0.9, at[1] - head * 0.35, head, head * 0.6),
        (at[0] - head * 0.4, at[1] + head * 0.6, at[0] - head * 0.7, at[1] + head * 0.6 + ear, 0.07, 0.03),
        (at[0] + head * 0.2, at[1] + head * 0.7, at[0] + head * 0.2, at[1] + head * 0.7 + ear, 0.07, 0.03),
        (-length * 0.95, height * 0.4, -length - tail * 0.6, height * 0.5 - tail * 0.4, 0.07, 0.04),
        *((x, -height * 0.4, x + 0.03, -height - leg, 0.11, 0.07) for x in feet),
    ]
    segments = np.array(parts, np.float32)
    low = (segments[:, [0, 1]] - segments[:, 4:5]).min(0), (segments[:, [2, 3]] - segments[:, 5:6]).min(0)
    high = (segments[:, [0, 1]] + segments[:, 4:5]).max(0), (segments[:, [2, 3]] + segments[:, 5:6]).max(0)
    low, high = np.minimum(*low), np.maximum(*high)
    centre, half = (low + high) / 2, (high - low).max() / 2 / 0.95

    def shape(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        x, y = u * half + centre[0], v * half + centre[1]
        total = np.zeros(u.shape)
        for x0, y0, x1, y1, r0, r1 in segments:
            dx, dy = x1 - x0, y1 - y0
            t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
            away = np.hypot(x - x0 - t * dx, y - y0 - t * dy) - (r0 + t * (r1 - r0))
            total += np.exp(-24.0 * np.maximum(away, -1.0))
        return -np.log(total + 1e-30) / 24.0 / half  # smooth minimum: joins the parts

    return shape


PROP_OUTLINES = (blob, polygon, flower)
OUTLINES = (animal, blob, animal, polygon, flower)
"""Outlines an object may have; animals as often as the rest, nearly."""
