"""The elementary acts a gesture consists of: the operators of the Keystroke-Level Model and of Fitts' law."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "decide",
    "key",
    "press",
    "look",
    "hover",
    "inspect",
    "first_click",
    "further_click",
    "point",
    "drag",
    "box",
]


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
HOVER = Operator("hover")
INSPECT = Operator("inspect")
FIRST_CLICK = Operator("first_click")
BOX = Operator("box")


def keys(count: int = 1) -> Operator:
    """Key strokes.

    Args:
        count: how many, ≥ 0.

    Returns:
        one operator.
    """
    return Operator("key", count)


def looks(count: int) -> Operator:
    """Reading thumbnails, or checking them inside a box.

    Args:
        count: number of thumbnails, ≥ 0.

    Returns:
        one operator.
    """
    return Operator("look", count)


def further_clicks(count: int) -> Operator:
    """Clicks on an object after the first one.

    Args:
        count: how many, ≥ 0.

    Returns:
        one operator.
    """
    return Operator("further_click", count)


def point(distance: float, width: float) -> Operator:
    """Moving the pointer onto a target.

    Args:
        distance: pixels, ≥ 0.
        width: of the target, pixels, > 0.

    Returns:
        one operator.
    """
    return Operator("point", 1, distance, width)


def drag(distance: float, width: float) -> Operator:
    """Moving the pointer onto a target with the button held down.

    Args:
        distance: pixels, ≥ 0.
        width: of the target, pixels, > 0.

    Returns:
        one operator.
    """
    return Operator("drag", 1, distance, width)
