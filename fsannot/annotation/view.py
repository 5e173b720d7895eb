"""The view of a session: which of its segments are on the screen, and where."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State
from fsannot.human.screen import HEIGHT, WIDTH, Canvas


class View:
    """The canvas, a focus on some of its segments, and the image view.

    Attributes:
        focus: rows int (M,) in the local re-projection and their positions float32 (M, 2) in it, or None.
        open_image: image in the image view, or None.
        highlight: row the tool points at, or None.
    """

    def __init__(self) -> None:
        self.focus: tuple[np.ndarray, np.ndarray] | None = None
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
            self._drawn = (key, Canvas(layout, shown))
        return self._drawn[1]

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
