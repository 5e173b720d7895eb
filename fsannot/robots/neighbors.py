"""Labels a segment and those most similar to it in feature space, by a growing radius."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, label_neighbors, label_segment


class Neighbors(Baseline):
    """Labels a segment together with those most similar to it in feature space, as many as look right.

    It tries some of the segments with the largest gain as the centre, looks at their neighbors in order of similarity,
    and stops each radius where the gain per second is best. It corrects labels that look wrong by single clicks.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in the radius counts against a right one of the same weight.
        centres: segments tried as the centre at each moment; ≥ 1.
        reach: most neighbors one gesture takes; ≥ 1.

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
        return label_neighbors(
            observation, self.queries, self.clock, view, centre, label, value, reach=self.reach
        )
