"""Sessions with sight whose thumbnails lie where a test wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.human.clock import Clock
from fsannot.human.legibility import session_order
from fsannot.projection.projector import Projector
from tests.annotation.scene import session

Places = dict[int, tuple[float, float]]
"""Row → pixels of the overview."""

ROWS = 36
"""Segments of one image of the scene."""
BOTTOM_UP = [row for row in session_order(np.arange(ROWS), seed=0).tolist() if row not in (0, ROWS - 1)]
"""Rows that a test may move, from the one at the bottom to the one on top. The two others hold the canvas's size."""


class Placed(Projector):
    """Rows apart from each other, but for those that are told: each call takes the next of the layouts.

    Args:
        layouts: one a projection; the last is repeated.
    """

    name = "placed"

    def __init__(self, layouts: Sequence[Places]) -> None:
        self.layouts = tuple(layouts)
        self.calls = 0

    def fingerprint(self) -> str:
        return self.name

    def _project(self, features: Any, *_: Any) -> np.ndarray:
        layout = self.layouts[min(self.calls, len(self.layouts) - 1)]
        self.calls += 1
        places = np.array([apart(row) for row in range(len(features))], np.float32)
        for row, place in layout.items():
            places[row] = place
        return places


def apart(row: int) -> tuple[float, float]:
    """The place of a row that is not moved: six columns of six, further images a little beside the first."""
    beside = 40 * (row // ROWS)
    column, line = row % 6, row % ROWS // 6
    x, y = 20 + 312 * column, 20 + 232 * line
    return x + (beside if column < 5 else -beside), float(y)


def placed(
    *layouts: Places, images: int = 1, clock: Clock | None = None, **options: Any
) -> AnnotationSession:
    """A session with sight that has begun, of one image at the start."""
    made = session(images, 1, clock=clock, projector=Placed(layouts or ({},)), sight=True, **options)
    made.reset()
    return made
