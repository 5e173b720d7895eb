"""What an action costs a person, in seconds.

Keystroke-Level Model (Card, Moran, Newell 1983) with pointing and dragging by Fitts' law (MacKenzie, Sellen,
Buxton 1991, doi:10.1145/108844.108868) and clicks on objects as measured by Bearman et al. (2016). Waiting for
the machine is measured, not modelled, and is never added here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.data.errors import InputError


@dataclass(frozen=True)
class Gesture:
    """What the clock has to know of a box.

    Attributes:
        reach: pixels from where the pointer is to the first corner.
        diagonal: pixels from the first corner to the other.
        gaps: pixels each of the two corners may miss (``canvas.corner_gaps``).
        thumbnails: how many a person has to check inside.
    """

    reach: float
    diagonal: float
    gaps: tuple[float, float]
    thumbnails: int


@dataclass(frozen=True)
class Clock:
    """Human seconds an action takes; every constant is a parameter, in seconds.

    Args:
        decide: M, once per action.
        key: K, one key.
        press: B, one mouse button.
        glance: checking one thumbnail inside a box.
        first_click, further_click: on an object, visual search included.
        point: Fitts' law of pointing, ``(a, b, floor)``: max(floor, a + b·ID).
        drag: Fitts' law of dragging, ``(a, b)``.
        box: a fixed price per box instead of the model, or None.

    Raises:
        InputError: a constant that is not a finite number of seconds, or below 0 where it is not Fitts' law's.
    """

    decide: float = 1.35
    key: float = 0.28
    press: float = 0.10
    glance: float = 0.03
    first_click: float = 2.4
    further_click: float = 0.9
    point: tuple[float, float, float] = (-0.107, 0.223, 0.1)
    drag: tuple[float, float] = (0.135, 0.249)
    box: float | None = None

    def __post_init__(self) -> None:
        for name, count in (("point", 3), ("drag", 2)):
            given = getattr(self, name)
            if not isinstance(given, Sequence) or len(given) != count or not all(map(_finite, given)):
                raise InputError(f"clock.{name}={given!r}: {count} finite numbers of seconds are needed")
            object.__setattr__(self, name, tuple(given))  # a list where it was read from YAML
        for name in ("decide", "key", "press", "glance", "first_click", "further_click", "box"):
            given = getattr(self, name)
            if not (_finite(given) and given >= 0) and not (name == "box" and given is None):
                raise InputError(f"clock.{name}={given!r}: a finite number of seconds ≥ 0 is needed")

    def pointing(self, distance: float, width: float) -> float:
        """Moving the pointer ``distance`` pixels onto a target of ``width`` pixels."""
        a, b, floor = self.point
        return max(floor, a + b * difficulty(distance, width))

    def dragging(self, distance: float, width: float) -> float:
        """The same with the button held down."""
        a, b = self.drag
        return a + b * difficulty(distance, width)

    def boxed(self, gesture: Gesture, *, label_changed: bool) -> float:
        """Drawing a box, checking its thumbnails, choosing the label if it changed, confirming."""
        if self.box is not None:
            return self.box
        return (
            self.decide
            + self.pointing(gesture.reach, gesture.gaps[0])
            + self.dragging(gesture.diagonal, gesture.gaps[1])
            + self.glance * gesture.thumbnails
            + (self.key if label_changed else 0.0)
            + self.key
        )

    def boxed_without_label(self, gesture: Gesture) -> float:
        """Focus on a subset, or refine its segments: a box that needs no label key."""
        return self.boxed(gesture, label_changed=False)

    def in_image(self, clicks: int, labels: int) -> float:
        """Clicking segments of the open image one after the other, with one key whenever the label changes.

        They cost what clicks on objects in an image cost everywhere else, visual search included: no ``decide``.
        """
        return self.first_click + self.further_click * (clicks - 1) + self.key * labels

    def one_segment(self, reach: float) -> float:
        """Pointing at one thumbnail, clicking it, one key for its label."""
        return self.decide + self.pointing(reach, THUMBNAIL) + self.press + self.key

    def neighbors(self, reach: float, thumbnails: int) -> float:
        """Right-drag from one thumbnail until enough neighbors are in, checking them, one key for the label."""
        return (
            self.decide
            + self.pointing(reach, THUMBNAIL)
            + self.dragging(RADIUS_DRAG, THUMBNAIL)
            + self.glance * thumbnails
            + self.key
        )

    def open_image(self, reach: float) -> float:
        """Double click on a thumbnail."""
        return self.decide + self.pointing(reach, THUMBNAIL) + self.press

    def split(self, reach: float, clicks: int) -> float:
        """Opening the segment in its image, clicks on and off the object, confirming."""
        return self.open_image(reach) + self.first_click + self.further_click * (clicks - 1) + self.key

    def repartition(self) -> float:
        """One value of criterion or threshold tried on one image."""
        return self.decide + 3 * self.key

    def label_rest(self) -> float:
        """Two keys."""
        return self.decide + 2 * self.key

    def undo(self) -> float:
        """One key, after deciding."""
        return self.decide + self.key


THUMBNAIL = 32.0
"""Side of a thumbnail, pixels: the target when one segment is pointed at."""
RADIUS_DRAG = 200.0
"""Typical drag of the neighbors gesture, pixels."""


def difficulty(distance: float, width: float) -> float:
    """Fitts' index of difficulty in bits, Shannon form: log2(D/W + 1)."""
    return math.log2(distance / width + 1.0)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
