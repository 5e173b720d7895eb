"""Looks closer where classes are mixed on the canvas, and labels there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.actions import Action, FocusBox, Unfocus
from fsannot.annotation.canvas import inside
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.baseline import Baseline
from fsannot.robots.gestures import Offer, box_seconds, labelling
from fsannot.robots.worth import Outlook


class ZoomBox(Baseline):
    """Boxes as ``GreedyBox`` does, and focuses on regions boxes cannot solve to label in their local re-projection.

    A region is worth a look where much is left to label and other classes lie among it. Every thumbnail is
    focused on once; when nothing in the focus is worth the time, it goes back to the whole canvas.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in a box counts against a right one of the same weight.
        region: thumbnails around a place that make up a region; ≥ 2.
        hope: share of what is left in a region that the focus is expected to win, in [0, 1].
        boxes: gestures this is expected to take there.
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
        if region < 2 or not 0 <= hope <= 1 or boxes < 0:
            raise InputError(
                f"robot.region={region}, robot.hope={hope}, robot.boxes={boxes}: a region of at least 2, hope in "
                "[0, 1] and boxes ≥ 0 are needed"
            )
        self.caution, self.region, self.hope, self.boxes = caution, region, hope, boxes

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        self._weight = np.zeros(0)
        self._visited = np.zeros(0, bool)

    def offer(self, screen: Observation, view: Outlook, wrong: Outlook) -> Offer | None:
        if screen.focused:  # what a segment decides does not change with what else is on the canvas
            view, wrong = (replace(v, weight=self._weight[v.segments]) for v in (view, wrong))
        offers = labelling(screen, self.clock, view, wrong, task=self.task, caution=self.caution)
        if not screen.focused:
            self._remember(screen, view, wrong)
            offers += self._closer(screen, view)
        best = max(offers, key=lambda offer: offer.rate, default=None)
        if best is not None and isinstance(best.action, FocusBox) and best.rate >= self.min_rate:
            self._visited[view.segments[inside(view.points, best.action.box)]] = True
        return best

    def nothing_left(self, screen: Observation) -> Action:
        return Unfocus() if screen.focused else super().nothing_left(screen)

    def _remember(self, screen: Observation, view: Outlook, wrong: Outlook) -> None:
        total = len(screen.table)
        self._visited = np.append(self._visited[:total], np.zeros(max(0, total - len(self._visited)), bool))
        self._weight = np.zeros(total)
        for part in (view, wrong):
            self._weight[part.segments] = part.weight

    def _closer(self, screen: Observation, view: Outlook) -> list[Offer]:
        """Focusing on the region where most is left among other classes; none where all was focused on before."""
        left = np.where((view.seen >= self.first_class) & ~self._visited[view.segments], view.certain, 0.0)
        if not (left > 0).any() or len(view.segments) < 3:
            return []
        around = cKDTree(view.points).query(view.points, k=min(self.region, len(view.segments)))[1]
        other = view.seen[around] != view.seen[:, None]
        centre = int((left[around].sum(1) * other.mean(1)).argmax())
        members = view.points[around[centre]]
        (x0, y0), (x1, y1) = members.min(0).tolist(), members.max(0).tolist()
        within = np.flatnonzero(inside(view.points, (x0, y0, x1, y1)))
        there = box_seconds(screen, self.clock, view.points, (x0, y0, x1, y1), within)
        seconds = (1 + self.boxes) * there + self.clock.key
        gain = self.hope * float(left[within].sum())
        return [Offer(FocusBox((x0, y0, x1, y1)), gain, seconds)] if gain > 0 else []
