"""Zooming into a region of the canvas whose thumbnails are worth reading, under version 2 of the human model."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import Zoom
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.gestures import BoxGesture
from fsannot.human.motor import zoom_width
from fsannot.human.screen import HEIGHT, WIDTH, inside
from fsannot.human.view import MAX_ZOOM
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal

CELL = 16
"""Pixels of the view; windows begin at their corners."""
ACROSS, DOWN = WIDTH // CELL, HEIGHT // CELL


class ZoomPlanner:
    """Plans which part of the canvas to look at closely.

    Args:
        factors: by how much a zoom may enlarge, > 1.
        hope: share of what is left in a region that a closer look is expected to gain, in [0, 1]; 0 = never zoom.
        again: that share for every further visit of a segment, times.
        boxes: labelling gestures a visit is expected to take.
        legible: thumbnails that can be read in a view at most.

    Raises:
        InputError: a number outside its range.
    """

    def __init__(
        self,
        *,
        factors: tuple[float, ...] = (2.0, 4.0, 8.0),
        hope: float = 0.5,
        again: float = 0.4,
        boxes: float = 3.0,
        legible: int = 250,
    ) -> None:
        if any(not f > 1 for f in factors) or not 0 <= hope <= 1 or not 0 <= again <= 1 or boxes < 0:
            raise InputError(
                f"robot.factors={factors}, robot.hope={hope}, robot.again={again}, robot.boxes={boxes}: factors "
                "above 1, shares in [0, 1] and boxes ≥ 0 are needed"
            )
        self.factors, self.hope, self.again, self.boxes, self.legible = factors, hope, again, boxes, legible
        self.forget()

    def forget(self) -> None:
        """Forget the last layout."""
        self._visits = np.zeros(0, np.int16)

    def proposal(
        self, observation: Observation, clock: Clock, view: Beliefs, left: np.ndarray
    ) -> Proposal | None:
        """The region of the present view where a closer look is expected to gain most per second.

        Args:
            observation: what the tool shows.
            clock: prices of actions.
            view: M segments that may need a label.
            left: float (M,), gain of the right label of each, image scores.

        Returns:
            the proposal, or None.
        """
        assert observation.view is not None
        total = len(observation.table)
        self._visits = np.append(self._visits, np.zeros(max(0, total - len(self._visits)), np.int16))
        value = left * self.hope * self.again ** self._visits[view.segments]
        cells = np.minimum(view.points[:, 1] // CELL, DOWN - 1).astype(np.int64) * ACROSS + np.minimum(
            view.points[:, 0] // CELL, ACROSS - 1
        ).astype(np.int64)
        gain = _integral(np.bincount(cells, value, minlength=ACROSS * DOWN))
        count = _integral(np.bincount(cells, minlength=ACROSS * DOWN).astype(np.float64))
        best: Proposal | None = None
        for factor in self.factors:
            if observation.view.zoom * factor > MAX_ZOOM:
                continue
            width, height = max(1, round(ACROSS / factor)), max(1, round(DOWN / factor))
            won, thumbnails = _windows(gain, width, height), _windows(count, width, height)
            there = (self.boxes * 3.0 + clock.look * np.minimum(thumbnails, self.legible)) + clock.key
            at = int((won / (3.0 + there)).argmax())
            y, x = divmod(at, won.shape[1])
            box = (float(x * CELL), float(y * CELL), float((x + width) * CELL), float((y + height) * CELL))
            seconds = self._seconds(observation, clock, box) + float(there.ravel()[at])
            proposal = Proposal(Zoom(box), float(won.ravel()[at]), seconds)
            if proposal.gain > 0 and (best is None or proposal.rate > best.rate):
                best = proposal
        return best

    def accept(self, view: Beliefs, action: Zoom) -> None:
        """Note that a region is visited.

        Args:
            view: what the proposal was made from.
            action: the zoom.
        """
        self._visits[view.segments[inside(view.points, action.box)]] += 1

    @staticmethod
    def _seconds(observation: Observation, clock: Clock, box: tuple[float, float, float, float]) -> float:
        x0, y0, x1, y1 = box
        reach = float(np.hypot(x0 - observation.pointer[0], y0 - observation.pointer[1]))
        wide = zoom_width(box)
        gesture = BoxGesture(reach, float(np.hypot(x1 - x0, y1 - y0)), (wide, wide), 0)
        return clock.price(gestures.zoom(gesture, again=False))


def _integral(cells: np.ndarray) -> np.ndarray:
    table = np.zeros((DOWN + 1, ACROSS + 1))
    table[1:, 1:] = cells.reshape(DOWN, ACROSS).cumsum(0).cumsum(1)
    return table


def _windows(table: np.ndarray, width: int, height: int) -> np.ndarray:
    """Sum of each window of the given size in cells."""
    return (
        table[height:, width:] - table[:-height, width:] - table[height:, :-width] + table[:-height, :-width]
    )
