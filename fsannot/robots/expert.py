"""Weighs the tool's actions by expected gain per second, looks closer where it is in doubt, and learns on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.annotation.actions import (
    Action,
    FocusBox,
    LabelRest,
    LabelSegment,
    LearnMetric,
    OpenImage,
    RequestBatch,
    Split,
    Stop,
    Unfocus,
)
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.robots.beliefs import Beliefs, parted
from fsannot.robots.click_series import click_series
from fsannot.robots.focus import FocusPlanner
from fsannot.robots.inspect_image import images_to_inspect, in_the_image, label_risk
from fsannot.robots.proposals import Proposal, label_neighbors, labelling
from fsannot.robots.refining import Refining
from fsannot.robots.robot import Robot

EXAMPLES = 5
"""Labelled segments a class needs to be learned from."""
REACH = 256
"""Most similar segments one radius takes in."""
CHEAPER = 0.5
"""What a second's worth must have fallen to before an image is opened again."""
LARGE, FURTHER = 20_000, 3
"""For every ``LARGE`` thumbnails on the canvas so many clicks or images beyond the first are decided on in one look:
they change little elsewhere, and the time to decide on all does not grow with the square of their number."""
NEARLY = 0.5
"""Share of the first one's rate that the others must have for that."""


class Expert(Robot):
    """An experienced user: at every moment the action with the best expected gain per second.

    On a new canvas it may first have mixed segments refined, many by one box. Then it labels boxes, radii of similar
    segments and single ones, and corrects labels that look wrong. Where classes lie mixed it may focus on a region,
    and leaves its local re-projection as soon as the rest of the canvas is worth more (marginal value theorem:
    Charnov, Theoretical Population Biology 1976). Where what it believes of an image's segments leaves much to win,
    it opens the image, corrects what is wrong there and splits what holds two classes. From time to time it lets the
    tool learn. When nothing else is worth its time, what is left gets the class most of it seems to have, and it stops.

    Args:
        min_rate: the worth of its time: stop when no action gains more, in images' worth of score per second; > 0.
        budget: human seconds per image after which it stops; None = when nothing more is worth it.
        caution: how much a thumbnail that turns out wrong counts against a right one of the same weight; ≥ 0.
        refine: threshold of the parts of refined segments, as a share of the partition's, in (0, 1); None = never
            refine.
        learn_every: labelling gestures between two learnings; 0 = never learn.
        centres: segments tried as the centre of a radius of similar ones at each moment; 0 = never label by radius.
        focus: share of what is left in a region that focusing on it is expected to win, in [0, 1]; 0 = never focus.
        label_rest: whether it labels the rest at the end.
        open_images: whether it opens images.
        click_several: whether it clicks several segments of an open image in one go.
        split: whether it splits segments of images it opened.

    Raises:
        InputError: a number outside its range.
    """

    name = "expert"

    def __init__(
        self,
        *,
        min_rate: float = 3e-3,
        budget: float | None = None,
        caution: float = 1.0,
        refine: float | None = None,
        learn_every: int = 15,
        centres: int = 4,
        focus: float = 0.5,
        label_rest: bool = True,
        open_images: bool = True,
        click_several: bool = True,
        split: bool = False,
    ) -> None:
        if not min_rate > 0:
            raise InputError(f"robot.min_rate={min_rate}: a number above 0 is needed")
        if budget is not None and not budget >= 0:
            raise InputError(f"robot.budget={budget}: null or a number of seconds ≥ 0 is needed")
        if not caution >= 0:
            raise InputError(f"robot.caution={caution}: a number ≥ 0 is needed")
        if refine is not None and not 0 < refine < 1:
            raise InputError(f"robot.refine={refine}: null or a share of the threshold in (0, 1) is needed")
        if learn_every < 0:
            raise InputError(f"robot.learn_every={learn_every}: 0 (never) or a number of gestures")
        if centres < 0:
            raise InputError(f"robot.centres={centres}: 0 (never) or a number of segments")
        if not 0 <= focus <= 1:
            raise InputError(f"robot.focus={focus}: 0 (never) or a share in [0, 1]")
        self.min_rate = min_rate
        self.budget = budget
        self.caution = caution
        self.refine = refine
        self.learn_every = learn_every
        self.centres = centres
        self.focus = focus
        self.label_rest = label_rest
        self.open_images = open_images
        self.click_several = click_several
        self.split = split

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        self._since = 0
        self._inspected_at = np.zeros(0)
        self._whole = np.zeros(0, bool)
        self._splitting = False
        self._refining = Refining(self.refine) if self.refine is not None else None
        self._refined = 0
        self._focus_planner = FocusPlanner(hope=self.focus)
        self._elsewhere = 0.0
        self._planned: list[Proposal] = []

    def act(self, observation: Observation) -> Action:
        if observation.images_waiting:
            return RequestBatch()
        if self.budget is not None and observation.human_seconds >= self.budget * observation.images_loaded:
            return self._ending(observation)
        if observation.open_image is not None:
            return self._in_the_image(observation)
        if observation.focused:
            return self._in_the_focus(observation)
        if self.learn_every and self._since >= self.learn_every and self._can_learn(observation):
            self._since, self._planned = 0, []
            return LearnMetric()
        if self._planned:
            return self._taken(self._planned.pop(0).action)
        finer = self._finer(observation)
        if finer is not None:
            return finer.action
        return self._on_the_canvas(observation)

    def _on_the_canvas(self, observation: Observation) -> Action:
        everything = self.belief_model.survey(observation)
        view, wrong = parted(observation, everything)
        proposals = self._labelling(observation, view, wrong)
        elsewhere = max([self.min_rate, *(proposal.rate for proposal in proposals)])
        images = self._images(observation, everything, elsewhere)
        proposals += images[:1]
        if self.focus:
            focus = self._focus_planner.proposal(
                observation, self.clock, view, wrong, first=self._first_class
            )
            proposals += [focus] if focus is not None else []
        best = max(proposals, key=lambda proposal: proposal.rate, default=None)
        if best is None or best.rate < self.min_rate:
            return self._ending(observation)
        self._elsewhere = elsewhere
        if isinstance(best.action, FocusBox):
            self._focus_planner.take(view, best.action)
        if further := FURTHER * (int(observation.shown.sum()) // LARGE):
            self._planned = self._likewise(observation, best, images, (view, wrong), further)
        return self._taken(best.action)

    def _likewise(
        self,
        observation: Observation,
        best: Proposal,
        images: list[Proposal],
        views: tuple[Beliefs, Beliefs],
        most: int,
    ) -> list[Proposal]:
        """At most so many gestures of the best one's kind, nearly as good, that may follow it without another look."""
        floor = max(self.min_rate, NEARLY * best.rate)
        if isinstance(best.action, OpenImage):
            return [
                proposal for proposal in images[1 : 1 + most] if proposal.rate >= max(floor, self._elsewhere)
            ]
        if isinstance(best.action, LabelSegment):
            view, wrong = views
            clickable = view.select(view.seen >= self._first_class), wrong
            clicks = click_series(observation, self.clock, clickable, floor=floor, most=1 + most)
            return [proposal for proposal in clicks if proposal.action != best.action][:most]
        return []

    def _taken(self, action: Action) -> Action:
        """A gesture on the canvas that is about to be made."""
        self._since += 1
        if isinstance(action, OpenImage):
            self._inspected_at[action.image] = self._elsewhere
        return action

    def _in_the_focus(self, observation: Observation) -> Action:
        view, wrong = (self._focus_planner.weighed(v) for v in self.belief_model.beliefs(observation))
        best = max(
            self._labelling(observation, view, wrong), key=lambda proposal: proposal.rate, default=None
        )
        if best is None or best.rate < self._elsewhere:
            return Unfocus()
        return self._taken(best.action)

    def _ending(self, observation: Observation) -> Action:
        """Labelling the rest where that is worth its time; else the end."""
        # what is left of foreground is saved as background anyway
        if self.label_rest and self.task != "foreground":
            view, _ = self.belief_model.beliefs(observation)
            gain = view.weight @ view.belief
            label = int(gain.argmax())
            proposal = Proposal(LabelRest(label), float(gain[label]), self.clock.price(gestures.label_rest()))
            if proposal.rate >= self.min_rate:
                return proposal.action
        return Stop()

    def _finer(self, observation: Observation) -> Proposal | None:
        """What to refine of images not labelled yet; None when that is done."""
        if self._refining is None or self._refined == observation.images_loaded:
            return None
        proposal = self._refining.proposal(observation, self.clock, self.belief_model.beliefs(observation)[0])
        if proposal is None or proposal.rate < self.min_rate:
            self._refined = observation.images_loaded
            return None
        self._refining.take()
        return proposal

    def _in_the_image(self, observation: Observation) -> Action:
        self.oracle.inspect(observation)
        # what came out of a split is not split again: two clicks that failed once would fail again
        new = len(observation.table) - len(self._whole)
        self._whole = np.append(self._whole, np.full(new, self.split and not self._splitting))
        action = in_the_image(
            observation,
            self.clock,
            self.oracle,
            label_risk(observation, self.belief_model.survey_of_open_image(observation), self.task),
            price=self._elsewhere,
            whole=self._whole,
            several=self.click_several,
        )
        self._splitting = isinstance(action, Split)
        return action

    @property
    def _first_class(self) -> int:
        return 1 if self.task == "foreground" else 0

    def _labelling(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> list[Proposal]:
        """Boxes, radii of similar segments, and single clicks."""
        proposals = labelling(observation, self.clock, view, wrong, task=self.task, caution=self.caution)
        wanted = np.flatnonzero(view.seen >= self._first_class)
        best = max((proposal.rate for proposal in proposals), default=0.0)
        for centre in wanted[np.argsort(-view.certain[wanted], kind="stable")[: self.centres]].tolist():
            label = int(view.seen[centre])
            value = view.gain(label, self.caution)
            radius = label_neighbors(
                observation, self.queries, self.clock, view, centre, label, value, reach=REACH, floor=best
            )
            proposals += [radius] if radius is not None else []
        return proposals

    def _images(self, observation: Observation, everything: Beliefs, elsewhere: float) -> list[Proposal]:
        """Images worth opening, best first; one seen before only when time has become much cheaper since."""
        if not self.open_images:
            return []
        new = observation.images_loaded - len(self._inspected_at)
        self._inspected_at = np.append(self._inspected_at, np.full(new, np.inf))
        return images_to_inspect(
            observation,
            self.clock,
            label_risk(observation, everything, self.task),
            price=elsewhere,
            wanted=elsewhere <= CHEAPER * self._inspected_at,
            split=self.split,
            several=self.click_several,
        )

    @staticmethod
    def _can_learn(observation: Observation) -> bool:
        """Whether two classes have examples enough for a metric to learn more than those."""
        given = observation.labels[observation.alive]
        return int((np.bincount(given[given >= 0]) >= EXAMPLES).sum()) >= 2
