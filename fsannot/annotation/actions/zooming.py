"""Actions that look closer, of version 2 of the human model: zoom, grid, pointing at one thumbnail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.annotation.actions.action import Action, BoxAction, KeyAction, Signal, Situation
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.operators import Operators
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import MAX_ZOOM


@dataclass(frozen=True)
class Zoom(BoxAction):
    """Let the box fill the canvas; it is enlarged to the canvas's aspect. Thumbnails keep their size.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in pixels of the present view, closed.
    """

    def operators(self, situation: Situation) -> Operators:
        if situation.box is None:
            raise InputError("Zoom: the price of a box depends on how it is drawn")
        return gestures.zoom(situation.box, again=situation.again)

    @classmethod
    def decode(cls, signal: Signal) -> Zoom:
        return cls(signal.box)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return "zoom"


@dataclass(frozen=True)
class ZoomOut(KeyAction):
    """Return to the overview, where the whole layout fits the canvas."""


@dataclass(frozen=True)
class SetView(Action):
    """Show another part of the layout: what wheel and pans of people are recorded as. It costs a key after deciding.

    Attributes:
        zoom: pixels of the view in one of the overview, from 1.
        x, y: the upper left corner of the view, pixels of the overview.
    """

    zoom: float
    x: float
    y: float

    def operators(self, situation: Situation) -> Operators:
        return gestures.grid()

    @classmethod
    def decode(cls, signal: Signal) -> SetView:
        zoom = 1.0 + signal.amount * (MAX_ZOOM - 1.0)
        right, bottom = WIDTH - WIDTH / zoom, HEIGHT - HEIGHT / zoom
        return cls(zoom, signal.box[0] / WIDTH * right, signal.box[1] / HEIGHT * bottom)


@dataclass(frozen=True)
class Grid(Action):
    """Lay the unlabelled segments of the newest images out without overlap, as near to their places as possible.

    ``Unfocus`` returns to the projection.
    """

    def operators(self, situation: Situation) -> Operators:
        return gestures.grid()

    @classmethod
    def decode(cls, signal: Signal) -> Grid:
        return cls()


@dataclass(frozen=True)
class GridBox(BoxAction):
    """Lay the segments in the box out without overlap, as near to their places as possible.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in pixels of the present view, closed.
    """

    @classmethod
    def decode(cls, signal: Signal) -> GridBox:
        return cls(signal.box)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return "grid of a box"


@dataclass(frozen=True)
class Hover(Action):
    """Point at one thumbnail, which is then shown large and in its image.

    Attributes:
        segment: row of the segment.
    """

    segment: int

    def operators(self, situation: Situation) -> Operators:
        return gestures.hover(situation.reach, situation.width)

    @classmethod
    def decode(cls, signal: Signal) -> Hover:
        return cls(signal.require_segment())


@dataclass(frozen=True)
class Confirm(KeyAction):
    """Keep the labels of the open image as they are; it tells nothing."""
