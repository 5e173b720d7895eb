"""The elementary acts a gesture consists of: the operators of the Keystroke-Level Model and of Fitts' law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["decide", "key", "press", "glance", "first_click", "further_click", "point", "drag", "box"]


@dataclass(frozen=True)
class Operator:
    """One elementary act, or ``count`` equal ones.

    Args:
        kind: the constant of :class:`~fsannot.human.clock.Clock` it spends; ``box`` marks a drawn box, which some
            clocks price as a whole.
        count: how often, ≥ 0.
        distance: pixels the pointer travels, for ``point`` and ``drag``.
        width: pixels of the target it ends on, for ``point`` and ``drag``.
    """

    kind: Kind
    count: int = 1
    distance: float = 0.0
    width: float = 1.0


Operators = tuple[Operator, ...]
"""In the order a person carries them out."""

DECIDE = Operator("decide")
PRESS = Operator("press")
FIRST_CLICK = Operator("first_click")
BOX = Operator("box")


def keys(count: int = 1) -> Operator:
    """So many key strokes."""
    return Operator("key", count)


def glances(count: int) -> Operator:
    """Checking so many thumbnails."""
    return Operator("glance", count)


def further_clicks(count: int) -> Operator:
    """So many clicks on an object after the first one."""
    return Operator("further_click", count)


def point(distance: float, width: float) -> Operator:
    """Moving the pointer ``distance`` pixels onto a target of ``width`` pixels."""
    return Operator("point", 1, distance, width)


def drag(distance: float, width: float) -> Operator:
    """The same with the button held down."""
    return Operator("drag", 1, distance, width)
