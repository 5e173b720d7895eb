"""What labelling a segment is worth to a person who wants good masks, in the measure the masks are judged by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.robots.oracle import Oracle

SMALLEST_OBJECT = 0.002
"""Fraction of its image an object is assumed to have at least: one speck taken for an object is not an image's worth."""


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
    """

    segments: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    mixed: np.ndarray
    weight: np.ndarray


def outlook(screen: Observation, oracle: Oracle, task: str) -> Outlook:
    """Look at the canvas."""
    segments = screen.open_segments
    seen, mixed = oracle.look(screen, segments)
    image = screen.table.image
    whole = screen.image_area.astype(np.float64)
    if task == "foreground":
        # how large the object of each image looks: what is labelled object and what is seen as object
        objects = np.zeros(len(whole))
        given = screen.alive & (screen.labels > 0)
        np.add.at(objects, image[given], screen.table.area[given])
        np.add.at(objects, image[segments[seen > 0]], screen.table.area[segments[seen > 0]])
        whole = np.maximum(objects, SMALLEST_OBJECT * whole)
    weight = np.minimum(screen.table.area[segments] / whole[image[segments]], 1.0)
    return Outlook(segments, screen.canvas[segments], seen, mixed, weight)
