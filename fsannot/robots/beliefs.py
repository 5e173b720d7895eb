"""A person's beliefs about the segments on the canvas, and the gain of labelling each.

Gains are in image scores: 1 is the whole score of one image, in the measure by which the masks are judged.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_matrix

from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.human.oracle import Oracle

SMALLEST_OBJECT = 0.002
"""Smallest fraction of its image an object is assumed to have, so that one speck does not decide a whole image."""
MIXED_GAIN = 0.6
"""Gain of a mixed segment relative to a pure one of its area: part of it is wrong under any label."""
CONTEXT = 10
"""Number of thumbnails around one that a person sees together with it."""
SURPRISE = 0.02
"""Share of thumbnails of another class that a person expects even where all around look alike."""
AGREEMENT = 1.25
"""Weight of the thumbnails around: above 1, because many that agree are more evidence than their average."""
GLANCES = 10
"""How often the eye goes back and forth between a thumbnail and those around it."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What a robot believes of M segments on the canvas.

    Attributes:
        segments: int (M,), rows, ascending.
        points: float32 (M, 2), canvas pixels.
        seen: int16 (M,), class a person takes it for, with what is around it; −1 = nothing to name.
        mixed: bool (M,), a person notices two classes in it.
        weight: float64 (M,), how much of one image's score the segment decides, in [0, 1]: its area over the
            object's for foreground, over the image's otherwise.
        belief: float64 (M, classes), probability of each class, rows sum to 1.
        read: bool (M,), a person has read it; always True under version 1 of the human model.
    """

    segments: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    mixed: np.ndarray
    weight: np.ndarray
    belief: np.ndarray
    read: np.ndarray

    def select(self, index: np.ndarray) -> Beliefs:
        """Some of the segments.

        Args:
            index: bool (M,) or int (K,).

        Returns:
            beliefs about those segments.
        """
        return Beliefs(*(getattr(self, field.name)[index] for field in fields(self)))

    def gain(self, label: int | np.ndarray, caution: float = 1.0) -> np.ndarray:
        """Expected gain of giving each segment a label.

        Args:
            label: index of a class, or int (M,), one for each.
            caution: how much a segment of another class counts against one of the right class; ≥ 0.

        Returns:
            float64 (M,), image scores.
        """
        right = self.belief[np.arange(len(self.segments)), label]
        return np.where(self.mixed, MIXED_GAIN, 1.0) * self.weight * (right - caution * (1.0 - right))

    @property
    def gain_as_seen(self) -> np.ndarray:
        """Expected gain of labelling each segment as it is seen, float64 (M,), image scores."""
        return self.gain(np.maximum(self.seen, 0))


class BeliefModel:
    """A person's view of the canvas; computed again when something on it changes.

    Args:
        oracle: the person's eyes.
        queries: finds the thumbnails around each one.
        task: ``"foreground"`` or ``"semantic"``.
    """

    def __init__(self, oracle: Oracle, queries: Queries, task: str) -> None:
        self._oracle = oracle
        self._queries = queries
        self._task = task
        self._last_input: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._belief = np.zeros((0, 0))

    def beliefs(self, observation: Observation) -> tuple[Beliefs, Beliefs]:
        """Beliefs about the segments on the canvas that may need a label.

        Args:
            observation: what the tool shows.

        Returns:
            those about unlabelled segments, and those about labelled ones whose label does not look right.
        """
        return unlabelled_and_wrong(observation, self.survey(observation))

    def survey(self, observation: Observation) -> Beliefs:
        """Beliefs about everything on the canvas.

        Args:
            observation: what the tool shows.

        Returns:
            those about all shown segments, labelled or not.
        """
        segments = np.flatnonzero(observation.shown)
        named, mixed = self._oracle.look(observation, segments)
        share = observation.table.area[segments] / observation.image_area[observation.table.image[segments]]
        error = self._oracle.perception.error(share, np.where(mixed, 0.0, 1.0))
        error[self._oracle.inspected[segments]] = 0.0
        belief = self._belief_of(self._queries.around(CONTEXT + 1), named, error, len(observation.classes))
        return self._assemble(observation, segments, named, mixed, belief)

    def survey_of_open_image(self, observation: Observation) -> Beliefs:
        """Beliefs about the segments of the open image that are on the canvas. They were inspected, so all are certain.

        Args:
            observation: what the tool shows.

        Returns:
            those about the image's shown segments, labelled or not.
        """
        segments = np.flatnonzero(observation.shown & (observation.table.image == observation.open_image))
        named, mixed = self._oracle.look(observation, segments)
        belief = np.full((len(segments), len(observation.classes)), 1.0 / len(observation.classes))
        known = np.flatnonzero(named >= 0)
        belief[known] = 0.0
        belief[known, named[known]] = 1.0
        return self._assemble(observation, segments, named, mixed, belief)

    def _assemble(
        self,
        observation: Observation,
        segments: np.ndarray,
        named: np.ndarray,
        mixed: np.ndarray,
        belief: np.ndarray,
    ) -> Beliefs:
        image, area = observation.table.image[segments], observation.table.area[segments]
        whole = observation.image_area.astype(np.float64)
        if self._task == "foreground":  # how large the object of each image looks
            objects = np.bincount(image, weights=area * (1.0 - belief[:, 0]), minlength=len(whole))
            whole = np.maximum(objects, SMALLEST_OBJECT * whole)
        seen = np.where(named >= 0, belief.argmax(1), -1).astype(np.int16)
        weight = np.minimum(area / whole[image], 1.0)
        read = np.ones(len(segments), bool)
        return Beliefs(segments, observation.canvas[segments], seen, mixed, weight, belief, read)

    def _belief_of(
        self, around: np.ndarray, named: np.ndarray, error: np.ndarray, classes: int
    ) -> np.ndarray:
        now = (around, named, error)
        if self._last_input is None or not all(map(np.array_equal, now, self._last_input)):
            self._last_input = now
            self._belief = believe(around, named, error, classes)
        return self._belief


def unlabelled_and_wrong(observation: Observation, everything: Beliefs) -> tuple[Beliefs, Beliefs]:
    """Choose the segments that may need a label.

    Args:
        observation: what the tool shows.
        everything: beliefs about all shown segments.

    Returns:
        those about unlabelled segments, and those about labelled ones whose label does not look right.
    """
    given = observation.labels[everything.segments]
    wrong = (given >= 0) & (everything.seen >= 0) & (everything.seen != given)
    return everything.select(given < 0), everything.select(wrong)


def believe(around: np.ndarray, named: np.ndarray, error: np.ndarray, classes: int) -> np.ndarray:
    """Combine what each thumbnail is named with what those around it are taken for, by Bayes' rule.

    Names of neighboring thumbnails support each other (relaxation labelling: Rosenfeld, Hummel, Zucker, IEEE
    Transactions on Systems, Man, and Cybernetics 1976).

    Args:
        around: int (M, k), each thumbnail's nearest ones on the canvas, itself among them.
        named: int (M,), class each is named at a glance, −1 = none.
        error: float (M,), how often such a glance is wrong, [0, 1].
        classes: number C of classes.

    Returns:
        float64 (M, C), rows sum to 1.
    """
    count = len(named)
    glance = np.full((count, classes), 1.0 / classes)
    known = named >= 0
    glance[known] = (error[known] / max(classes - 1, 1))[:, None]
    glance[known, named[known]] = 1.0 - error[known]
    glance = np.maximum(glance, 1e-9)
    belief = glance / glance.sum(1, keepdims=True)
    if around.shape[1] <= 1:
        return belief
    others = (around != np.arange(count)[:, None]).astype(np.float64)
    rows = np.repeat(np.arange(count), around.shape[1])
    # mean over the thumbnails around each as one sparse product
    mean = csr_matrix(
        ((others / np.maximum(others.sum(1, keepdims=True), 1)).ravel(), (rows, around.ravel())),
        (count, count),
    )
    for _ in range(GLANCES):
        prior = (1.0 - SURPRISE) * (mean @ belief) + SURPRISE * belief.mean(0)
        belief = glance * prior**AGREEMENT
        belief /= belief.sum(1, keepdims=True)
    return belief
