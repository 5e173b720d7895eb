"""Weighs every action of the tool by expected gain per second, and learns on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.annotation.actions import Action, LabelBox, LearnMetric, RefineBox, RequestBatch, Stop
from fsannot.annotation.canvas import inside
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.gestures import Offer, labelling, most_rewarding_box
from fsannot.robots.robot import Robot
from fsannot.robots.worth import Outlook, outlook


class Expert(Robot):
    """An experienced user. At every moment it takes the action with the best expected gain per second.

    It refines regions of the canvas where segments are mixed before it labels them, labels boxes and single
    segments, shows the learner what is background, learns from time to time, and stops when nothing is worth its
    time any more.

    Args:
        learn_every: labelling gestures between two learnings; 0 = never learn.
        refine_thresholds: cuts a region may be refined to, coarse to fine, on the criterion's own scale.
        min_rate: the worth of its time: stop when no action gains more, in images' worth of score per second.
        budget: human seconds per image after which it stops; None = when nothing more is worth it.
        caution: how much a wrong thumbnail in a box counts against a right one of the same weight.
        expected_mixture: share of a mixed segment's weight that refining it is expected to win.
        fragment_seconds: human seconds a further thumbnail is expected to cost until it is labelled.
        fragments: parts a refined segment is expected to have.
    """

    name = "expert"

    def __init__(
        self,
        *,
        learn_every: int = 10,
        refine_thresholds: tuple[float, ...] = (100.0, 10.0),
        min_rate: float = 2e-3,
        budget: float | None = None,
        caution: float = 2.0,
        expected_mixture: float = 0.2,
        fragment_seconds: float = 0.1,
        fragments: float = 4.0,
    ) -> None:
        if learn_every < 0:
            raise InputError(f"robot.learn_every={learn_every}: 0 (never) or a number of gestures")
        self.learn_every = learn_every
        self.refine_thresholds = tuple(refine_thresholds)
        self.min_rate = min_rate
        self.budget = budget
        self.caution = caution
        self.expected_mixture = expected_mixture
        self.fragment_seconds = fragment_seconds
        self.fragments = fragments

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        self._since = 0
        self._level = np.zeros(0, np.int8)
        self._taught = 0

    def act(self, screen: Observation) -> Action:
        if screen.images_waiting:
            return RequestBatch()
        if self.budget is not None and screen.human_seconds >= self.budget * screen.images_loaded:
            return Stop()
        self._level = np.concatenate([self._level, np.zeros(len(screen.table) - len(self._level), np.int8)])
        view, wrong = outlook(screen, self.oracle, self.task)
        teach = self._teaching(screen, view)
        if teach is not None:
            return teach
        refine = self._refining(screen, view)
        if refine is not None and refine.gain > 0:
            self._mark(screen, refine.action)
            return refine.action
        offers = labelling(screen, self.clock, view, wrong, task=self.task, caution=self.caution)
        best = max(offers, key=lambda offer: offer.rate, default=None)
        if best is None or best.rate < self.min_rate:
            return Stop()
        self._since += 1
        return best.action

    def _teaching(self, screen: Observation, view: Outlook) -> Action | None:
        if not self.learn_every or self._since < self.learn_every:
            return None
        given = screen.alive & (screen.labels >= 0)
        if self.task == "foreground" and self._taught <= screen.learned // 3:
            self._taught += 1
            worth = np.where(view.seen == 0, 1.0, -5.0)
            found = most_rewarding_box(screen, self.clock, view.points, worth)
            if found is not None:
                return LabelBox(found[0], 0)
        self._since = 0
        if len(np.unique(screen.labels[given])) < 2:
            return None
        return LearnMetric()

    def _refining(self, screen: Observation, view: Outlook) -> Offer | None:
        """The refinement that wins most beyond what its seconds are worth."""
        level = self._level[view.segments]
        best = None
        for depth, threshold in enumerate(self.refine_thresholds):
            win = np.where(view.mixed & (level <= depth), self.expected_mixture * view.weight, 0.0)
            loss = self.min_rate * (self.clock.glance + self.fragment_seconds * self.fragments)
            found = most_rewarding_box(screen, self.clock, view.points, win - loss, rounds=1)
            if found is None:
                continue
            box, chosen, seconds = found
            net = float((win - loss)[chosen].sum()) - self.min_rate * seconds
            offer = Offer(RefineBox(box, threshold), net, seconds)
            if best is None or offer.gain > best.gain:
                best = offer
        return best

    def _mark(self, screen: Observation, action: Action) -> None:
        """Remember what was refined how far, so that it is not tried again in vain."""
        assert isinstance(action, RefineBox)
        rows = screen.open_segments
        rows = rows[inside(screen.canvas[rows], action.box)]
        self._level[rows] = np.maximum(self._level[rows], self.refine_thresholds.index(action.threshold) + 1)
