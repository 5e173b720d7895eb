"""Weighs the tool's actions by expected gain per second, looks closer where it is in doubt, and learns on the way."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.annotation.actions import Action, LearnMetric, OpenImage, RequestBatch, Split, Stop
from fsannot.annotation.observation import Observation
from fsannot.data.errors import InputError
from fsannot.robots.gestures import Offer, labelling
from fsannot.robots.refining import Refining
from fsannot.robots.robot import Robot
from fsannot.robots.study import Doubt, doubts, in_the_image, study_image

EXAMPLES = 5
"""Labelled segments a class needs to be learned from."""


class Expert(Robot):
    """An experienced user: at every moment the action with the best expected gain per second.

    On a new canvas it may first have mixed segments refined, many by one box. Then it labels boxes and single
    segments and corrects labels that look wrong. Where what it believes of an image's segments leaves much to win, it
    opens the image, corrects what is wrong there and splits what holds two classes. From time to time it lets the
    tool learn. It stops when nothing is worth its time any more.

    Args:
        min_rate: the worth of its time: stop when no action gains more, in images' worth of score per second; > 0.
        budget: human seconds per image after which it stops; None = when nothing more is worth it.
        caution: how much a thumbnail that turns out wrong counts against a right one of the same weight; ≥ 0.
        refine: threshold of the parts of refined segments, as a share of the partition's, in (0, 1); None = never
            refine.
        learn_every: labelling gestures between two learnings; 0 = never learn.
        study: whether it opens images.
        series: whether it clicks several segments of an open image in one go.
        split: whether it splits segments of images it opened.

    Raises:
        InputError: a number outside its range.
    """

    name = "expert"

    def __init__(
        self,
        *,
        min_rate: float = 1e-2,
        budget: float | None = None,
        caution: float = 1.0,
        refine: float | None = None,
        learn_every: int = 15,
        study: bool = True,
        series: bool = True,
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
        self.min_rate = min_rate
        self.budget = budget
        self.caution = caution
        self.refine = refine
        self.learn_every = learn_every
        self.study = study
        self.series = series
        self.split = split

    def begin(self, *args: Any, **kwargs: Any) -> None:
        super().begin(*args, **kwargs)
        self._since = 0
        self._studied = np.zeros(0, bool)
        self._whole = np.zeros(0, bool)
        self._splitting = False
        self._refining = Refining(self.refine) if self.refine is not None else None
        self._refined = 0

    def act(self, screen: Observation) -> Action:
        if screen.images_waiting:
            return RequestBatch()
        if self.budget is not None and screen.human_seconds >= self.budget * screen.images_loaded:
            return Stop()
        if screen.open_image is not None:
            return self._in_the_image(screen)
        if self.learn_every and self._since >= self.learn_every and self._can_learn(screen):
            self._since = 0
            return LearnMetric()
        finer = self._finer(screen)
        if finer is not None:
            return finer.action
        offers = self._offers(screen)
        best = max(offers, key=lambda offer: offer.rate, default=None)
        if best is None or best.rate < self.min_rate:
            return Stop()
        if isinstance(best.action, OpenImage):
            self._studied[best.action.image] = True
        self._since += 1
        return best.action

    def _finer(self, screen: Observation) -> Offer | None:
        """What to refine of images not labelled yet; None when that is done."""
        if self._refining is None or self._refined == screen.images_loaded:
            return None
        offer = self._refining.offer(screen, self.clock, self.judgement.outlook(screen)[0])
        if offer is None or offer.rate < self.min_rate:
            self._refined = screen.images_loaded
            return None
        self._refining.take()
        return offer

    def _in_the_image(self, screen: Observation) -> Action:
        self.oracle.inspect(screen)
        # what came out of a split is not split again: two clicks that failed once would fail again
        new = len(screen.table) - len(self._whole)
        self._whole = np.append(self._whole, np.full(new, self.split and not self._splitting))
        action = in_the_image(
            screen,
            self.clock,
            self.oracle,
            self._doubt(screen),
            price=self.min_rate,
            whole=self._whole,
            series=self.series,
        )
        self._splitting = isinstance(action, Split)
        return action

    def _offers(self, screen: Observation) -> list[Offer]:
        view, wrong = self.judgement.outlook(screen)
        offers = labelling(screen, self.clock, view, wrong, task=self.task, caution=self.caution)
        if self.study:
            new = screen.images_loaded - len(self._studied)
            self._studied = np.append(self._studied, np.zeros(new, bool))
            closer = study_image(
                screen,
                self.clock,
                self._doubt(screen),
                price=self.min_rate,
                wanted=~self._studied,
                split=self.split,
                series=self.series,
            )
            offers += [closer] if closer is not None else []
        return offers

    def _doubt(self, screen: Observation) -> Doubt:
        return doubts(screen, self.judgement.survey(screen), self.task)

    @staticmethod
    def _can_learn(screen: Observation) -> bool:
        """Whether two classes have examples enough for a metric to learn more than those."""
        given = screen.labels[screen.alive]
        return int((np.bincount(given[given >= 0]) >= EXAMPLES).sum()) >= 2
