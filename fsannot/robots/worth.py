"""What labelling a segment is worth to a person who wants good masks, in the measure the masks are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.observation import Observation
from fsannot.robots.oracle import Oracle

SMALLEST_OBJECT = 0.002
"""Fraction of its image an object is assumed to have at least; one speck seen as object is not an image's worth."""
CONTEXT = 12
"""Thumbnails around one that a person takes in together with it."""


@dataclass(frozen=True, eq=False)
class Outlook:
    """Everything a robot weighs about the unlabelled segments on the canvas, M of them.

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


def outlook(screen: Observation, oracle: Oracle, task: str) -> Outlook:
    """Look at the canvas."""
    segments = screen.open_segments
    seen, mixed = oracle.look(screen, segments)
    image = screen.table.image
    area = screen.table.area
    whole = screen.image_area.astype(np.float64)
    fraction = area[segments] / whole[image[segments]]
    if task == "foreground":
        # how large the object of each image looks: what is labelled object and what is seen as object
        objects = np.zeros(len(whole))
        given = screen.alive & (screen.labels > 0)
        np.add.at(objects, image[given], area[given])
        np.add.at(objects, image[segments[seen > 0]], area[segments[seen > 0]])
        whole = np.maximum(objects, SMALLEST_OBJECT * whole)
    weight = np.minimum(area[segments] / whole[image[segments]], 1.0)
    points = screen.canvas[segments]
    error = oracle.perception.error(fraction, np.where(mixed, 0.0, 1.0))
    trust = _trust(screen, points, seen, error, len(screen.classes))
    return Outlook(segments, points, seen, mixed, weight, trust)


def _trust(
    screen: Observation, points: np.ndarray, seen: np.ndarray, error: np.ndarray, classes: int
) -> np.ndarray:
    """Bayes' rule: how often a person errs on such a thumbnail, and what the thumbnails around it are."""
    given = np.flatnonzero(screen.shown & (screen.labels >= 0))
    everything = np.concatenate([points, screen.canvas[given]])
    if len(everything) <= 1:
        return 1.0 - error
    names = np.concatenate([seen, screen.labels[given]])
    k = min(CONTEXT + 1, len(everything))
    _, around = cKDTree(everything).query(points, k=k)
    around = around.reshape(len(points), k)
    others = around != np.arange(len(points))[:, None]
    agree = ((names[around] == seen[:, None]) & others).sum(1)
    prior = (agree + 1.0) / (others.sum(1) + classes)
    right = (1.0 - error) * prior
    wrong = error * (1.0 - prior)
    return right / np.maximum(right + wrong, 1e-12)
