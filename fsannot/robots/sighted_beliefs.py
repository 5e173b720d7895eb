"""Beliefs about the canvas under version 2 of the human model: read names, and what they say of the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import UNREAD, Reader
from fsannot.human.gist import CELL, COLUMNS, NOTHING
from fsannot.human.legibility import LEGIBLE
from fsannot.human.screen import inside
from fsannot.robots.beliefs import Beliefs, unlabelled_and_wrong
from fsannot.robots.inference import Evidence, infer

SIZE_SHARES = np.array([0.0002, 0.003, 0.03])
"""Fraction of its image a small, medium or large segment is taken to have."""
ERRORS = np.array([0.30, 0.15, 0.04])
"""How often a person takes its own reading of a small, medium or large segment to be wrong."""
DIM_ERRORS = 2.0
"""The same of a thumbnail that is only a quarter to half visible, times."""
HOVERED, HOVERS = 0.5, 4.0
"""How often a name read by pointing at a thumbnail is wrong, times; and how many names it counts for: where it differs
from what was read around it, that was misread."""
LABELLED = 0.3
"""What a labelled thumbnail says of those around it, beside one that was read."""
LABEL_ERROR = 0.15
"""How often a label that was given by a box is taken to be wrong."""
MISSED = 0.3
"""Weight of a hidden thumbnail for every box around its place that did not catch it, times."""
DONE_ERROR = 0.03
"""How often the label of a segment that was confirmed in its image is taken to be wrong."""
GIST = 0.25
"""What one remembered name says, beside one that was read: it lay somewhere in its cell."""
GIST_ERROR = 0.2
"""How often a remembered name is taken to be wrong where all that was read there agreed."""
OBJECT_PRIOR = 0.25
"""How often a thumbnail of which nothing is known is taken for a part of an object."""
SMALLEST_OBJECT = 0.01
"""Smallest share of its image an object is assumed to have."""


class SightedBeliefs:
    """A person's view of the canvas, most of which it has not read.

    It decides which thumbnails are worth reading: those where a look is expected to change what is labelled around
    them, at the rate at which time is worth something now.

    Args:
        reader: the person's eyes.
        task: ``"foreground"`` or ``"semantic"``.

    Attributes:
        rate: what a second is worth, image scores; set by the robot, used for looks.
        hovered: bool (N,), thumbnails that were pointed at in this layout; set by the robot.
        done: bool (N,), segments confirmed in their image, which the canvas marks; set by the robot.
    """

    def __init__(self, reader: Reader, task: str) -> None:
        self._reader = reader
        self._task = task
        self.rate = 0.01
        self._object_share = 0.1
        self.done = np.zeros(0, bool)
        self.hovered = np.zeros(0, bool)
        self._missed = np.zeros(0, np.int64)

    def beliefs(self, observation: Observation) -> tuple[Beliefs, Beliefs]:
        """Beliefs about the segments on the canvas that may need a label; see ``BeliefModel.beliefs``."""
        return unlabelled_and_wrong(observation, self.survey(observation))

    def survey(self, observation: Observation) -> Beliefs:
        """Look around, then say what is believed of everything on the canvas.

        Args:
            observation: what the tool shows.

        Returns:
            beliefs about all shown segments, labelled or not; ``seen`` of a labelled one is its label unless it was
            read as something else.
        """
        self._reader.catch_up()
        believed = self._infer(observation)
        if self._read_what_is_worth_it(observation, believed):
            believed = self._infer(observation)
        return self._without_missed(observation, believed)

    def _without_missed(self, observation: Observation, believed: Beliefs) -> Beliefs:
        """Beliefs in which what lay hidden and was not caught by a box around its place counts less each time."""
        grown = len(observation.table) - len(self._missed)
        self._missed = np.append(self._missed, np.zeros(grown, np.int64))
        box, self._reader.drawn = self._reader.drawn, None
        if box is not None:
            inner = inside(believed.points, box) & (observation.labels[believed.segments] < 0)
            self._missed[believed.segments[inner]] += 1
        return replace(believed, weight=believed.weight * MISSED ** self._missed[believed.segments])

    def _read_what_is_worth_it(self, observation: Observation, view: Beliefs, look: float = 0.03) -> bool:
        segments, reader = view.segments, self._reader
        candidates = np.flatnonzero(
            (observation.labels[segments] < 0)
            & observation.readable[segments]
            & (reader.name[segments] == UNREAD)
        )
        if not len(candidates):
            return False
        # a name decides for what lies around it and is not read: 32-px cells of the view stand for "around"
        cell = (view.points[:, 1] // 32).astype(np.int64) * 64 + (view.points[:, 0] // 32).astype(np.int64)
        open_ = (observation.labels[segments] < 0) & (reader.name[segments] == UNREAD)
        doubt = 1.0 - view.belief.max(1)
        stake = np.bincount(cell[open_], (doubt * view.weight)[open_], minlength=64 * 64)
        reading = np.bincount(cell[candidates], minlength=64 * 64)
        value = stake[cell[candidates]] / np.maximum(reading[cell[candidates]], 1)
        chosen = candidates[value > self.rate * look]
        if not len(chosen):
            return False
        reader.look(segments[chosen])
        return True

    def _infer(self, observation: Observation) -> Beliefs:
        reader, segments = self._reader, np.flatnonzero(observation.shown)
        assert observation.view is not None and observation.visible is not None
        places = self._overview(observation, segments)
        name, size, given = reader.name[segments], reader.size[segments], observation.labels[segments]
        visible = observation.visible[segments]
        done = self.done[segments] & (visible > 0) if len(self.done) else np.zeros(len(segments), bool)
        shown_class = np.where(given >= 0, given, 0 if self._task == "foreground" else -1)
        done &= shown_class >= 0
        read = (name >= 0) & ~done
        near = self.hovered[segments] if len(self.hovered) else np.zeros(len(segments), bool)
        labelled = (given >= 0) & ~read & ~done & (visible > 0)
        mean = observation.images_loaded / max(int(observation.alive.sum()), 1)
        area = np.where(size >= 0, SIZE_SHARES[np.maximum(size, 0)], np.nan)
        error = ERRORS[np.maximum(size, 0)] * np.where(visible < LEGIBLE, DIM_ERRORS, 1.0)
        error = np.clip(error, 1e-3, 0.45)
        evidence = Evidence.joined(
            [
                Evidence(places[m], n[m], e[m], np.full(int(m.sum()), w), area[m], segments[m])
                for m, n, e, w in (
                    (read & ~near, name, error, 1.0),
                    (read & near, name, HOVERED * error, HOVERS),
                    (labelled, given, np.full(len(given), LABEL_ERROR), LABELLED),
                    (done, shown_class, np.full(len(given), DONE_ERROR), 1.0),
                )
            ]
            + [self._remembered()]
        )
        belief, expected = infer(segments, places, evidence, self._prior(observation), mean)
        area = np.where(size >= 0, area, expected)
        seen = np.where(name == -1, -1, belief.argmax(1))
        seen = np.where((given >= 0) & ~read, given, seen).astype(np.int16)
        return Beliefs(
            segments,
            observation.canvas[segments],
            seen,
            reader.mixed[segments],
            self._weights(observation, belief, area, given),
            belief,
            name != UNREAD,
        )

    def _prior(self, observation: Observation) -> np.ndarray:
        """Probability of each class where nothing was read: objects are rarer than background; classes are alike."""
        classes = len(observation.classes)
        if self._task != "foreground":
            return np.full(classes, 1.0 / classes)
        return np.array([1.0 - OBJECT_PRIOR, *[OBJECT_PRIOR / (classes - 1)] * (classes - 1)])

    def _weights(
        self, observation: Observation, belief: np.ndarray, area: np.ndarray, given: np.ndarray
    ) -> np.ndarray:
        if self._task != "foreground":
            return np.minimum(area, 1.0)
        if not observation.focused and observation.view is not None and observation.view.zoom == 1:
            object_ = np.where(given >= 0, given > 0, 1.0 - belief[:, 0])
            share = float((object_ * area).sum()) / max(observation.images_loaded, 1)
            self._object_share = max(share, SMALLEST_OBJECT)
        return np.minimum(area / self._object_share, 1.0)

    def _overview(self, observation: Observation, segments: np.ndarray) -> np.ndarray:
        view = observation.view
        assert view is not None
        return observation.canvas[segments] / view.zoom + np.array([view.x, view.y])

    def _remembered(self) -> Evidence:
        gist = self._reader.gist
        cells = np.flatnonzero(gist.name != NOTHING)
        places = np.stack([cells % COLUMNS, cells // COLUMNS], 1) * float(CELL) + CELL / 2
        share = gist.weight[cells] / gist.total[cells]
        error = np.clip(1.0 - share * (1.0 - GIST_ERROR), GIST_ERROR, 0.5 - 1e-3)
        weight = GIST * np.minimum(gist.total[cells], 8.0)
        return Evidence(
            places, gist.name[cells], error, weight, np.full(len(cells), np.nan), -np.ones(len(cells))
        )
