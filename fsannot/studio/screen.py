"""What is on a person's screen, whole: places in the overview of all that is shown, whatever the view."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.segments.table import SegmentTable


@dataclass(frozen=True, eq=False)
class Screen:
    """The screen between two actions. The page itself draws the part of it that a view shows.

    Attributes:
        table: N segments, dead ones included.
        alive: bool (N,).
        labels: int16 (N,), −1 = unlabelled.
        shown: bool (N,), on the canvas: alive, and inside the focus if there is one.
        points: float32 (N, 2), pixels of the overview; the same object as long as nothing moves.
        numbers: JSON-ready values by name.
    """

    table: SegmentTable
    alive: np.ndarray
    labels: np.ndarray
    shown: np.ndarray
    points: np.ndarray
    numbers: dict[str, Any]

    @classmethod
    def of(cls, session: AnnotationSession) -> Screen:
        """The screen of a session as it is now."""
        state, seen = session.state, session.observe()
        # an observation holds what a robot may know, which may be less than what lies on the canvas
        canvas = session._view.canvas(state.alive, session.layout)
        numbers = {
            "count": len(state.table),
            "classes": list(session.classes),
            "threshold": seen.threshold,
            "images_loaded": seen.images_loaded,
            "images_waiting": seen.images_waiting,
            "focused": seen.focused,
            "open_image": seen.open_image,
            "highlight": seen.highlight,
            "learned": seen.learned,
            "labels_since_learning": seen.labels_since_learning,
            "human_seconds": seen.human_seconds,
            "view": view_of(session),
        }
        return cls(state.table, state.alive, state.labels, canvas.shown, canvas.points, numbers)


def view_of(session: AnnotationSession) -> list[float] | None:
    """Zoom and offset a session knows; None where it shows everything at once.

    Args:
        session: the session.
    """
    view = getattr(session.observe(), "view", None)
    return None if view is None else [view.zoom, view.x, view.y]
