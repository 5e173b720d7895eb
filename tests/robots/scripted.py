"""A robot that does what it is told."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fsannot.annotation.actions import Action, Stop
from fsannot.annotation.observation import Observation
from fsannot.robots.robot import Robot


class Scripted(Robot):
    """Carries out ``actions`` one after the other, then stops."""

    name = "scripted"

    def __init__(self, actions: Iterable[Action]) -> None:
        self.actions = tuple(actions)

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        self._left = list(self.actions)

    def act(self, observation: Observation) -> Action:
        return self._left.pop(0) if self._left else Stop()
