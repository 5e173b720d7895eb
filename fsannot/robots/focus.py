"""Focusing on a region of the canvas where classes lie mixed, to label it in its local re-projection."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.actions import FocusBox
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.screen import inside
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, box_seconds

CENTRES = 64
"""Thumbnails tried as the centre of a region: those with the largest gain."""


class FocusPlanner:
    """Plans which region of the canvas to focus on; every thumbnail is focused on once.

    Args:
        region: number of thumbnails in a region, ≥ 2.
        hope: share of what is left in a region that the focus is expected to gain, in [0, 1].
        boxes: number of boxes this is expected to take; ≥ 0.

    Raises:
        InputError: a number outside its range.
    """

    def __init__(self, *, region: int = 100, hope: float = 0.5, boxes: float = 3.0) -> None:
        if region < 2 or not 0 <= hope <= 1 or boxes < 0:
            raise InputError(
                f"robot.region={region}, robot.hope={hope}, robot.boxes={boxes}: a region of at least 2, hope in "
                "[0, 1] and boxes ≥ 0 are needed"
            )
        self.region, self.hope, self.boxes = region, hope, boxes
        self.forget()

    def forget(self) -> None:
        """Forget the last session."""
        self._weight = np.zeros(0)
        self._visited = np.zeros(0, bool)

    def with_canvas_weights(self, view: Beliefs) -> Beliefs:
        """Beliefs inside the focus, with the weights the segments have on the whole canvas.

        Args:
            view: beliefs about segments in the focus.

        Returns:
            the same beliefs, with other weights.
        """
        return replace(view, weight=self._weight[view.segments])

    def proposal(
        self, observation: Observation, clock: Clock, view: Beliefs, wrong: Beliefs, *, first: int
    ) -> Proposal | None:
        """The region of the whole canvas where most is left to label among other classes.

        Args:
            observation: what the tool shows.
            clock: prices of actions.
            view: unlabelled segments.
            wrong: labelled segments whose label does not look right.
            first: the lowest class that is labelled.

        Returns:
            the box to focus on; None where nothing is left or all of it was focused on.
        """
        self._note_weights(observation, view, wrong)
        left = np.where((view.seen >= first) & ~self._visited[view.segments], view.gain_as_seen, 0.0)
        if not (left > 0).any() or len(view.segments) < 3:
            return None
        centres = np.argsort(-left, kind="stable")[: min(CENTRES, int((left > 0).sum()))]
        around = cKDTree(view.points).query(view.points[centres], k=min(self.region, len(view.segments)))[1]
        other = view.seen[around] != view.seen[centres, None]
        best = int((left[around].sum(1) * other.mean(1)).argmax())
        members = view.points[around[best]]
        (x0, y0), (x1, y1) = members.min(0).tolist(), members.max(0).tolist()
        within = np.flatnonzero(inside(view.points, (x0, y0, x1, y1)))
        there = box_seconds(observation, clock, view, (x0, y0, x1, y1))
        seconds = (1 + self.boxes) * there + clock.key
        gain = self.hope * float(left[within].sum())
        return Proposal(FocusBox((x0, y0, x1, y1)), gain, seconds) if gain > 0 else None

    def accept(self, view: Beliefs, action: FocusBox) -> None:
        """Note that a proposal is carried out; what lies in its box is not focused on again.

        Args:
            view: the beliefs it was made from.
            action: the focus.
        """
        self._visited[view.segments[inside(view.points, action.box)]] = True

    def _note_weights(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> None:
        total = len(observation.table)
        self._visited = np.append(self._visited[:total], np.zeros(max(0, total - len(self._visited)), bool))
        self._weight = np.zeros(total)
        for part in (view, wrong):
            self._weight[part.segments] = part.weight
