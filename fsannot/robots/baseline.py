"""The base class of robots that only label: they open all images, make one kind of proposal, and stop by its rate."""

from __future__ import annotations

from abc import abstractmethod

from fsannot.annotation.actions import Action, RequestBatch, Stop
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal
from fsannot.robots.robot import Robot


class Baseline(Robot):
    """Carries out the proposal of its subclass until the proposal gains too little per second.

    For foreground it labels objects only, since what stays unlabelled is saved as background; else every class.

    Args:
        min_rate: stop when the proposal gains less per second, in image scores (:mod:`fsannot.robots.beliefs`); ≥ 0.
        budget: human seconds per image after which it stops; None for no limit.

    Raises:
        InputError: a rate or budget that is negative.
    """

    def __init__(self, *, min_rate: float = 1e-3, budget: float | None = None) -> None:
        if not min_rate >= 0:
            raise InputError(f"robot.min_rate={min_rate}: a number ≥ 0 is needed")
        if budget is not None and not budget >= 0:
            raise InputError(f"robot.budget={budget}: null or a number of seconds ≥ 0 is needed")
        self.min_rate = min_rate
        self.budget = budget

    @property
    def first_class(self) -> int:
        """The lowest class that is labelled: 1 for foreground, else 0."""
        return 1 if self.task == "foreground" else 0

    @abstractmethod
    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        """The next action with its expected gain.

        Args:
            observation: what the tool shows.
            view: unlabelled segments.
            wrong: labelled segments whose label does not look right.

        Returns:
            the proposal; None where there is nothing to do.
        """

    def act(self, observation: Observation) -> Action:
        if observation.images_waiting:
            return RequestBatch()
        if self.budget is not None and observation.human_seconds >= self.budget * observation.images_loaded:
            return Stop()
        best = self.planned() or self.proposal(observation, *self.belief_model.beliefs(observation))
        if best is None or best.rate < self.min_rate:
            return self.nothing_left(observation)
        return best.action

    def planned(self) -> Proposal | None:
        """The next of the actions that were planned earlier.

        Returns:
            the proposal; None to look at the canvas again.
        """
        return None

    def nothing_left(self, observation: Observation) -> Action:
        """The action when no proposal reaches ``min_rate``.

        Args:
            observation: what the tool shows.

        Returns:
            ``Stop``, unless a subclass does something else first.
        """
        return Stop()
