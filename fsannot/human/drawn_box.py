"""A box on the canvas: what it holds, and how hard it is to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.human.gestures import BoxGesture
from fsannot.human.screen import Box, check_box, corner_gaps, inside


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
