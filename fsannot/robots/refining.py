"""Having mixed segments replaced by their parts, many by one box, before they are labelled."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import RefineBox
from fsannot.annotation.observation import Observation
from fsannot.human.clock import Clock
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.inspect_image import MINORITY
from fsannot.robots.proposals import Proposal, most_rewarding_box

FRAGMENTATION = 0.002
"""Worth lost, in images' worth of score, when a pure segment falls into parts that all have to be labelled."""
REPEATED = 0.1
"""Share of it that is lost by a segment that is a part already, or was asked for before: it hardly falls further."""


class Refining:
    """Where a person would refine. A segment is refined once; its parts are not refined again.

    Args:
        share: threshold of the parts, as a share of the partition's threshold, in (0, 1).
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self._open = np.zeros(0, bool)
        self._asked = np.zeros(0, np.int64)
        self._parts_follow = False

    def proposal(self, observation: Observation, clock: Clock, view: Beliefs) -> Proposal | None:
        """The box whose mixed segments win most per second when they are refined.

        Args:
            view: the unlabelled segments on the canvas.
        """
        self._see(observation)
        wanted = self._open[view.segments]
        pure = np.where(wanted, -FRAGMENTATION, -REPEATED * FRAGMENTATION)
        value = np.where(view.mixed & wanted, MINORITY * view.weight, pure)
        found = most_rewarding_box(observation, clock, view.points, value)
        if found is None:
            return None
        box, inside, seconds = found
        self._asked = view.segments[inside]
        return Proposal(
            RefineBox(box, self.share * observation.threshold), float(value[inside].sum()), seconds
        )

    def take(self) -> None:
        """The last offer is taken: what it holds is not refined again."""
        self._open[self._asked] = False
        self._parts_follow = True

    def _see(self, observation: Observation) -> None:
        """Rows that are new since the last look: parts of what was refined, or segments of new images."""
        new = len(observation.table) - len(self._open)
        self._open = np.append(self._open, np.full(new, not self._parts_follow))
        self._parts_follow = False
