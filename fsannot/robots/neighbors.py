"""Labels a segment and those most similar to it in feature space, by a growing radius."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import Action, LabelRadius
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.dragging import RadiusDragger
from fsannot.robots.proposals import Proposal, label_neighbors, label_segment


class Neighbors(Baseline):
    """Labels a segment together with those most similar to it in feature space, as many as look right.

    It tries some of the segments with the largest gain as the centre, looks at their neighbors in order of similarity,
    and stops each radius where the gain per second is best. It corrects labels that look wrong by single clicks. Under
    version 2 of the human model, where nobody sees what is similar before the drag, it learns how far to drag from what
    came along the last time (:mod:`fsannot.robots.dragging`).

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in the radius counts against a right one of the same weight.
        centres: segments tried as the centre at each moment; ≥ 1.
        reach: most neighbors one gesture takes under version 1 of the human model; ≥ 1.

    Raises:
        InputError: a number below 1, or what ``Baseline`` refuses.
    """

    name = "neighbors"

    def __init__(
        self,
        *,
        min_rate: float = 1e-3,
        budget: float | None = None,
        caution: float = 2.0,
        centres: int = 8,
        reach: int = 256,
    ) -> None:
        super().__init__(min_rate=min_rate, budget=budget)
        if centres < 1 or reach < 1:
            raise InputError(f"robot.centres={centres}, robot.reach={reach}: both must be at least 1")
        self.caution, self.centres, self.reach = caution, centres, reach

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._dragger = RadiusDragger()

    def act(self, observation: Observation) -> Action:
        if isinstance(self.oracle, Reader):
            self._dragger.learn(observation, self.oracle)
        action = super().act(observation)
        if isinstance(action, LabelRadius):
            self._dragger.accept(observation, action)
        return action

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        wanted = np.flatnonzero(view.seen >= self.first_class)
        best = np.argsort(-view.gain_as_seen[wanted], kind="stable")[: self.centres]
        proposals = [self._around(observation, view, int(i)) for i in wanted[best]]
        proposals += [label_segment(observation, self.clock, v) for v in (view.select(wanted), wrong)]
        return max((o for o in proposals if o is not None), key=lambda proposal: proposal.rate, default=None)

    def _around(self, observation: Observation, view: Beliefs, centre: int) -> Proposal | None:
        label = int(view.seen[centre])
        certain = view.gain_as_seen
        value = np.where(view.seen == label, certain, -self.caution * np.abs(certain))
        if isinstance(self.oracle, Reader):
            return self._dragger.proposal(observation, self.clock, view, centre, value)
        return label_neighbors(
            observation, self.queries, self.clock, view, centre, label, value, reach=self.reach
        )
