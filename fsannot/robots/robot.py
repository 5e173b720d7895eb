"""What every robot user offers."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fsannot.annotation.actions import Action
from fsannot.annotation.observation import Observation
from fsannot.arguments import KeepsArguments
from fsannot.human.clock import Clock
from fsannot.human.perception import Oracle
from fsannot.robots.beliefs import BeliefModel


class Robot(metaclass=KeepsArguments):
    """A policy: screen → action. What it knows of the images it knows through its oracle.

    Args of ``begin``, not of the constructor, are what changes from session to session.
    """

    name: str

    def begin(self, oracle: Oracle, *, clock: Clock, task: str, seed: int) -> None:
        """Start a session.

        Args:
            oracle: the robot's eyes.
            clock: what actions cost; a person has a feeling for that.
            task: ``"foreground"`` (unlabelled is saved as background) or ``"semantic"``.
            seed: of any choice made by chance.
        """
        self.oracle = oracle
        self.clock = clock
        self.task = task
        self.rng = np.random.default_rng(seed)
        self.belief_model = BeliefModel(oracle, task)

    @abstractmethod
    def act(self, observation: Observation) -> Action:
        """The next action."""
