"""Actions that change what is on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.annotation.actions.action import Action, BoxAction, KeyAction, Signal, Situation
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.operators import Operators


@dataclass(frozen=True)
class FocusBox(BoxAction):
    """Show only the segments in the box, in a local re-projection of their own.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in canvas pixels, closed.
    """

    @classmethod
    def decode(cls, signal: Signal) -> FocusBox:
        return cls(signal.box)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return "focus on a box"


@dataclass(frozen=True)
class Unfocus(KeyAction):
    """Return from the local re-projection to the whole canvas."""


@dataclass(frozen=True)
class ShowUncertain(KeyAction):
    """Highlight the unlabelled segment whose most similar labelled segments disagree most."""


@dataclass(frozen=True)
class OpenImage(Action):
    """Open an image by one of its thumbnails; its segments are then shown in place.

    Attributes:
        image: index of a loaded image that has a thumbnail on the canvas.
    """

    image: int

    def operators(self, situation: Situation) -> Operators:
        if situation.searched:
            return gestures.open_and_search(situation.reach, situation.width)
        return gestures.open_image(situation.reach)

    @classmethod
    def decode(cls, signal: Signal) -> OpenImage:
        if signal.image is None:
            raise InputError("no thumbnail is on the canvas")
        return cls(signal.image)


@dataclass(frozen=True)
class CloseImage(KeyAction):
    """Return from the open image to the projection."""
