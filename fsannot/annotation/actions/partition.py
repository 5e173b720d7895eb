"""Actions that change segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fsannot.annotation.actions.action import Action, BoxAction, Signal, Situation
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.human import gestures
from fsannot.human.operators import Operators


@dataclass(frozen=True)
class RefineBox(BoxAction):
    """Replace the unlabelled segments in the box by their parts in their own hierarchies.

    Attributes:
        box: ``(x0, y0, x1, y1)`` in canvas pixels, closed.
        threshold: at which the hierarchies are cut, on the scale of their criterion.
    """

    threshold: float

    @classmethod
    def decode(cls, signal: Signal) -> RefineBox:
        return cls(signal.box, signal.threshold)

    def words(self, classes: Sequence[str], changed: int) -> str:
        return f"refine box ({changed} segments)"


@dataclass(frozen=True)
class Split(Action):
    """Cut one segment in two by clicks on its image; the positive part may get a label.

    Attributes:
        segment: row of the segment.
        positive, negative: ``(y, x)`` pixels of the image, at least one of each.
        label: index of the class of the positive part, or None to leave its label.
    """

    segment: int
    positive: tuple[tuple[int, int], ...]
    negative: tuple[tuple[int, int], ...]
    label: int | None = None

    def operators(self, situation: Situation) -> Operators:
        clicks = len(self.positive) + len(self.negative)
        if situation.searched:
            return gestures.split_in_searched_image(clicks, int(situation.label_changed))
        return gestures.split(situation.reach, clicks)

    @classmethod
    def decode(cls, signal: Signal) -> Split:
        signal.require_open_image()
        return cls(signal.under[0], signal.pixels[:1], signal.pixels[1:], signal.label)


@dataclass(frozen=True)
class Repartition(Action):
    """Partition one image by another criterion or threshold; segments whose pixels stay the same keep their labels.

    Attributes:
        image: index of a loaded image.
        criterion: name in :data:`fsannot.hierarchy.criteria.CRITERIA`.
        threshold: at which the hierarchy is cut, on the scale of the criterion.
    """

    image: int
    criterion: str
    threshold: float

    def operators(self, situation: Situation) -> Operators:
        return gestures.repartition()

    @classmethod
    def decode(cls, signal: Signal) -> Repartition:
        names = sorted(CRITERIA)
        return cls(signal.require_open_image(), names[signal.option % len(names)], signal.threshold)
