"""A box on the canvas: what it takes in, and how hard it is to draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.actions import Box
from fsannot.annotation.observation import Observation
from fsannot.human.clock import Gesture
from fsannot.human.screen import check_box, corner_gaps, inside


@dataclass(frozen=True, eq=False)
class DrawnBox:
    """A box among the thumbnails that are shown and have no label.

    Attributes:
        box: its corners, ``x0 ≤ x1`` and ``y0 ≤ y1``.
        segments: int (M,), unlabelled segments inside.
        outside: float32 (K, 2), canvas pixels of the unlabelled thumbnails that stay out.
        tight: the smallest box around those inside; the box itself where there are none.
        gesture: what the clock has to know.
    """

    box: Box
    segments: np.ndarray
    outside: np.ndarray
    tight: Box
    gesture: Gesture

    @classmethod
    def on(cls, observation: Observation, box: Box) -> DrawnBox:
        """The box as it lies on a screen, drawn from where the pointer rests.

        Raises:
            InputError: not four finite numbers, or corners in the wrong order.
        """
        box = check_box(box)
        candidates = observation.open_segments
        points = observation.canvas[candidates]
        within = inside(points, box)
        tight = box
        if within.any():  # the corners may be anywhere between the outermost in and the next one out
            low, high = points[within].min(0), points[within].max(0)
            tight = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        outside = points[~within]
        reach = float(np.hypot(box[0] - observation.pointer[0], box[1] - observation.pointer[1]))
        diagonal = float(np.hypot(box[2] - box[0], box[3] - box[1]))
        gesture = Gesture(reach, diagonal, corner_gaps(outside, tight), int(within.sum()))
        return cls(box, candidates[within], outside, tight, gesture)
