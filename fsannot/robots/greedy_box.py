"""Draws the box that gains most per second among the unlabelled segments."""

from __future__ import annotations

from fsannot.annotation.observation import Observation
from fsannot.robots.baseline import Baseline
from fsannot.robots.gestures import Offer, labelling
from fsannot.robots.worth import Outlook


class GreedyBox(Baseline):
    """At every moment the box, or the single click, with the best expected gain per second; no learning.

    A label that looks wrong is corrected by a single click.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in the box counts against a right one of the same weight.
    """

    name = "greedy_box"

    def __init__(self, *, min_rate: float = 1e-3, budget: float | None = None, caution: float = 2.0) -> None:
        super().__init__(min_rate=min_rate, budget=budget)
        self.caution = caution

    def offer(self, screen: Observation, view: Outlook, wrong: Outlook) -> Offer | None:
        offers = labelling(screen, self.clock, view, wrong, task=self.task, caution=self.caution)
        return max(offers, key=lambda offer: offer.rate, default=None)
