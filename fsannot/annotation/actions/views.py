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
    """Show only the segments in the box, in a local re-projection of their own."""

    @classmethod
    def decode(cls, signal: Signal) -> FocusBox:
        return cls(signal.box)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return "focus on a box"


@dataclass(frozen=True)
class Unfocus(KeyAction):
    """Back from the local re-projection to the whole canvas."""


@dataclass(frozen=True)
class ShowUncertain(KeyAction):
    """Point at the unlabelled segment whose most similar labelled segments disagree most."""


@dataclass(frozen=True)
class OpenImage(Action):
    """Open an image from one of its thumbnails; its segments are then seen in place."""

    image: int

    def operators(self, situation: Situation) -> Operators:
        return gestures.open_image(situation.reach)

    @classmethod
    def decode(cls, signal: Signal) -> OpenImage:
        if signal.image is None:
            raise InputError("no thumbnail is on the canvas")
        return cls(signal.image)


@dataclass(frozen=True)
class CloseImage(KeyAction):
    """Back from the image to the projection."""
