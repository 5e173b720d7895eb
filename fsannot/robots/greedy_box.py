"""Draws the box that gains most per second among the unlabelled segments."""

from __future__ import annotations

from fsannot.annotation.actions import LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.click_series import click_series
from fsannot.robots.proposals import Proposal, labelling

NEARLY = 0.5
"""Share of the best click's rate that the next ones must have to be made without another look."""


class GreedyBox(Baseline):
    """Draws the box, or makes the single click, with the best expected gain per second; no learning.

    A label that looks wrong is corrected by a single click.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in the box counts against a right one of the same weight.

    Raises:
        InputError: what ``Baseline`` refuses.
    """

    name = "greedy_box"

    def __init__(self, *, min_rate: float = 1e-3, budget: float | None = None, caution: float = 2.0) -> None:
        super().__init__(min_rate=min_rate, budget=budget)
        self.caution = caution

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._planned: list[Proposal] = []

    def planned(self) -> Proposal | None:
        return self._planned.pop(0) if self._planned else None

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        proposals = labelling(observation, self.clock, view, wrong, task=self.task, caution=self.caution)
        best = max(proposals, key=lambda proposal: proposal.rate, default=None)
        if best is not None and isinstance(best.action, LabelSegment):
            floor = max(self.min_rate, NEARLY * best.rate)
            wanted = view.select(view.seen >= self.first_class)
            series = click_series(observation, self.clock, (wanted, wrong), floor=floor)
            self._planned = [o for o in series if o.action != best.action]
        return best
