"""What to do in an opened image, under version 2 of the human model: read, click what is wrong, close."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import Action, CloseImage, Confirm, LabelInImage, Split
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import SIZES, UNREAD, Reader
from fsannot.annotation.sight import IN_SEARCH
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock

MISREAD = 0.2
"""How often a person takes a label given on the canvas to be wrong, before seeing the segment in its image."""
OPENED_ERRORS = np.array([0.10, 0.05, 0.015])
"""How often a person takes its own reading of a small, medium or large segment in an opened image to be wrong."""
MISLABELLED, MISSED = 0.2, 0.15
"""How often a labelled, or an unlabelled segment is expected to be of another class than it is shown as."""
SMALLEST_OBJECT = 0.002
"""Smallest share of its image an object is assumed to have."""
SPLIT_SUCCESS = 0.5
"""Expected share of the wrong pixels that a split with two clicks corrects."""


class SearchedImage:
    """A visit of one image: it is read once, corrected in one series of clicks, then mixed segments may be split.

    Args:
        split: whether segments that hold two classes are split.
    """

    def __init__(self, *, split: bool) -> None:
        self._split = split
        self.begin()

    def begin(self) -> None:
        """An image was opened."""
        self._corrected = self._confirmed = False
        self._tried: set[tuple[int, ...]] = set()

    def act(
        self, observation: Observation, reader: Reader, clock: Clock, *, rate: float, task: str
    ) -> Action:
        """The next action in the open image.

        Args:
            observation: what the tool shows.
            reader: the person's eyes.
            clock: prices of actions.
            rate: what a second is worth elsewhere, image scores.
            task: ``"foreground"`` or ``"semantic"``.

        Returns:
            the action; ``CloseImage`` when nothing is worth its time.
        """
        rows = np.flatnonzero(observation.alive & (observation.table.image == observation.open_image))
        area = observation.table.area[rows].astype(np.float64)
        given = observation.labels[rows].astype(np.int64)
        if task == "foreground":
            given = np.maximum(given, 0)
        weight = self._weight(observation, reader, rows, area, given, task)
        # the first fifty are named in the search; others where their doubt is worth a look
        order = np.argsort(-weight, kind="stable")
        worth = MISREAD * weight[order] > rate * clock.look
        worth[:IN_SEARCH] = True
        chosen = rows[order[worth]]
        unread = chosen[reader.open_name[chosen] == UNREAD]
        if len(unread):
            reader.inspect(unread)
        name = reader.open_name[rows].astype(np.int64)
        weight = self._weight(observation, reader, rows, area, given, task)
        if not self._corrected:
            self._corrected = True
            wrong = np.flatnonzero((name >= 0) & (name != given))
            right = self._right(observation, rows[wrong], area[wrong])
            wrong = wrong[weight[wrong] * (2.0 * right - 1.0) > rate * clock.further_click]
            if len(wrong):
                wrong = wrong[np.lexsort((-weight[wrong], name[wrong]))]  # a label is chosen once
                return LabelInImage(tuple(rows[wrong].tolist()), tuple(name[wrong].tolist()))
        if self._split:
            cut = self._cut(observation, reader, clock, rows, weight, name, rate)
            if cut is not None:
                return cut
        if not self._confirmed:
            self._confirmed = True
            return Confirm()
        return CloseImage()

    @staticmethod
    def _right(observation: Observation, rows: np.ndarray, area: np.ndarray) -> np.ndarray:
        """How sure a person is of names that differ from the label shown; unlabelled counts as a weak label."""
        share = area / float(observation.image_area[observation.open_image])
        error = OPENED_ERRORS[np.digitize(share, SIZES)]
        doubt = np.where(observation.labels[rows] >= 0, MISLABELLED, MISSED)
        return (1.0 - error) * doubt / ((1.0 - error) * doubt + error * (1.0 - doubt))

    @staticmethod
    def _weight(
        observation: Observation,
        reader: Reader,
        rows: np.ndarray,
        area: np.ndarray,
        given: np.ndarray,
        task: str,
    ) -> np.ndarray:
        whole = float(observation.image_area[observation.open_image])
        if task == "foreground":
            name = reader.open_name[rows]
            seen = np.where(name >= 0, name, given)
            whole = max(float(area[seen > 0].sum()), SMALLEST_OBJECT * whole)
        return np.minimum(area / whole, 1.0)

    def _cut(
        self,
        observation: Observation,
        reader: Reader,
        clock: Clock,
        rows: np.ndarray,
        weight: np.ndarray,
        name: np.ndarray,
        rate: float,
    ) -> Split | None:
        named = np.flatnonzero(name >= 0)
        if not len(named):
            return None
        second, share = reader.second(rows[named])
        seconds = clock.price(gestures.split_in_searched_image(2, 1))
        gain = np.where(second >= 0, SPLIT_SUCCESS * share * weight[named], 0.0)
        for i in np.argsort(-gain, kind="stable").tolist():
            if gain[i] <= rate * seconds:
                return None
            segment, label = int(rows[named[i]]), int(second[i])
            place = tuple(observation.table.bbox[segment].tolist())
            if place in self._tried or label == int(observation.labels[segment]):
                continue
            self._tried.add(place)
            try:
                clicks = reader.split_clicks(segment, label)
            except InputError:
                continue
            if clicks is not None:
                return Split(segment, *clicks, label=label)
        return None
