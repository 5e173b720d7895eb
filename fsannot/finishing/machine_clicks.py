"""Clicks that the machine puts inside labelled segments, and the parts of an image where they are worth it."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np

from fsannot.clicks.click import Click

Tile = tuple[slice, slice]


def tiles(boundary: np.ndarray, size: int) -> Iterator[Tile]:
    """Square parts of an image that together show every boundary pixel with room around it.

    The first pixel left, in row-major order, is put into a new tile's middle five eighths, or nearer to its side where
    the image ends, with all others there.

    Args:
        boundary: bool (H, W).
        size: side of a tile, pixels; a smaller image is one tile.

    Yields:
        rows and columns of a tile.
    """
    height, width = boundary.shape
    left, margin = boundary.copy(), size * 3 // 16
    while left.any():
        y, x = divmod(int(left.argmax()), width)
        # nothing is left above y: the tile may begin a margin above it
        top = min(max(y - margin, 0), max(height - size, 0))
        first = min(max(x - size // 2, 0), max(width - size, 0))
        bottom, last = min(top + size, height), min(first + size, width)
        left[
            top + (margin if top else 0) : bottom - (margin if bottom < height else 0),
            first + (margin if first else 0) : last - (margin if last < width else 0),
        ] = False
        left[y, x] = False
        yield slice(top, bottom), slice(first, last)


def spread(
    inside: np.ndarray, depth: np.ndarray, count: int, *, nearest: float, farthest: float
) -> np.ndarray:
    """Pixels of a class at some distance from its boundary, as far apart as they can be.

    The first is the first of all in row-major order; each next one is farthest from those before (Gonzalez 1985).

    Args:
        inside: bool (H, W), the class.
        depth: float (H, W), distance to the boundary, pixels.
        count: number of pixels; fewer where there are no more.
        nearest: least depth; labels of segments are less sure nearer to the boundary.
        farthest: greatest depth; what is far away says little about the boundary.

    Returns:
        int64 (n, 2), ``y, x``, in the order they were chosen.

    Example:
        >>> spread(np.ones((1, 9), bool), np.full((1, 9), 4.0), 3, nearest=3, farthest=30).tolist()
        [[0, 0], [0, 8], [0, 4]]
    """
    places = np.argwhere(inside & (depth >= nearest) & (depth <= farthest))
    if not len(places):
        return places
    chosen = np.empty(min(count, len(places)), np.int64)
    _farthest(places.astype(np.int32), chosen)
    return places[chosen]


@numba.njit(nogil=True, cache=True)  # type: ignore[misc]
def _farthest(places, chosen):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Indices of farthest points, into ``chosen``."""
    apart = np.full(len(places), np.iinfo(np.int64).max)
    latest = 0
    for k in range(len(chosen)):
        chosen[k] = latest
        y, x = places[latest, 0], places[latest, 1]
        latest = 0
        for i in range(len(places)):
            dy, dx = places[i, 0] - y, places[i, 1] - x
            apart[i] = min(apart[i], dy * dy + dx * dx)
            if apart[i] > apart[latest]:
                latest = i


def as_clicks(positive: np.ndarray, negative: np.ndarray) -> list[Click]:
    """Clicks at some pixels.

    Args:
        positive: int (n, 2), ``y, x``.
        negative: int (m, 2), likewise.

    Returns:
        the positive ones first.
    """
    return [Click(y, x, True) for y, x in positive.tolist()] + [
        Click(y, x, False) for y, x in negative.tolist()
    ]
