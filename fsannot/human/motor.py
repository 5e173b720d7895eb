"""How exactly a person draws boxes: corners miss."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.gestures import RADIUS_WIDTH
from fsannot.human.screen import HEIGHT, WIDTH, Box, corner_room, inside
from fsannot.human.view import whole_pixels

EFFECTIVE_WIDTH = 4.133
"""Standard deviations in the width of a target, √(2πe): where Fitts' law holds, 96 % of the ends of movements lie in a
target this wide (MacKenzie 1992, doi:10.1207/s15327051hci0701_3, eq. 11)."""


@dataclass(frozen=True)
class Motor:
    """A hand that draws boxes.

    Each corner is aimed at the middle of the gap the clock charges it for: from the outermost thumbnail that is to be
    in, to the next one that is to stay out (thumbnails closer than the smallest gap are zoomed apart, which scales
    the error with them). It ends off the aim along the way the pointer came, by a normal deviate of standard
    deviation ``slip`` · gap / 4.133. The edge of the canvas stops the pointer. A box that would hold no thumbnail is
    noticed before the button is released, and is drawn as it was meant.

    Args:
        slip: 0 = boxes are exactly as meant; 1 = what Fitts' law assumes, 3.9 % of corners miss their gap;
            other values scale the error.

    Raises:
        InputError: a slip that is negative or not finite.
    """

    slip: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.slip < math.inf:
            raise InputError(f"motor.slip={self.slip}: a finite number ≥ 0 is needed; 0 draws exactly")

    def draw(
        self,
        points: np.ndarray,
        open_: np.ndarray,
        box: Box,
        pointer: tuple[float, float],
        *,
        step: int,
        seed: int,
    ) -> Box:
        """Where the corners of a box end that a person means to draw.

        Args:
            points: float32 (N, 2), canvas pixels of all thumbnails.
            open_: bool (N,), the unlabelled thumbnails: those the box decides on.
            box: the box that is meant, ``(x0, y0, x1, y1)`` in canvas pixels.
            pointer: where the pointer rests, ``x, y`` in canvas pixels.
            step, seed: fix the error; ≥ 0.

        Returns:
            the box that is drawn.

        Raises:
            InputError: a box of anything but four finite numbers in order.
        """
        if self.slip == 0:
            return box
        meant = DrawnBox.around(points[open_], box, pointer)
        drawn = self._draw(meant, pointer, np.random.default_rng((seed, step)))
        return drawn if inside(points, drawn).any() else box

    def draw_in_view(
        self,
        points: np.ndarray,
        visible: np.ndarray,
        box: Box,
        pointer: tuple[float, float],
        *,
        step: int,
        seed: int,
    ) -> Box:
        """Where the corners of a box end, under version 2 of the human model: on whole pixels, among what is visible.

        Args:
            points: int32 (N, 2), pixels of the view, of the thumbnails the box decides on.
            visible: int (N,), visible pixels of each.
            box, pointer, step, seed: as for :meth:`draw`.

        Returns:
            the box that is drawn.

        Raises:
            InputError: a box of anything but four finite numbers in order.
        """
        meant = DrawnBox.in_view(points, box, pointer, visible=visible)
        if self.slip == 0 or not len(meant.inside):
            return meant.box
        (x0, y0, x1, y1), (first, second) = meant.tight, meant.gesture.gaps
        aims = (x0 - (first - 1) / 2, y0 - (first - 1) / 2), (x1 + (second - 1) / 2, y1 + (second - 1) / 2)
        drawn = self._corners(pointer, aims, (first, second), np.random.default_rng((seed, step)))
        return drawn if inside(points, drawn).any() else meant.box

    def zoom(self, box: Box, pointer: tuple[float, float], *, step: int, seed: int) -> Box:
        """Where the corners of a box end that shall fill the canvas.

        Args:
            box, pointer, step, seed: as for :meth:`draw`.

        Returns:
            the box that is drawn.
        """
        if self.slip == 0:
            return box
        wide = zoom_width(box)
        aims = (box[0], box[1]), (box[2], box[3])
        return self._corners(pointer, aims, (wide, wide), np.random.default_rng((seed, step)))

    def drag(self, pixels: int, *, step: int, seed: int) -> int:
        """Where the drag of a radius ends.

        Args:
            pixels: the length that is meant, ≥ 1.
            step, seed: fix the error; ≥ 0.

        Returns:
            the length that is dragged, whole pixels, ≥ 1.
        """
        error = np.random.default_rng((seed, step)).normal() * self.slip * RADIUS_WIDTH / EFFECTIVE_WIDTH
        return max(1, round(pixels + error))

    def _corners(
        self,
        pointer: tuple[float, float],
        aims: tuple[tuple[float, float], tuple[float, float]],
        gaps: tuple[float, float],
        rng: np.random.Generator,
    ) -> Box:
        """Both corners where they end, on whole pixels of the canvas."""
        first = self._end(pointer, aims[0], gaps[0], rng)
        other = self._end(first, aims[1], gaps[1], rng)
        (x0, y0), (x1, y1) = whole_pixels(np.array([first, other])).tolist()
        return float(min(x0, x1)), float(min(y0, y1)), float(max(x0, x1)), float(max(y0, y1))

    def _draw(self, meant: DrawnBox, pointer: tuple[float, float], rng: np.random.Generator) -> Box:
        x0, y0, x1, y1 = meant.tight
        first, second = corner_room(meant.outside, meant.tight)
        first_x, first_y = self._end(pointer, (x0 - first / 2, y0 - first / 2), first, rng)
        other_x, other_y = self._end((first_x, first_y), (x1 + second / 2, y1 + second / 2), second, rng)
        return (
            min(first_x, other_x),
            min(first_y, other_y),
            max(first_x, other_x),
            max(first_y, other_y),
        )

    def _end(
        self, start: tuple[float, float], aim: tuple[float, float], gap: float, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Where the pointer ends, canvas pixels."""
        error = rng.normal() * self.slip * gap / EFFECTIVE_WIDTH
        way = math.hypot(aim[0] - start[0], aim[1] - start[1])
        x, y = ((a + error * (a - s) / way if way > 0 else a) for a, s in zip(aim, start, strict=True))
        return min(max(x, 0.0), float(WIDTH)), min(max(y, 0.0), float(HEIGHT))


def zoom_width(box: Box) -> float:
    """How far a corner of a box that shall fill the canvas may be off: a tenth of its shorter side, at least 8 px.

    Nothing has to stay out of such a box, so that the definition gives no target; a tenth more or less shows the same.

    Args:
        box: ``(x0, y0, x1, y1)`` in pixels of the view.

    Returns:
        pixels, the width W of the target in Fitts' law.
    """
    return max(8.0, 0.1 * min(box[2] - box[0], box[3] - box[1]))
