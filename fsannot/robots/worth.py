"""What labelling a segment is worth to a person who wants good masks, in the measure the masks are judged by."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.observation import Observation
from fsannot.robots.oracle import Oracle

SMALLEST_OBJECT = 0.002
"""Fraction of its image an object is assumed to have at least; one speck seen as object is not an image's worth."""
MIXED_GAIN = 0.6
"""What a mixed segment gains against a pure one of its area: part of it is wrong under any label."""
CONTEXT = 12
"""Thumbnails around one that a person takes in together with it."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a robot weighs about M segments on the canvas.

    Attributes:
        segments: int (M,), rows.
        points: float32 (M, 2), canvas pixels.
        seen: int16 (M,), class a person would name, −1 = nothing to name.
        mixed: bool (M,), a person notices two things in it.
        weight: float64 (M,), how much of one image's score the segment decides, in [0, 1]: its area over the
            object's for foreground, over the image's otherwise.
        trust: float64 (M,), how sure a person is of what was seen, in [0, 1].
    """

    segments: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    mixed: np.ndarray
    weight: np.ndarray
    trust: np.ndarray

    def select(self, index: np.ndarray) -> Outlook:
        """The segments of a boolean or integer index."""
        return Outlook(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def certain(self) -> np.ndarray:
        """float64 (M,): expected gain of labelling each as it is seen, in images' worth of score."""
        return np.where(self.mixed, MIXED_GAIN, 1.0) * (2 * self.trust - 1) * self.weight


def outlook(screen: Observation, oracle: Oracle, task: str) -> tuple[Outlook, Outlook]:
    """Look at the canvas.

    Returns:
        the unlabelled segments, and the labelled ones whose label does not look right.
    """
    segments = np.flatnonzero(screen.shown)
    seen, mixed = oracle.look(screen, segments)
    image = screen.table.image[segments]
    area = screen.table.area[segments]
    whole = screen.image_area.astype(np.float64)
    fraction = area / whole[image]
    given = screen.labels[segments]
    if task == "foreground":  # how large the object of each image looks
        objects = np.bincount(image, weights=np.where(seen > 0, area, 0), minlength=len(whole))
        whole = np.maximum(objects, SMALLEST_OBJECT * whole)
    points = screen.canvas[segments]
    error = oracle.perception.error(fraction, np.where(mixed, 0.0, 1.0))
    trust = _trust(points, seen, given, error, len(screen.classes))
    everything = Outlook(segments, points, seen, mixed, np.minimum(area / whole[image], 1.0), trust)
    return everything.select(given < 0), everything.select((given >= 0) & (seen >= 0) & (seen != given))


def _trust(
    points: np.ndarray, seen: np.ndarray, given: np.ndarray, error: np.ndarray, classes: int
) -> np.ndarray:
    """Bayes' rule: how often a person errs on such a thumbnail, and what the thumbnails around it are."""
    if len(points) <= 1:
        return 1.0 - error
    names = np.where(given >= 0, given, seen)
    k = min(CONTEXT + 1, len(points))
    _, around = cKDTree(points).query(points, k=k)
    others = around != np.arange(len(points))[:, None]
    agree = ((names[around] == seen[:, None]) & others).sum(1)
    prior = (agree + 1.0) / (others.sum(1) + classes)
    right = (1.0 - error) * prior
    wrong = error * (1.0 - prior)
    return right / np.maximum(right + wrong, 1e-12)
