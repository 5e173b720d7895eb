"""What every action is."""

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
        reach: pixels from the pointer to the target.
        box: the box that is drawn, for actions that draw one.
        label_changed: whether the label is another one than that of the labelling action before.
        found: how many segments a radius took in.
    """

    reach: float = 0.0
    box: BoxGesture | None = None
    label_changed: bool = False
    found: int = 0


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
        """``segment``; raises ``InputError`` where there is none."""
        if self.segment is None:
            raise InputError("nothing on the canvas is unlabelled")
        return self.segment

    def require_open_image(self) -> int:
        """``open_image``; raises ``InputError`` where there is none."""
        if self.open_image is None:
            raise InputError("no image is open; OpenImage first")
        return self.open_image


@dataclass(frozen=True)
class Action(ABC):
    """Base of all actions."""

    @abstractmethod
    def operators(self, situation: Situation) -> Operators:
        """The elementary acts it consists of, which a clock prices."""

    @classmethod
    @abstractmethod
    def decode(cls, signal: Signal) -> Action:
        """The action a learned policy means.

        Raises:
            InputError: what it points at is not there.
        """

    def words(self, classes: Sequence[str], changed: int) -> str:
        """The action for a reader of the report.

        Args:
            classes: class names by index.
            changed: how many segments changed their label or were replaced.
        """
        name = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self).__name__).strip()
        return name + counted(changed)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; ``action_from_dict`` is its inverse."""
        return {"action": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class BoxAction(Action, ABC):
    """An action that draws a box, ``(x0, y0, x1, y1)`` in canvas pixels, closed."""

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
    """`` (n segments)``, or nothing where none changed."""
    return f" ({changed} segments)" if changed else ""
