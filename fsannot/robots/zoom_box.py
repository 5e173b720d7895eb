"""Draws boxes, and focuses on regions of the canvas where classes are mixed."""

from __future__ import annotations

from fsannot.annotation.actions import Action, FocusBox, Unfocus
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.focus import FocusPlanner
from fsannot.robots.proposals import Proposal, labelling


class ZoomBox(Baseline):
    """Draws boxes as ``GreedyBox`` does, and focuses on mixed regions to label them in their local re-projection.

    A region is mixed where much is left to label and other classes lie among it. Every thumbnail is focused on once;
    when no proposal in the focus reaches ``min_rate``, it returns to the whole canvas.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in a box counts against a right one of the same weight.
        region, hope, boxes: of a ``FocusPlanner``.

    Raises:
        InputError: what ``Baseline`` or ``FocusPlanner`` refuses.
    """

    name = "zoom_box"

    def __init__(
        self,
        *,
        min_rate: float = 1e-3,
        budget: float | None = None,
        caution: float = 2.0,
        region: int = 100,
        hope: float = 0.5,
        boxes: float = 3.0,
    ) -> None:
        super().__init__(min_rate=min_rate, budget=budget)
        self.caution = caution
        self._focus_planner = FocusPlanner(region=region, hope=hope, boxes=boxes)

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._focus_planner.forget()

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        if observation.focused:
            view, wrong = (
                self._focus_planner.with_canvas_weights(view),
                self._focus_planner.with_canvas_weights(wrong),
            )
        proposals = labelling(observation, self.clock, view, wrong, task=self.task, caution=self.caution)
        if not observation.focused:
            focus = self._focus_planner.proposal(observation, self.clock, view, wrong, first=self.first_class)
            proposals += [focus] if focus is not None else []
        best = max(proposals, key=lambda proposal: proposal.rate, default=None)
        if best is not None and isinstance(best.action, FocusBox) and best.rate >= self.min_rate:
            self._focus_planner.accept(view, best.action)
        return best

    def nothing_left(self, observation: Observation) -> Action:
        return Unfocus() if observation.focused else super().nothing_left(observation)
