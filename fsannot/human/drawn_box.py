"""A box on the canvas: what it holds, and how hard it is to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.human.corners import Corners, pixel_box
from fsannot.human.gestures import BoxGesture
from fsannot.human.legibility import LEGIBLE
from fsannot.human.screen import Box, check_box, corner_gaps, inside

WIDEST = 64
"""Pixels of room a person uses at most, two thumbnails: nobody aims a corner into the middle of an empty canvas."""


@dataclass(frozen=True, eq=False)
class DrawnBox:
    """A box among thumbnails on the canvas.

    Attributes:
        box: its corners, ``x0 ≤ x1`` and ``y0 ≤ y1``.
        inside: int64 (M,), which of the thumbnails lie inside, as indices into them.
        outside: float32 (K, 2), canvas pixels of the thumbnails that stay out.
        tight: the smallest box around those inside; the box itself where there are none.
        gesture: what its price depends on.
    """

    box: Box
    inside: np.ndarray
    outside: np.ndarray
    tight: Box
    gesture: BoxGesture

    @classmethod
    def around(cls, points: np.ndarray, box: Box, pointer: tuple[float, float]) -> DrawnBox:
        """The box among thumbnails, drawn from where the pointer rests.

        Args:
            points: float32 (N, 2), canvas pixels of the thumbnails the box decides on.
            box: two corners, ``(x0, y0, x1, y1)`` in canvas pixels.
            pointer: ``x, y`` in canvas pixels.

        Returns:
            the box with what lies inside and what its price depends on.

        Raises:
            InputError: not four finite numbers, or corners in the wrong order.
        """
        box = check_box(box)
        within = inside(points, box)
        tight = box
        if within.any():  # the corners may be anywhere between the outermost in and the next one out
            low, high = points[within].min(0), points[within].max(0)
            tight = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        outside = points[~within]
        reach = float(np.hypot(box[0] - pointer[0], box[1] - pointer[1]))
        diagonal = float(np.hypot(box[2] - box[0], box[3] - box[1]))
        gesture = BoxGesture(reach, diagonal, corner_gaps(outside, tight), int(within.sum()))
        return cls(box, np.flatnonzero(within), outside, tight, gesture)

    @classmethod
    def in_view(
        cls, points: np.ndarray, box: Box, pointer: tuple[float, float], *, visible: np.ndarray
    ) -> DrawnBox:
        """The box in a view, under version 2 of the human model: whole pixels, and corners among what is visible.

        Args:
            points: int32 (N, 2), whole pixels of the view, of the thumbnails the box decides on.
            box: two corners, pixels of the view; rounded to whole ones.
            pointer: ``x, y`` in pixels of the view.
            visible: int (N,), visible pixels of each.

        Returns:
            the box with what lies inside and what its price depends on: legible thumbnails inside are checked.

        Raises:
            InputError: not four finite numbers, or corners in the wrong order.
        """
        corners = Corners.of_box(points, box, visible=visible > 0)
        box = tuple(float(v) for v in pixel_box(box))  # type: ignore[assignment]
        within = inside(points, box)
        tight = tuple(float(v) for v in corners.tight)
        reach = float(np.hypot(box[0] - pointer[0], box[1] - pointer[1]))
        diagonal = float(np.hypot(box[2] - box[0], box[3] - box[1]))
        gaps = (float(min(corners.room[0], WIDEST)), float(min(corners.room[1], WIDEST)))
        legible = int((within & (visible >= LEGIBLE)).sum())
        gesture = BoxGesture(reach, diagonal, gaps, legible)
        return cls(box, np.flatnonzero(within), points[~within], tight, gesture)  # type: ignore[arg-type]
