"""The expert robot: at every moment the action with the best expected gain per second, seeing what a person can see."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import (
    Action,
    Confirm,
    Hover,
    LabelBox,
    LabelRest,
    LearnMetric,
    OpenImage,
    RequestBatch,
    Stop,
    Undo,
    Zoom,
    ZoomOut,
)
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.legibility import POINTABLE
from fsannot.human.oracle import Oracle
from fsannot.human.screen import inside
from fsannot.robots.beliefs import Beliefs, unlabelled_and_wrong
from fsannot.robots.proposals import Proposal, label_box, labelling
from fsannot.robots.robot import Robot
from fsannot.robots.searched_image import SearchedImage
from fsannot.robots.sighted_beliefs import SightedBeliefs
from fsannot.robots.surface import Surface
from fsannot.robots.zooming import ZoomPlanner

CROWD = 0.25
"""What is at risk around a thumbnail counts so much, beside its own risk, in the choice of an image to open."""
EXAMPLES = 5
"""Labelled segments a class needs before a metric is learned from it."""


class Expert(Robot):
    """An experienced user under version 2 of the human model.

    It reads what lies on top, infers what lies below (:mod:`fsannot.robots.inference`), and labels by boxes and single
    clicks. It zooms in where much is left to gain, and returns when the rest of the canvas gains more per second
    (marginal value theorem: Charnov, Theoretical Population Biology 1976). From time to time it lets the tool learn.
    When no gesture on the canvas gains as much as correcting the images one by one, it opens them.

    Args:
        min_rate: stop when no action gains more per second, in image scores (:mod:`fsannot.robots.beliefs`); > 0.
        budget: human seconds per image after which it stops; None for no limit.
        caution: how much a thumbnail that turns out wrong counts against a right one of the same weight; ≥ 0.
        learn_every: labelling gestures between two learnings; 0 = never learn.
        hope: share of what is left in a region that zooming into it is expected to gain, in [0, 1]; 0 = never zoom.
        again: that share for every further visit of a segment, times, in [0, 1].
        inspect_gain: share of what is left in an image that opening it is expected to gain, in [0, 1]; 0 = never open.
        carries: what the first images that are opened gain in others, beside what they gain themselves, ≥ 0.
        verify: gain of a box from which one of its thumbnails is pointed at first, image scores; 0 = never.
        background: what setting a background thumbnail aside gains, in average gains of those left; 0 = objects only.
        label_rest: whether it labels the rest at the end.
        split: whether it splits segments of images it opened.

    Raises:
        InputError: a number outside its range, or a session without sight.
    """

    name = "expert"

    def __init__(
        self,
        *,
        min_rate: float = 3e-3,
        budget: float | None = None,
        caution: float = 1.0,
        learn_every: int = 15,
        hope: float = 0.5,
        again: float = 0.4,
        inspect_gain: float = 0.5,
        carries: float = 2.0,
        verify: float = 0.3,
        background: float = 0.3,
        label_rest: bool = True,
        split: bool = False,
    ) -> None:
        if not min_rate > 0:
            raise InputError(f"robot.min_rate={min_rate}: a number above 0 is needed")
        if budget is not None and not budget >= 0:
            raise InputError(f"robot.budget={budget}: null or a number of seconds ≥ 0 is needed")
        if not caution >= 0:
            raise InputError(f"robot.caution={caution}: a number ≥ 0 is needed")
        if learn_every < 0:
            raise InputError(f"robot.learn_every={learn_every}: 0 (never) or a number of gestures")
        if not 0 <= inspect_gain <= 1:
            raise InputError(f"robot.inspect_gain={inspect_gain}: 0 (never) or a share in [0, 1]")
        self.min_rate, self.budget, self.caution = min_rate, budget, caution
        self.learn_every, self.inspect_gain, self.background = learn_every, inspect_gain, background
        self.carries, self.verify = carries, verify
        self.label_rest, self.split = label_rest, split
        self._zooms = ZoomPlanner(hope=hope, again=again)

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        if not isinstance(oracle, Reader):
            raise InputError(
                "robot=expert plans by what a person can see; with human_model=v1, where all is seen, use "
                "robot=expert_v1"
            )
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._reader = oracle
        self._gestures_since_learning = 0
        self._elsewhere = 0.0
        self._last_box: tuple[int, np.ndarray] | None = None
        self._done = np.zeros(0, bool)
        self._hovered = np.zeros(0, bool)
        self._visited: set[int] = set()
        self._image = SearchedImage(split=self.split)
        self._zooms.forget()

    @property
    def _first_class(self) -> int:
        return 1 if self.task == "foreground" else 0

    def act(self, observation: Observation) -> Action:
        if observation.images_waiting:
            return RequestBatch()
        if self.budget is not None and observation.human_seconds >= self.budget * observation.images_loaded:
            return self._finish(observation)
        grown = np.zeros(len(observation.table) - len(self._done), bool)
        self._done, self._hovered = np.append(self._done, grown), np.append(self._hovered, grown)
        if observation.open_image is not None:
            return self._act_in_image(observation)
        if self._time_to_learn(observation):
            self._gestures_since_learning = 0
            self._zooms.forget()
            self._hovered[:] = False
            return LearnMetric()
        return self._act_on_canvas(observation)

    def _act_on_canvas(self, observation: Observation) -> Action:
        assert observation.view is not None
        beliefs = self.belief_model
        assert isinstance(beliefs, SightedBeliefs)
        beliefs.done, beliefs.hovered = self._done, self._hovered
        everything = beliefs.survey(observation)
        if self._regrets(observation, everything):
            return Undo()
        everything = everything.select(~self._done[everything.segments])
        view, wrong = unlabelled_and_wrong(observation, everything)
        surface = Surface.of(observation, view)
        proposals = labelling(
            observation, self.clock, view, wrong, task=self.task, caution=self.caution, surface=surface
        )
        aside = self._set_aside(observation, surface)
        proposals += [aside] if aside is not None else []
        zoomed = observation.view.zoom > 1
        images = None if zoomed else self._image_to_open(observation, everything)
        proposals += [images] if images is not None else []
        direct = max((p.rate for p in proposals), default=0.0)
        zoom = (
            self._zooms.proposal(observation, self.clock, view, self._left(view))
            if len(view.segments)
            else None
        )
        proposals += [zoom] if zoom is not None else []
        best = max(proposals, key=lambda proposal: proposal.rate, default=None)
        floor = max(self.min_rate, self._elsewhere if zoomed else 0.0)
        beliefs.rate = max(floor, min(best.rate if best is not None else 0.0, 0.05))
        if best is None or best.rate < floor:
            return ZoomOut() if zoomed else self._finish(observation)
        check = self._to_verify(observation, everything, best)
        if check is not None:
            return Hover(check)
        if isinstance(best.action, Zoom):
            self._zooms.accept(view, best.action)
            if not zoomed:
                self._elsewhere = max(direct, 0.7 * best.rate)
        elif isinstance(best.action, OpenImage):
            self._elsewhere = best.rate
            self._visited.add(best.action.image)
            self._image.begin()
        else:
            self._gestures_since_learning += 1
            if isinstance(best.action, LabelBox):
                unlabelled = observation.alive & (observation.labels < 0)
                self._last_box = (best.action.label, unlabelled)
        return best.action

    def _to_verify(self, observation: Observation, everything: Beliefs, best: Proposal) -> int | None:
        """The thumbnail to point at before a box that decides much is drawn; None where that is not worth it."""
        action = best.action
        if not isinstance(action, LabelBox) or not self.verify or best.gain < self.verify:
            return None
        assert observation.visible is not None
        within = inside(everything.points, action.box) & (observation.labels[everything.segments] < 0)
        rows = everything.segments[within]
        hovered = self._hovered[rows]
        if hovered.any():
            return None
        fit = (self._reader.name[rows] == action.label) & (observation.visible[rows] >= POINTABLE)
        if not fit.any():
            return None
        row = int(rows[np.where(fit, everything.weight[within], -1.0).argmax()])
        self._hovered[row] = True
        return row

    def _regrets(self, observation: Observation, everything: Beliefs) -> bool:
        """Whether the last box, now that its thumbnails were checked, is better taken back."""
        box, self._last_box = self._last_box, None
        if box is None:
            return False
        label, before = box
        new = observation.labels[everything.segments] == label
        new &= before[np.minimum(everything.segments, len(before) - 1)]
        drawn = everything.select(new)
        gain = drawn.gain(label, 1.0)
        if label == 0 and self.task == "foreground":
            gain = np.minimum(gain, 0.0)
            return float(gain.sum()) < -0.3
        seconds = self.clock.price(gestures.undo())
        return float(gain.sum()) < -self.min_rate * seconds

    def _act_in_image(self, observation: Observation) -> Action:
        action = self._image.act(
            observation, self._reader, self.clock, rate=max(self.min_rate, self._elsewhere), task=self.task
        )
        if isinstance(action, Confirm):
            self._done |= observation.table.image == observation.open_image
        return action

    def _set_aside(self, observation: Observation, surface: Surface) -> Proposal | None:
        """A box of background: it gains nothing in the masks, but uncovers what lies below, and teaches the metric."""
        view = surface.whole
        if not self.background or self.task != "foreground" or not len(view.segments):
            return None
        right = view.belief[:, 0]
        uncovers = self.background * float(self._left(view).mean())
        value = right * uncovers - self.caution * (1.0 - right) * view.weight
        return label_box(observation, self.clock, surface, 0, value)

    def _left(self, view: Beliefs) -> np.ndarray:
        """Gain of the right label of each segment."""
        likely = 1.0 - view.belief[:, 0] if self.task == "foreground" else np.ones(len(view.segments))
        return likely * view.weight

    def _image_to_open(self, observation: Observation, everything: Beliefs) -> Proposal | None:
        """The image to open next: of what is left to gain, a share, the same for all images not visited yet."""
        left_over = observation.images_loaded - len(self._visited)
        if not self.inspect_gain or left_over < 1:
            return None
        given = observation.labels[everything.segments].astype(np.int64)
        if self.task == "foreground":
            given = np.maximum(given, 0)
        right = np.where(given >= 0, everything.belief[np.arange(len(given)), np.maximum(given, 0)], 0.0)
        risk = (1.0 - right) * everything.weight
        # the first images teach what the others hold: their labels lie beside those of the same things
        carried = 1.0 + self.carries * (left_over / observation.images_loaded) ** 4
        gain = self.inspect_gain * carried * float(risk.sum()) / left_over
        assert observation.visible is not None
        image = self._reader.image[everything.segments]
        fresh = (image >= 0) & (observation.visible[everything.segments] >= POINTABLE)
        fresh &= ~np.isin(image, list(self._visited))
        if not fresh.any():
            return None
        candidates = np.flatnonzero(fresh)
        reach = np.hypot(*(everything.points[candidates] - np.array(observation.pointer)).T)
        stake = risk[candidates] + CROWD * self._risk_around(everything, risk)[candidates]
        nearest = int((stake - 1e-6 * reach).argmax())
        width = float(np.sqrt(observation.visible[everything.segments[candidates[nearest]]]))
        seconds = self.clock.price(gestures.open_and_search(float(reach[nearest]), width))
        seconds += self.clock.price(gestures.in_searched_image(4, 1)) + self.clock.key
        return Proposal(OpenImage(int(image[candidates[nearest]])), gain, seconds)

    @staticmethod
    def _risk_around(everything: Beliefs, risk: np.ndarray) -> np.ndarray:
        """float64 (M,): risk in the 32-px cell of each segment."""
        cell = (everything.points[:, 1] // 32).astype(np.int64) * 64 + everything.points[:, 0] // 32
        cell = cell.astype(np.int64)
        return np.bincount(cell, risk, minlength=64 * 64)[cell]

    def _time_to_learn(self, observation: Observation) -> bool:
        if not self.learn_every or self._gestures_since_learning < self.learn_every:
            return False
        given = observation.labels[observation.alive]
        return int((np.bincount(given[given >= 0]) >= EXAMPLES).sum()) >= 2

    def _finish(self, observation: Observation) -> Action:
        """Label the rest if that reaches ``min_rate``; else stop."""
        if self.label_rest and self.task != "foreground" and observation.open_image is None:
            view, _ = self.belief_model.beliefs(observation)
            gain = view.weight @ view.belief if len(view.segments) else np.zeros(1)
            label = int(gain.argmax())
            proposal = Proposal(LabelRest(label), float(gain[label]), self.clock.price(gestures.label_rest()))
            if proposal.rate >= self.min_rate:
                return proposal.action
        return Stop()
