"""What every robot user offers."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from fsannot.annotation.actions import Action
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.arguments import KeepsArguments
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.beliefs import BeliefModel


class Robot(metaclass=KeepsArguments):
    """A policy: screen → action. What it knows of the images it knows through its oracle.

    Args of ``begin``, not of the constructor, are what changes from session to session.
    """

    name: str

    def begin(self, oracle: Oracle, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        """Start a session.

        Args:
            oracle: the robot's eyes.
            queries: what it may ask of the tool besides what is on the screen.
            clock: what actions cost; a person has a feeling for that.
            task: ``"foreground"`` (unlabelled is saved as background) or ``"semantic"``.
            seed: of any choice made by chance.
        """
        self.oracle = oracle
        self.queries = queries
        self.clock = clock
        self.task = task
        self.rng = np.random.default_rng(seed)
        self.belief_model = BeliefModel(oracle, queries, task)

    @abstractmethod
    def act(self, observation: Observation) -> Action:
        """The next action."""
