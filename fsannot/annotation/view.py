"""The view of a session: which of its segments are on the screen, and where."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.sight import Shown, Sight
from fsannot.annotation.state import State
from fsannot.human.screen import HEIGHT, WIDTH, Canvas


class View:
    """The canvas, a focus on some of its segments, and the image view.

    Args:
        sight: what a person can see; None shows everything at once (version 1 of the human model).

    Attributes:
        focus: rows int (M,) in a local layout and their positions float32 (M, 2) in it, or None.
        fixed: whether those positions are pixels of the overview (a grid).
        open_image: image in the image view, or None.
        highlight: row the tool points at, or None.
    """

    def __init__(self, sight: Sight | None = None) -> None:
        self.sight = sight
        self.focus: tuple[np.ndarray, np.ndarray] | None = None
        self.fixed = False
        self.open_image: int | None = None
        self.highlight: int | None = None
        self._drawn: tuple[tuple[object, ...], Canvas] | None = None

    def canvas(self, alive: np.ndarray, layout: np.ndarray) -> Canvas:
        """The canvas; the same object for as long as its arguments and the focus are the same.

        Args:
            alive: bool (N,), living rows; never written into.
            layout: float32 (N, 2), the main projection; never written into.

        Returns:
            the canvas of the living rows, or of those in the focus.
        """
        key = (alive, layout, self.focus)
        if self._drawn is None or any(a is not b for a, b in zip(key, self._drawn[0], strict=True)):
            shown = alive
            if self.focus is not None:
                members, local = self.focus
                shown = np.zeros_like(alive)
                shown[members] = alive[members]
                layout = np.zeros_like(layout)
                layout[members] = local
            self._drawn = (key, Canvas(layout, shown, fixed=self.fixed and self.focus is not None))
        return self._drawn[1]

    def shown(self, state: State, layout: np.ndarray) -> Shown:
        """What is on the canvas now, and how much of each thumbnail is visible.

        Args:
            state: of the session.
            layout: float32 (N, 2), the main projection; never written into.

        Returns:
            the canvas at this moment.
        """
        canvas = self.canvas(state.alive, layout)
        if self.sight is None:
            return Shown(canvas.shown, canvas.points, canvas.points, None, canvas.points)
        return self.sight.canvas(canvas.shown, canvas.points, state.labels, self.highlight)

    def place_in_image(self, state: State, segment: int) -> tuple[float, float] | None:
        """Where a segment is in the image view.

        Args:
            state: of the session.
            segment: row of the segment.

        Returns:
            ``x, y`` of its centre, screen pixels; None where its image is not open.
        """
        image = int(state.table.image[segment])
        if self.open_image != image:
            return None
        h, w = state.label_maps[image].shape
        y, x = state.table.centroid[segment]
        scale = min(WIDTH / w, HEIGHT / h)
        return float(x * scale), float(y * scale)


def overview(shown: np.ndarray, layout: np.ndarray) -> np.ndarray:
    """Places of segments in the overview of a layout.

    Args:
        shown: bool (n,), segments that are laid out.
        layout: float32 (n, 2), in units of the projector.

    Returns:
        float32 (n, 2), pixels of the overview; rows not shown mean nothing.
    """
    return Canvas(layout, shown).points
