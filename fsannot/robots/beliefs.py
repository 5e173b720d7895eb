"""What labelling a segment is worth to a person who wants good masks, in the measure the masks are judged by."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.sparse import csr_matrix

from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.human.oracle import Oracle

SMALLEST_OBJECT = 0.002
"""Fraction of its image an object is assumed to have at least; one speck seen as object is not an image's worth."""
MIXED_GAIN = 0.6
"""What a mixed segment gains against a pure one of its area: part of it is wrong under any label."""
CONTEXT = 10
"""Thumbnails around one that a person takes in together with it."""
SURPRISE = 0.02
"""Share of thumbnails of another class that a person expects even where all around look alike."""
AGREEMENT = 1.25
"""Weight of what is around: more than 1, because many thumbnails that agree say more than their average."""
GLANCES = 10
"""How often the eye goes back and forth between a thumbnail and those around it."""


@dataclass(frozen=True, eq=False)
class Beliefs:
    """What a robot weighs about M segments on the canvas.

    Attributes:
        segments: int (M,), rows.
        points: float32 (M, 2), canvas pixels.
        seen: int16 (M,), class a person takes it for, all considered; −1 = nothing to name.
        mixed: bool (M,), a person notices two things in it.
        weight: float64 (M,), how much of one image's score the segment decides, in [0, 1]: its area over the
            object's for foreground, over the image's otherwise.
        belief: float64 (M, classes), probability of each class, rows sum to 1.
    """

    segments: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    mixed: np.ndarray
    weight: np.ndarray
    belief: np.ndarray

    def select(self, index: np.ndarray) -> Beliefs:
        """The segments of a boolean or integer index."""
        return Beliefs(*(getattr(self, field.name)[index] for field in fields(self)))

    def gain(self, label: int | np.ndarray, caution: float = 1.0) -> np.ndarray:
        """float64 (M,): expected gain of labelling each as ``label``, in images' worth of score.

        A segment that turns out to be something else counts ``caution`` times against it.
        """
        right = self.belief[np.arange(len(self.segments)), label]
        return np.where(self.mixed, MIXED_GAIN, 1.0) * self.weight * (right - caution * (1.0 - right))

    @property
    def certain(self) -> np.ndarray:
        """float64 (M,): expected gain of labelling each as it is seen, in images' worth of score."""
        return self.gain(np.maximum(self.seen, 0))


class BeliefModel:
    """A person's view of the canvas, formed anew when something on it changes.

    Args:
        oracle: its eyes.
        queries: tells what lies around each thumbnail.
        task: ``"foreground"`` or ``"semantic"``.
    """

    def __init__(self, oracle: Oracle, queries: Queries, task: str) -> None:
        self._oracle = oracle
        self._queries = queries
        self._task = task
        self._glance: tuple[np.ndarray, np.ndarray, np.ndarray] | None = None
        self._belief = np.zeros((0, 0))

    def beliefs(self, observation: Observation) -> tuple[Beliefs, Beliefs]:
        """The unlabelled segments on the canvas, and the labelled ones whose label does not look right."""
        return parted(observation, self.survey(observation))

    def survey(self, observation: Observation) -> Beliefs:
        """Everything on the canvas, labelled or not."""
        segments = np.flatnonzero(observation.shown)
        named, mixed = self._oracle.look(observation, segments)
        share = observation.table.area[segments] / observation.image_area[observation.table.image[segments]]
        error = self._oracle.perception.error(share, np.where(mixed, 0.0, 1.0))
        error[self._oracle.inspected[segments]] = 0.0
        belief = self._believe(self._queries.around(CONTEXT + 1), named, error, len(observation.classes))
        return self._outlook(observation, segments, named, mixed, belief)

    def survey_of_open_image(self, observation: Observation) -> Beliefs:
        """Everything in the open image that is on the canvas; it was inspected, so that nothing is in doubt."""
        segments = np.flatnonzero(observation.shown & (observation.table.image == observation.open_image))
        named, mixed = self._oracle.look(observation, segments)
        belief = np.full((len(segments), len(observation.classes)), 1.0 / len(observation.classes))
        known = np.flatnonzero(named >= 0)
        belief[known] = 0.0
        belief[known, named[known]] = 1.0
        return self._outlook(observation, segments, named, mixed, belief)

    def _outlook(
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
        return Beliefs(segments, observation.canvas[segments], seen, mixed, weight, belief)

    def _believe(self, around: np.ndarray, named: np.ndarray, error: np.ndarray, classes: int) -> np.ndarray:
        now = (around, named, error)
        if self._glance is None or not all(map(np.array_equal, now, self._glance)):
            self._glance = now
            self._belief = believe(around, named, error, classes)
        return self._belief


def parted(observation: Observation, everything: Beliefs) -> tuple[Beliefs, Beliefs]:
    """The unlabelled segments of an outlook, and the labelled ones whose label does not look right."""
    given = observation.labels[everything.segments]
    wrong = (given >= 0) & (everything.seen >= 0) & (everything.seen != given)
    return everything.select(given < 0), everything.select(wrong)


def believe(around: np.ndarray, named: np.ndarray, error: np.ndarray, classes: int) -> np.ndarray:
    """Bayes' rule: how often a person errs on such a thumbnail, and what the thumbnails around it are taken for.

    Names of neighboring thumbnails support each other (relaxation labelling: Rosenfeld, Hummel, Zucker, IEEE
    Transactions on Systems, Man, and Cybernetics 1976).

    Args:
        around: int (M, k), each thumbnail's nearest ones on the canvas, itself among them.
        named: int (M,), class each is named at a glance, −1 = none.
        error: float (M,), how often such a glance is wrong.
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
