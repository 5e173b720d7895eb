"""The room the corners of a box have among the thumbnails that are visible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.screen import Box, check_box, corner_room, inside
from fsannot.human.view import on_canvas, whole_pixels

MIN_ROOM = 1
"""Pixels of room a corner needs; with less the box cannot be drawn in this view (HUMAN.md §3)."""

PixelBox = tuple[int, int, int, int]
"""``(x0, y0, x1, y1)`` in whole pixels of the view, closed."""


def pixel_box(box: Box) -> PixelBox:
    """The box with its corners on the nearest whole pixels.

    Args:
        box: ``(x0, y0, x1, y1)`` in pixels of the view.

    Returns:
        the corners as whole numbers.

    Raises:
        InputError: not four finite numbers, or corners in the wrong order.
    """
    x0, y0, x1, y1 = whole_pixels(np.array(check_box(box))).tolist()
    return x0, y0, x1, y1


@dataclass(frozen=True)
class Corners:
    """Between what the two corners of a box may lie.

    A person aims at what is visible. A corner may lie anywhere from the outermost visible thumbnail that must be in
    to the pixel before the next visible one that must stay out: ``room`` whole pixels along either axis. What nobody
    sees sets no limit: it comes along or not. A thumbnail whose center is outside the canvas sets none either: the
    edge stops the pointer.

    Attributes:
        tight: the smallest box around the centers of the visible thumbnails that must be in.
        room: whole pixels that the corner (x0, y0) and the corner (x1, y1) have; at most the width of the canvas, at
            least 0. It is the width W of the target in Fitts' law.
    """

    tight: PixelBox
    room: tuple[int, int]

    @classmethod
    def of_box(cls, points: np.ndarray, box: Box, *, visible: np.ndarray) -> Corners:
        """Of a box that was drawn: what lies in it must be in, all others must stay out.

        Args:
            points: int32 (N, 2), whole pixels of the view, of the thumbnails the box decides on.
            box: pixels of the view; rounded to whole ones.
            visible: bool (N,), which of them have a visible pixel.

        Returns:
            room of at least 1 at both corners. A box without a visible thumbnail is as tight as it is.

        Raises:
            InputError: not four finite numbers, or corners in the wrong order.
        """
        box = pixel_box(box)
        seen = points[visible & on_canvas(points)]
        within = inside(seen, box)
        return cls._between(box if not within.any() else _around(seen[within]), seen[~within])

    @classmethod
    def of_chosen(cls, points: np.ndarray, chosen: np.ndarray, *, visible: np.ndarray) -> Corners:
        """Of the box around chosen thumbnails that takes in no other visible one.

        Args:
            points: int32 (N, 2), whole pixels of the view, of the thumbnails a box would decide on.
            chosen: bool (N,), those that must be in.
            visible: bool (N,), which have a visible pixel.

        Returns:
            no room at all where a visible one that must stay out lies between or on the chosen ones, or where none of
            the chosen ones is visible on the canvas; ``drawable`` is False then.

        Raises:
            InputError: nothing is chosen.
        """
        if not chosen.any():
            raise InputError("a box around chosen thumbnails: at least one must be chosen")
        seen = visible & on_canvas(points)
        if not (chosen & seen).any():
            return cls(_around(points[chosen]), (0, 0))
        return cls._between(_around(points[chosen & seen]), points[seen & ~chosen])

    @classmethod
    def _between(cls, tight: PixelBox, outside: np.ndarray) -> Corners:
        first, second = corner_room(outside, tight)
        return cls(tight, (max(int(first), 0), max(int(second), 0)))

    @property
    def drawable(self) -> bool:
        """Whether the box can be drawn in this view: both corners have at least a pixel of room."""
        return min(self.room) >= MIN_ROOM


def _around(points: np.ndarray) -> PixelBox:
    """The smallest box around points, int (N, 2) with N ≥ 1."""
    (x0, y0), (x1, y1) = points.min(0).tolist(), points.max(0).tolist()
    return x0, y0, x1, y1
