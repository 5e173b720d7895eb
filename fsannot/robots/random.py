"""Clicks thumbnails in no order."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.robots.baseline import Baseline
from fsannot.robots.gestures import Offer
from fsannot.robots.beliefs import Outlook


class Random(Baseline):
    """Labels a segment drawn at random from those that show something to label.

    The floor of all curves: single clicks, and no choice among them. It stops when a segment drawn at random is
    expected to gain less than ``min_rate``.
    """

    name = "random"

    def offer(self, screen: Observation, view: Outlook, wrong: Outlook) -> Offer | None:
        wanted = view.select(view.seen >= self.first_class)
        if not len(wanted.segments):
            return None
        pick = int(self.rng.integers(len(wanted.segments)))
        reach = float(np.hypot(*(wanted.points[pick] - np.array(screen.pointer))))
        action = LabelSegment(int(wanted.segments[pick]), int(wanted.seen[pick]))
        return Offer(action, float(wanted.certain.mean()), self.clock.one_segment(reach))
