"""A view of the layout: what part of the overview fills the canvas."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.gestures import THUMBNAIL
from fsannot.human.screen import HEIGHT, WIDTH, Box, check_box

SIDE = int(THUMBNAIL)
"""Side of a thumbnail, pixels, at every zoom (HUMAN.md §1)."""
MIN_SIDE = 32.0
"""Shortest side of a view, pixels of the overview (HUMAN.md §1)."""
MAX_ZOOM = HEIGHT / MIN_SIDE
"""Zoom at which the shorter side of the canvas shows ``MIN_SIDE`` pixels of the overview: 37.5."""
TOLERANCE = 1e-6
"""Pixels of the overview by which a recorded view may pass the edge: rounding, which nobody sees."""


def whole_pixels(values: np.ndarray) -> np.ndarray:
    """Each coordinate to the nearest whole pixel, halves towards the right and the bottom.

    Args:
        values: float of any shape, finite.

    Returns:
        int32 (same shape).
    """
    return np.floor(np.asarray(values, np.float64) + 0.5).astype(np.int32)


def on_canvas(points: np.ndarray) -> np.ndarray:
    """Which points of a view lie on the closed canvas, so that a box can hold them.

    Args:
        points: float or int (N, 2), pixels of the view.

    Returns:
        bool (N,).
    """
    x, y = points[:, 0], points[:, 1]
    return (x >= 0) & (x <= WIDTH) & (y >= 0) & (y <= HEIGHT)


@dataclass(frozen=True)
class View:
    """What the canvas shows: a part of the overview with the aspect of the canvas.

    A place ``p`` of the overview is shown at ``(p − (x, y)) · zoom``. A view never reaches beyond the overview, so that
    only one view has zoom 1.

    Args:
        zoom: pixels of the view in one of the overview, from 1 to ``MAX_ZOOM``.
        x, y: the upper left corner of the view, pixels of the overview.

    Raises:
        InputError: a number that is not finite, a zoom outside its range, or a view that leaves the overview.
    """

    zoom: float
    x: float
    y: float

    def __post_init__(self) -> None:
        if not all(isinstance(v, int | float) and math.isfinite(v) for v in (self.zoom, self.x, self.y)):
            raise InputError(
                f"view zoom={self.zoom!r}, x={self.x!r}, y={self.y!r}: three finite numbers are needed"
            )
        if not 1 <= self.zoom <= MAX_ZOOM:
            raise InputError(f"view zoom={self.zoom}: from 1 (the overview) to {MAX_ZOOM} is possible")
        right, bottom = WIDTH - WIDTH / self.zoom, HEIGHT - HEIGHT / self.zoom
        if not (-TOLERANCE <= self.x <= right + TOLERANCE and -TOLERANCE <= self.y <= bottom + TOLERANCE):
            raise InputError(
                f"view x={self.x}, y={self.y} at zoom {self.zoom} leaves the overview: "
                f"0 ≤ x ≤ {right:g} and 0 ≤ y ≤ {bottom:g} are needed"
            )

    @classmethod
    def overview(cls) -> View:
        """The whole layout."""
        return cls(1.0, 0.0, 0.0)

    @classmethod
    def around(cls, center: tuple[float, float], zoom: float) -> View:
        """The view whose middle is nearest to ``center``, pixels of the overview; zoom is limited to its range.

        Raises:
            InputError: a number that is not finite.
        """
        if not all(math.isfinite(v) for v in (zoom, *center)):
            raise InputError(f"view around {center!r} at zoom {zoom!r}: finite numbers are needed")
        zoom = min(max(float(zoom), 1.0), MAX_ZOOM)
        width, height = WIDTH / zoom, HEIGHT / zoom
        x = min(max(float(center[0]) - width / 2, 0.0), WIDTH - width)
        y = min(max(float(center[1]) - height / 2, 0.0), HEIGHT - height)
        return cls(zoom, x, y)

    def zoomed_to(self, box: Box) -> View:
        """The deepest view that holds a box, with the box in its middle where the edge of the overview allows it.

        Args:
            box: pixels of this view, on the canvas. It is enlarged to the aspect of the canvas, and to ``MIN_SIDE``
                pixels of the overview on its shorter side.

        Returns:
            the new view.

        Raises:
            InputError: not four finite numbers in order, or a box that is not on the canvas.
        """
        box = check_box(box)
        if box[0] < 0 or box[1] < 0 or box[2] > WIDTH or box[3] > HEIGHT:
            raise InputError(f"box {box}: it must lie on the canvas, 0 ≤ x ≤ {WIDTH} and 0 ≤ y ≤ {HEIGHT}")
        x0, y0, x1, y1 = self.to_overview(box)
        share = max((x1 - x0) / WIDTH, (y1 - y0) / HEIGHT, 1 / MAX_ZOOM)
        return View.around(((x0 + x1) / 2, (y0 + y1) / 2), 1 / share)

    def scaled(self, factor: float, at: tuple[float, float]) -> View:
        """The view after a turn of the wheel: ``factor`` times the zoom, what is under the pointer stays there.

        Args:
            factor: > 0; above 1 shows less. Zoom and offset stop at their limits.
            at: the pointer, pixels of this view.

        Returns:
            the new view.

        Raises:
            InputError: a factor that is not above 0, or a number that is not finite.
        """
        if not (factor > 0 and math.isfinite(factor)):
            raise InputError(f"wheel factor {factor!r}: a finite number above 0 is needed")
        zoom = min(max(self.zoom * factor, 1.0), MAX_ZOOM)
        right, down = float(at[0]), float(at[1])
        x, y = self.x + right / self.zoom, self.y + down / self.zoom
        return View.around((x + (WIDTH / 2 - right) / zoom, y + (HEIGHT / 2 - down) / zoom), zoom)

    def panned(self, dx: float, dy: float) -> View:
        """The view after the layout was dragged; it stops at the edge.

        Args:
            dx, dy: to the right and down, pixels of this view.

        Returns:
            the new view, at the same zoom.

        Raises:
            InputError: a number that is not finite.
        """
        x, y = self.x + (WIDTH / 2 - dx) / self.zoom, self.y + (HEIGHT / 2 - dy) / self.zoom
        return View.around((x, y), self.zoom)

    def points(self, overview_points: np.ndarray) -> np.ndarray:
        """Where the view shows places of the overview.

        Computed in float64 and rounded once, from the places themselves: the same places give the same pixels,
        whatever views came before.

        Args:
            overview_points: float32 or int32 (N, 2), ``x, y``, pixels of the overview.

        Returns:
            int32 (N, 2), whole pixels of the view; those outside the canvas too.

        Raises:
            InputError: another shape, or a place that is not on the overview.
        """
        places = np.asarray(overview_points, np.float64)
        if places.ndim != 2 or places.shape[1] != 2:
            raise InputError(f"overview points of shape {places.shape}: (N, 2) is needed")
        off = ~on_canvas(places)
        if off.any():
            row = int(off.argmax())
            raise InputError(
                f"overview point {row} is at {places[row]}: 0 ≤ x ≤ {WIDTH} and 0 ≤ y ≤ {HEIGHT} are needed"
            )
        return whole_pixels((places - (self.x, self.y)) * self.zoom)

    def to_overview(self, box: Box) -> Box:
        """A box of this view in pixels of the overview; the inverse of ``to_view``.

        Args:
            box: ``(x0, y0, x1, y1)`` in pixels of this view.

        Returns:
            the same box in pixels of the overview.
        """
        x0, y0, x1, y1 = box
        return (
            self.x + x0 / self.zoom,
            self.y + y0 / self.zoom,
            self.x + x1 / self.zoom,
            self.y + y1 / self.zoom,
        )

    def to_view(self, box: Box) -> Box:
        """A box of the overview in pixels of this view, not rounded.

        Args:
            box: ``(x0, y0, x1, y1)`` in pixels of the overview.

        Returns:
            the same box in pixels of this view.
        """
        x0, y0, x1, y1 = box
        return (
            (x0 - self.x) * self.zoom,
            (y0 - self.y) * self.zoom,
            (x1 - self.x) * self.zoom,
            (y1 - self.y) * self.zoom,
        )
