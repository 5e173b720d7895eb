"""Actions that give labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fsannot.annotation.actions.action import Action, BoxAction, Signal, Situation
from fsannot.human import gestures
from fsannot.human.operators import Operators

MOST_NEIGHBORS = 32
"""Similar segments a learned policy takes in at ``amount`` 1."""
LONGEST_DRAG = 400
"""Pixels a learned policy drags a radius at ``amount`` 1."""


@dataclass(frozen=True)
class LabelBox(BoxAction):
    """Give ``label`` to the unlabelled segments whose thumbnails lie in the box.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in canvas pixels, closed.
        label: index of the class.
    """

    label: int

    @classmethod
    def decode(cls, signal: Signal) -> LabelBox:
        return cls(signal.box, signal.label)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return f"box → {classes[self.label]} ({changed} segments)"


@dataclass(frozen=True)
class LabelSegment(Action):
    """Give ``label`` to one segment, labelled or not, on the canvas or in the open image.

    Attributes:
        segment: row of the segment.
        label: index of the class.
    """

    segment: int
    label: int

    def operators(self, situation: Situation) -> Operators:
        if situation.searched:
            return gestures.in_searched_image(1, int(situation.label_changed))
        return gestures.one_segment(situation.reach, situation.width)

    @classmethod
    def decode(cls, signal: Signal) -> LabelSegment:
        return cls(signal.require_segment(), signal.label)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return f"segment → {classes[self.label]}"


@dataclass(frozen=True)
class LabelInImage(Action):
    """Click segments of the open image, labelled or not, one after the other.

    Attributes:
        segments: rows, each once, at least one.
        labels: index of the class of each.
    """

    segments: tuple[int, ...]
    labels: tuple[int, ...]

    def operators(self, situation: Situation) -> Operators:
        runs = len(list(groupby(self.labels)))
        if situation.searched:
            return gestures.in_searched_image(len(self.segments), runs)
        return gestures.in_image(len(self.segments), runs)

    @classmethod
    def decode(cls, signal: Signal) -> LabelInImage:
        signal.require_open_image()
        segments = tuple(dict.fromkeys(signal.under))
        return cls(segments, (signal.label,) * len(segments))

    def words(self, classes: Sequence[str], changed: int) -> str:
        named = ", ".join(classes[label] for label in dict.fromkeys(self.labels))
        return f"clicks in the image → {named} ({changed} segments)"


@dataclass(frozen=True)
class LabelRest(Action):
    """Give ``label`` to every unlabelled segment of the loaded images.

    Attributes:
        label: index of the class.
    """

    label: int

    def operators(self, situation: Situation) -> Operators:
        return gestures.label_rest()

    @classmethod
    def decode(cls, signal: Signal) -> LabelRest:
        return cls(signal.label)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return f"the rest → {classes[self.label]} ({changed} segments)"


@dataclass(frozen=True)
class LabelRadius(Action):
    """Give ``label`` to a segment and all unlabelled ones within a radius, by a drag of a chosen length.

    400 pixels of the drag are a cosine distance of 0.5; what falls inside is labelled (version 2 of the human model).

    Attributes:
        segment: row of the segment in the middle.
        pixels: length of the drag, a whole number ≥ 1.
        label: index of the class.
    """

    segment: int
    pixels: int
    label: int

    def operators(self, situation: Situation) -> Operators:
        return gestures.radius(situation.reach, situation.width, self.pixels, situation.found)

    @classmethod
    def decode(cls, signal: Signal) -> LabelRadius:
        return cls(signal.require_segment(), max(1, round(signal.amount * LONGEST_DRAG)), signal.label)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return f"radius → {classes[self.label]} ({changed} segments)"


@dataclass(frozen=True)
class LabelNeighbors(Action):
    """Give ``label`` to a segment and its most similar unlabelled segments, by a growing radius.

    Of version 1 of the human model, where the number of segments can be chosen.

    Attributes:
        segment: row of the segment in the middle.
        count: number of similar segments, ≥ 1.
        label: index of the class.
    """

    segment: int
    count: int
    label: int

    def operators(self, situation: Situation) -> Operators:
        return gestures.similar(situation.reach, situation.found)

    @classmethod
    def decode(cls, signal: Signal) -> LabelNeighbors:
        return cls(signal.require_segment(), max(1, round(signal.amount * MOST_NEIGHBORS)), signal.label)
