"""Replacing mixed segments by their parts, many by one box, before they are labelled."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import RefineBox
from fsannot.annotation.observation import Observation
from fsannot.human.clock import Clock
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.inspect_image import MINORITY
from fsannot.robots.proposals import Proposal, most_rewarding_box
from fsannot.robots.surface import Surface

FRAGMENTATION = 0.002
"""Loss, in image scores, when a pure segment is replaced by parts that all have to be labelled."""
REPEATED = 0.1
"""Share of this loss for a segment that is a part already or was refined before: few new parts come of it."""


class Refining:
    """Plans which segments to refine. A segment is refined once; its parts are not refined again.

    Args:
        share: threshold of the parts, as a share of the partition's threshold, in (0, 1).
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self._refinable = np.zeros(0, bool)
        self._proposed = np.zeros(0, np.int64)
        self._next_rows_are_parts = False

    def proposal(self, observation: Observation, clock: Clock, view: Beliefs) -> Proposal | None:
        """The box whose mixed segments gain most per second when they are refined.

        Args:
            observation: what the tool shows.
            clock: prices of actions.
            view: the unlabelled segments on the canvas.

        Returns:
            the proposal; None where no box gains anything.
        """
        self._add_new_rows(observation)
        wanted = self._refinable[view.segments]
        pure = np.where(wanted, -FRAGMENTATION, -REPEATED * FRAGMENTATION)
        value = np.where(view.mixed & wanted, MINORITY * view.weight, pure)
        found = most_rewarding_box(observation, clock, Surface.of(observation, view), value)
        if found is None:
            return None
        box, inside, gain, seconds = found
        self._proposed = view.segments[inside]
        return Proposal(RefineBox(box, self.share * observation.threshold), gain, seconds)

    def accept(self) -> None:
        """Note that the last proposal is carried out; the segments in its box are not refined again."""
        self._refinable[self._proposed] = False
        self._next_rows_are_parts = True

    def _add_new_rows(self, observation: Observation) -> None:
        """Take in rows that are new since the last look: parts of what was refined, or segments of new images."""
        new = len(observation.table) - len(self._refinable)
        self._refinable = np.append(self._refinable, np.full(new, not self._next_rows_are_parts))
        self._next_rows_are_parts = False
