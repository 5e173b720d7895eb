"""What robots that only label have in common: they open all images, take one kind of offer, and know when to stop."""

from __future__ import annotations

from abc import abstractmethod

from fsannot.annotation.actions import Action, RequestBatch, Stop
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal
from fsannot.robots.robot import Robot


class Baseline(Robot):
    """Takes the offer its subclass makes, as long as that is worth its time.

    For foreground it labels objects only, since what stays unlabelled is saved as background; else every class.

    Args:
        min_rate: stop when the offer gains less, in images' worth of score per second; ≥ 0.
        budget: human seconds per image after which it stops; None = when the offers are worth nothing more.

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
        """The lowest class worth labelling."""
        return 1 if self.task == "foreground" else 0

    @abstractmethod
    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        """The next action with its expected gain; None where there is none.

        Args:
            observation: what the tool shows.
            view: unlabelled segments.
            wrong: labelled ones whose label does not look right.
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
        """What was decided on in an earlier look and still stands; None = look again."""
        return None

    def nothing_left(self, observation: Observation) -> Action:
        """What to do when no offer is worth its time."""
        return Stop()
