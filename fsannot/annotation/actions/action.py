"""The base classes of all actions, and what their price and a learned policy need."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.gestures import BoxGesture
from fsannot.human.operators import Operators
from fsannot.human.screen import Box


@dataclass(frozen=True)
class Situation:
    """What the price of an action depends on besides the action itself; the session's handler fills it in.

    Attributes:
        reach: pixels from the pointer to the target, ≥ 0.
        box: the box that is drawn, for actions that draw one.
        label_changed: whether the label differs from that of the previous labelling action.
        found: number of segments within the radius of a ``LabelNeighbors``, or of legible ones within that of a
            ``LabelRadius``.
        width: what is visible of the thumbnail that is pointed at, pixels.
        searched: whether it happens in an open image whose search was paid, or is the search itself (version 2 of the
            human model).
        again: whether the last action was of the same kind.
    """

    reach: float = 0.0
    box: BoxGesture | None = None
    label_changed: bool = False
    found: int = 0
    width: float = gestures.THUMBNAIL
    searched: bool = False
    again: bool = False


@dataclass(frozen=True)
class Signal:
    """What a learned policy points at and asks for, as the environment reads it on the screen.

    Attributes:
        box: two corners in canvas pixels.
        label: index of a class.
        amount: a number in [0, 1].
        option: index of a choice.
        threshold: a threshold of the hierarchy's criterion.
        segment: the unlabelled thumbnail nearest to the first corner, or None where there is none.
        image: the image of the thumbnail nearest to the first corner, or None.
        open_image: the image that is open, or None.
        pixels: ``(y, x)`` of both corners in the open image; empty where none is open.
        under: the segments at those pixels; empty where no image is open.
    """

    box: Box
    label: int
    amount: float
    option: int
    threshold: float
    segment: int | None
    image: int | None
    open_image: int | None
    pixels: tuple[tuple[int, int], ...] = ()
    under: tuple[int, ...] = ()

    def require_segment(self) -> int:
        """``segment``, where there is one.

        Returns:
            row of the segment.

        Raises:
            InputError: there is none.
        """
        if self.segment is None:
            raise InputError("nothing on the canvas is unlabelled")
        return self.segment

    def require_open_image(self) -> int:
        """``open_image``, where there is one.

        Returns:
            index of the image.

        Raises:
            InputError: no image is open.
        """
        if self.open_image is None:
            raise InputError("no image is open; OpenImage first")
        return self.open_image


@dataclass(frozen=True)
class Action(ABC):
    """Base of all actions: plain data, compared by value and stored in traces as JSON.

    >>> from fsannot.annotation.actions import LabelBox, LabelSegment, Situation
    >>> from fsannot.human.clock import Clock
    >>> action = LabelSegment(segment=3, label=1)
    >>> action.to_dict()
    {'action': 'LabelSegment', 'segment': 3, 'label': 1}
    >>> round(Clock().price(action.operators(Situation(reach=200.0))), 2)
    2.26
    >>> LabelBox((0.0, 0.0, 100.0, 50.0), label=1).words(("background", "object"), changed=12)
    'box → object (12 segments)'
    """

    @abstractmethod
    def operators(self, situation: Situation) -> Operators:
        """The elementary acts the action consists of, which a clock prices.

        Args:
            situation: what the price depends on besides the action.

        Returns:
            operators in the order a person carries them out.

        Raises:
            InputError: the action draws a box and ``situation.box`` is None.
        """

    @classmethod
    @abstractmethod
    def decode(cls, signal: Signal) -> Action:
        """The action a learned policy means.

        Args:
            signal: what the policy points at and asks for.

        Returns:
            an action of this class.

        Raises:
            InputError: what it points at is not there.
        """

    def words(self, classes: Sequence[str], changed: int) -> str:
        """The action in words, for a reader of the report.

        Args:
            classes: class names by index.
            changed: number of segments that changed their label or were replaced.

        Returns:
            a phrase, lower case, no full stop.
        """
        name = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self).__name__).strip()
        return name + counted(changed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; ``action_from_dict`` is its inverse.

        Returns:
            ``{"action": class name, **fields}``.
        """
        return {"action": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class BoxAction(Action, ABC):
    """An action that draws a box.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in canvas pixels, closed.
    """

    box: Box

    def operators(self, situation: Situation) -> Operators:
        if situation.box is None:
            raise InputError(f"{type(self).__name__}: the price of a box depends on how it is drawn")
        return gestures.box(situation.box, label_changed=situation.label_changed)


@dataclass(frozen=True)
class KeyAction(Action, ABC):
    """An action that takes one key and no decision of its own."""

    def operators(self, situation: Situation) -> Operators:
        return gestures.one_key()

    @classmethod
    def decode(cls, signal: Signal) -> Action:
        return cls()


def counted(changed: int) -> str:
    """The number of segments an action changed, for the report.

    Args:
        changed: number of segments, ≥ 0.

    Returns:
        `` (n segments)``, or the empty string for 0.
    """
    return f" ({changed} segments)" if changed else ""
