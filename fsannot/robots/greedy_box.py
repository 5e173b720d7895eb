"""Draws the box that gains most per second among the unlabelled segments."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import Action, RequestBatch, Stop
from fsannot.annotation.observation import Observation
from fsannot.robots.gestures import label_box, label_segment
from fsannot.robots.robot import Robot
from fsannot.robots.worth import outlook


class GreedyBox(Robot):
    """At every moment the box, or the single click, with the best expected gain per second; no learning.

    For foreground it labels objects only, since what stays unlabelled is saved as background; else every class.

    Args:
        min_rate: stop when no action gains more, in images' worth of score per second.
        budget: human seconds per image after which it stops; None = when nothing more is worth it.
        caution: how much a wrong thumbnail in the box counts against a right one of the same weight.
    """

    name = "greedy_box"

    def __init__(self, *, min_rate: float = 1e-3, budget: float | None = None, caution: float = 1.0) -> None:
        self.min_rate = min_rate
        self.budget = budget
        self.caution = caution

    def act(self, screen: Observation) -> Action:
        if screen.images_waiting:
            return RequestBatch()
        if self.budget is not None and screen.human_seconds >= self.budget * screen.images_loaded:
            return Stop()
        view = outlook(screen, self.oracle, self.task)
        labels = np.unique(view.seen[view.seen >= (1 if self.task == "foreground" else 0)])
        offers = []
        for label in labels:
            worth = np.where(view.seen == label, view.weight, -self.caution * view.weight)
            offers.append(label_box(screen, self.clock, view, int(label), worth))
        wanted = np.isin(view.seen, labels)
        if wanted.any():
            offers.append(
                label_segment(screen, self.clock, view, np.where(wanted, view.weight, 0.0), view.seen)
            )
        best = max((o for o in offers if o is not None), key=lambda o: o.rate, default=None)
        if best is None or best.rate < self.min_rate:
            return Stop()
        return best.action
