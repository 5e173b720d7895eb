"""Clicks thumbnails in random order."""

from __future__ import annotations

from fsannot.annotation.actions import LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, click_seconds, clickable


class Random(Baseline):
    """Labels a segment drawn at random from those that show something to label.

    The lower bound of all curves: single clicks in random order. It stops when a segment drawn at random is
    expected to gain less than ``min_rate``.

    Args:
        min_rate, budget: as for every ``Baseline``.
    """

    name = "random"

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        wanted = clickable(observation, view.select(view.seen >= self.first_class))
        if not len(wanted.segments):
            return None
        pick = int(self.rng.integers(len(wanted.segments)))
        action = LabelSegment(int(wanted.segments[pick]), int(wanted.seen[pick]))
        seconds = click_seconds(observation, self.clock, wanted, pick)
        return Proposal(action, float(wanted.gain_as_seen.mean()), seconds)
