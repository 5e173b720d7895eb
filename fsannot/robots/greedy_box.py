"""Draws the box that gains most per second among the unlabelled segments."""

from __future__ import annotations

from fsannot.annotation.actions import Action, RequestBatch, Stop
from fsannot.annotation.observation import Observation
from fsannot.robots.gestures import labelling
from fsannot.robots.robot import Robot
from fsannot.robots.worth import outlook


class GreedyBox(Robot):
    """At every moment the box, or the single click, with the best expected gain per second; no learning.

    For foreground it labels objects only, since what stays unlabelled is saved as background; else every class.
    A label that looks wrong is corrected by a single click.

    Args:
        min_rate: stop when no action gains more, in images' worth of score per second.
        budget: human seconds per image after which it stops; None = when nothing more is worth it.
        caution: how much a wrong thumbnail in the box counts against a right one of the same weight.
    """

    name = "greedy_box"

    def __init__(self, *, min_rate: float = 1e-3, budget: float | None = None, caution: float = 2.0) -> None:
        self.min_rate = min_rate
        self.budget = budget
        self.caution = caution

    def act(self, screen: Observation) -> Action:
        if screen.images_waiting:
            return RequestBatch()
        if self.budget is not None and screen.human_seconds >= self.budget * screen.images_loaded:
            return Stop()
        view, wrong = outlook(screen, self.oracle, self.task)
        offers = labelling(screen, self.clock, view, wrong, task=self.task, caution=self.caution)
        best = max(offers, key=lambda offer: offer.rate, default=None)
        if best is None or best.rate < self.min_rate:
            return Stop()
        return best.action
