"""The expert of version 1 of the human model: chooses among all actions by expected gain per second."""

from __future__ import annotations

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
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.robots.beliefs import BeliefModel, Beliefs, unlabelled_and_wrong
from fsannot.robots.click_series import click_series
from fsannot.robots.focus import FocusPlanner
from fsannot.robots.inspect_image import action_in_image, images_to_inspect, label_risk
from fsannot.robots.proposals import Proposal, label_neighbors, labelling
from fsannot.robots.refining import Refining
from fsannot.robots.robot import Robot

EXAMPLES = 5
"""Labelled segments a class needs before a metric is learned from it."""
REACH = 256
"""Most similar segments one radius takes in."""
CHEAPER = 0.5
"""Share of the rate at the last opening to which the best rate must fall before an image is opened again."""
LARGE, FURTHER = 20_000, 3
"""For every ``LARGE`` thumbnails on the canvas, ``FURTHER`` more clicks or images are planned in one look: they change
little elsewhere, and the time to plan all does not grow with the square of their number."""
NEARLY = 0.5
"""Share of the best one's rate that the further ones must have."""


class ExpertV1(Robot):
    """An experienced user: at every moment the action with the best expected gain per second.

    On a new canvas it may first refine mixed segments, many by one box. Then it labels boxes, radii of similar segments
    and single ones, and corrects labels that look wrong. Where classes are mixed it may focus on a region, and leaves
    the local re-projection as soon as the rest of the canvas gains more per second (marginal value theorem: Charnov,
    Theoretical Population Biology 1976). It opens an image whose segments may be wrong, corrects them there and splits
    those that hold two classes. From time to time it lets the tool learn. When no action reaches ``min_rate``, it gives
    what is left the class most of it seems to have, and stops.

    Args:
        min_rate: stop when no action gains more per second, in image scores (:mod:`fsannot.robots.beliefs`); > 0.
        budget: human seconds per image after which it stops; None for no limit.
        caution: how much a thumbnail that turns out wrong counts against a right one of the same weight; ≥ 0.
        refine: threshold of the parts of refined segments, as a share of the partition's, in (0, 1); None = never
            refine.
        learn_every: labelling gestures between two learnings; 0 = never learn.
        centres: segments tried as the centre of a radius of similar ones at each moment; 0 = never label by radius.
        focus: share of what is left in a region that focusing on it is expected to gain, in [0, 1]; 0 = never focus.
        label_rest: whether it labels the rest at the end.
        open_images: whether it opens images.
        click_several: whether it clicks several segments of an open image in one go.
        split: whether it splits segments of images it opened.

    Raises:
        InputError: a number outside its range.
    """

    name = "expert_v1"

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

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        if isinstance(oracle, Reader):
            raise InputError(
                "robot=expert_v1 plans by what nobody can see at once; set human_model=v1, or robot=expert"
            )
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._oracle = oracle
        self._beliefs = BeliefModel(oracle, queries, task)
        self._gestures_since_learning = 0
        self._rate_when_opened = np.zeros(0)
        self._splittable = np.zeros(0, bool)
        self._splitting = False
        self._refining = Refining(self.refine) if self.refine is not None else None
        self._refined = 0
        self._focus_planner = FocusPlanner(hope=self.focus)
        self._canvas_rate = 0.0
        self._planned: list[Proposal] = []

    def act(self, observation: Observation) -> Action:
        if observation.images_waiting:
            return RequestBatch()
        if self.budget is not None and observation.human_seconds >= self.budget * observation.images_loaded:
            return self._finish(observation)
        if observation.open_image is not None:
            return self._act_in_image(observation)
        if observation.focused:
            return self._act_in_focus(observation)
        if (
            self.learn_every
            and self._gestures_since_learning >= self.learn_every
            and self._can_learn(observation)
        ):
            self._gestures_since_learning, self._planned = 0, []
            return LearnMetric()
        if self._planned:
            return self._record(self._planned.pop(0).action)
        finer = self._refinement(observation)
        if finer is not None:
            return finer.action
        return self._act_on_canvas(observation)

    def _act_on_canvas(self, observation: Observation) -> Action:
        everything = self._beliefs.survey(observation)
        view, wrong = unlabelled_and_wrong(observation, everything)
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
            return self._finish(observation)
        self._canvas_rate = elsewhere
        if isinstance(best.action, FocusBox):
            self._focus_planner.accept(view, best.action)
        if further := FURTHER * (int(observation.shown.sum()) // LARGE):
            self._planned = self._similar_gestures(observation, best, images, (view, wrong), further)
        return self._record(best.action)

    def _similar_gestures(
        self,
        observation: Observation,
        best: Proposal,
        images: list[Proposal],
        views: tuple[Beliefs, Beliefs],
        most: int,
    ) -> list[Proposal]:
        """At most ``most`` gestures of the best one's kind, nearly as good, to make after it without another look."""
        floor = max(self.min_rate, NEARLY * best.rate)
        if isinstance(best.action, OpenImage):
            return [
                proposal
                for proposal in images[1 : 1 + most]
                if proposal.rate >= max(floor, self._canvas_rate)
            ]
        if isinstance(best.action, LabelSegment):
            view, wrong = views
            clickable = view.select(view.seen >= self._first_class), wrong
            clicks = click_series(observation, self.clock, clickable, floor=floor, most=1 + most)
            return [proposal for proposal in clicks if proposal.action != best.action][:most]
        return []

    def _record(self, action: Action) -> Action:
        """Note that an action is about to be carried out on the canvas."""
        self._gestures_since_learning += 1
        if isinstance(action, OpenImage):
            self._rate_when_opened[action.image] = self._canvas_rate
        return action

    def _act_in_focus(self, observation: Observation) -> Action:
        view, wrong = (self._focus_planner.with_canvas_weights(v) for v in self._beliefs.beliefs(observation))
        best = max(
            self._labelling(observation, view, wrong), key=lambda proposal: proposal.rate, default=None
        )
        if best is None or best.rate < self._canvas_rate:
            return Unfocus()
        return self._record(best.action)

    def _finish(self, observation: Observation) -> Action:
        """Label the rest if that reaches ``min_rate``; else stop."""
        # what is left of foreground is saved as background anyway
        if self.label_rest and self.task != "foreground":
            view, _ = self._beliefs.beliefs(observation)
            gain = view.weight @ view.belief
            label = int(gain.argmax())
            proposal = Proposal(LabelRest(label), float(gain[label]), self.clock.price(gestures.label_rest()))
            if proposal.rate >= self.min_rate:
                return proposal.action
        return Stop()

    def _refinement(self, observation: Observation) -> Proposal | None:
        """The next box to refine in images not labelled yet; None when that is done."""
        if self._refining is None or self._refined == observation.images_loaded:
            return None
        proposal = self._refining.proposal(observation, self.clock, self._beliefs.beliefs(observation)[0])
        if proposal is None or proposal.rate < self.min_rate:
            self._refined = observation.images_loaded
            return None
        self._refining.accept()
        return proposal

    def _act_in_image(self, observation: Observation) -> Action:
        self._oracle.inspect(observation)
        # what came out of a split is not split again: two clicks that failed once would fail again
        new = len(observation.table) - len(self._splittable)
        self._splittable = np.append(self._splittable, np.full(new, self.split and not self._splitting))
        action = action_in_image(
            observation,
            self.clock,
            self._oracle,
            label_risk(observation, self._beliefs.survey_of_open_image(observation), self.task),
            min_rate=self._canvas_rate,
            splittable=self._splittable,
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
        for centre in wanted[np.argsort(-view.gain_as_seen[wanted], kind="stable")[: self.centres]].tolist():
            label = int(view.seen[centre])
            value = view.gain(label, self.caution)
            radius = label_neighbors(
                observation, self.queries, self.clock, view, centre, label, value, reach=REACH, floor=best
            )
            proposals += [radius] if radius is not None else []
        return proposals

    def _images(self, observation: Observation, everything: Beliefs, elsewhere: float) -> list[Proposal]:
        """Images to open, best first; an image is opened again only when the best rate has fallen much since."""
        if not self.open_images:
            return []
        new = observation.images_loaded - len(self._rate_when_opened)
        self._rate_when_opened = np.append(self._rate_when_opened, np.full(new, np.inf))
        return images_to_inspect(
            observation,
            self.clock,
            label_risk(observation, everything, self.task),
            min_rate=elsewhere,
            wanted=elsewhere <= CHEAPER * self._rate_when_opened,
            split=self.split,
            several=self.click_several,
        )

    @staticmethod
    def _can_learn(observation: Observation) -> bool:
        """Whether at least two classes have enough labelled segments."""
        given = observation.labels[observation.alive]
        return int((np.bincount(given[given >= 0]) >= EXAMPLES).sum()) >= 2
