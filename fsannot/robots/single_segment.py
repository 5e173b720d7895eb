"""Clicks one thumbnail after the other."""

from __future__ import annotations

from fsannot.annotation.observation import Observation
from fsannot.robots.baseline import Baseline
from fsannot.robots.gestures import Offer, label_segment
from fsannot.robots.beliefs import Outlook


class SingleSegment(Baseline):
    """Labels the one segment that decides most, then the next; corrects a label that looks wrong.

    What annotation costs without the feature space: every segment is a gesture of its own.
    """

    name = "single_segment"

    def offer(self, screen: Observation, view: Outlook, wrong: Outlook) -> Offer | None:
        wanted = view.select(view.seen >= self.first_class)
        clicks = [label_segment(screen, self.clock, wanted), label_segment(screen, self.clock, wrong)]
        return max((c for c in clicks if c is not None), key=lambda offer: offer.rate, default=None)
