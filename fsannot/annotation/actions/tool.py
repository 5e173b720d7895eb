"""Actions that let the tool work, and the end of a session."""

from __future__ import annotations

from dataclasses import dataclass

from fsannot.annotation.actions.action import Action, KeyAction, Signal, Situation
from fsannot.human import gestures
from fsannot.human.operators import Operators


@dataclass(frozen=True)
class RequestBatch(KeyAction):
    """Load the next images. After the last image it changes nothing and still costs the key."""


@dataclass(frozen=True)
class LearnMetric(KeyAction):
    """Learn a metric from the labels given so far, embed all segments by it, and project them from their places."""


@dataclass(frozen=True)
class Reproject(KeyAction):
    """Project all segments again; labels given so far pull segments of one class together."""


@dataclass(frozen=True)
class Undo(Action):
    """Take back the last action that changed labels or segments; without such an action it changes nothing."""

    def operators(self, situation: Situation) -> Operators:
        return gestures.undo()

    @classmethod
    def decode(cls, signal: Signal) -> Undo:
        return cls()


@dataclass(frozen=True)
class Stop(Action):
    """End the session. In foreground sets what is unlabelled is saved as background."""

    def operators(self, situation: Situation) -> Operators:
        return ()

    @classmethod
    def decode(cls, signal: Signal) -> Stop:
        return cls()
