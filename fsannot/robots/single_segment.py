"""Clicks one thumbnail after the other."""

from __future__ import annotations

from fsannot.annotation.observation import Observation
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, label_segment


class SingleSegment(Baseline):
    """Labels the segment with the largest gain, then the next; corrects a label that looks wrong.

    This is what annotation costs without the feature space: every segment is a gesture of its own.

    Args:
        min_rate, budget: as for every ``Baseline``.
    """

    name = "single_segment"

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        wanted = view.select(view.seen >= self.first_class)
        clicks = [
            label_segment(observation, self.clock, wanted),
            label_segment(observation, self.clock, wrong),
        ]
        return max((c for c in clicks if c is not None), key=lambda proposal: proposal.rate, default=None)
