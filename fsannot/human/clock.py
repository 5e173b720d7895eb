"""The cost of an action to a person, in seconds.

Keystroke-Level Model (Card, Moran, Newell 1983) with pointing and dragging by Fitts' law (MacKenzie, Sellen,
Buxton 1991, doi:10.1145/108844.108868) and clicks on objects as measured by Bearman et al. (2016). Waiting for
the machine is measured, not modelled, and is never added here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.data.errors import InputError
from fsannot.human.operators import BOX, Operator


@dataclass(frozen=True)
class Clock:
    """Human seconds an action takes; every constant is a parameter, in seconds.

    Args:
        decide: operator M of the Keystroke-Level Model, once per action.
        key: operator K, one key.
        press: operator B, one mouse button.
        look: reading one thumbnail, or checking it inside a box (20–40 ms an item in inefficient visual search: Wolfe
            2021, doi:10.3758/s13423-020-01859-9).
        hover: reading one thumbnail that is pointed at, shown large and in its image.
        inspect: searching an image that was just opened, 50 of its segments named.
        first_click, further_click: on an object; the first one with visual search.
        point: Fitts' law of pointing, ``(a, b, floor)``: max(floor, a + b·ID).
        drag: Fitts' law of dragging, ``(a, b)``: a + b·ID.
        box: a fixed price per box instead of the model, or None.

    Raises:
        InputError: a constant that is not a finite number of seconds, or below 0 where it is not Fitts' law's.

    >>> from fsannot.human import gestures
    >>> clock = Clock()
    >>> round(clock.pointing(distance=480.0, width=32.0), 3)
    0.785
    >>> round(clock.price(gestures.one_segment(480.0)), 3)
    2.515
    """

    decide: float = 1.35
    key: float = 0.28
    press: float = 0.10
    look: float = 0.03
    hover: float = 0.1
    inspect: float = 1.5
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
        for name in (
            "decide", "key", "press", "look", "hover", "inspect", "first_click", "further_click", "box",
        ):  # fmt: skip
            given = getattr(self, name)
            if not (_finite(given) and given >= 0) and not (name == "box" and given is None):
                raise InputError(f"clock.{name}={given!r}: a finite number of seconds ≥ 0 is needed")

    def pointing(self, distance: float, width: float) -> float:
        """Move the pointer onto a target.

        Args:
            distance: pixels, ≥ 0.
            width: of the target, pixels, > 0.

        Returns:
            seconds.
        """
        a, b, floor = self.point
        return max(floor, a + b * difficulty(distance, width))

    def dragging(self, distance: float, width: float) -> float:
        """Move the pointer onto a target with the button held down.

        Args:
            distance: pixels, ≥ 0.
            width: of the target, pixels, > 0.

        Returns:
            seconds.
        """
        a, b = self.drag
        return a + b * difficulty(distance, width)

    def seconds(self, operator: Operator) -> float:
        """Price one operator.

        Args:
            operator: with its count.

        Returns:
            seconds of all its repetitions.
        """
        if operator.kind == "point":
            return operator.count * self.pointing(operator.distance, operator.width)
        if operator.kind == "drag":
            return operator.count * self.dragging(operator.distance, operator.width)
        if operator.kind == "box":  # its parts are priced one by one
            return 0.0
        return operator.count * float(getattr(self, operator.kind))

    def price(self, operators: Sequence[Operator]) -> float:
        """Price a gesture: the sum over its operators, or the fixed price of a box where the clock has one.

        Args:
            operators: of the gesture.

        Returns:
            seconds.

        >>> from fsannot.human.operators import DECIDE, keys
        >>> round(Clock().price((DECIDE, keys(2))), 2)
        1.91
        """
        if self.box is not None and BOX in operators:
            return self.box
        return sum((self.seconds(operator) for operator in operators), 0.0)


def difficulty(distance: float, width: float) -> float:
    """Fitts' index of difficulty, Shannon form: log2(D/W + 1).

    Args:
        distance: D, pixels, ≥ 0.
        width: W, pixels, > 0.

    Returns:
        bits.
    """
    return math.log2(distance / width + 1.0)


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
