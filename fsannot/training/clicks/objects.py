"""Objects to practise on: regions of a label map, alone or with neighbors."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE

FRAMED = 4
"""Exponent: a region that holds 40 % of the frame is drawn a seventh as often as one that touches none of it."""


@dataclass(frozen=True, kw_only=True)
class ObjectDraw:
    """Draws one object of a label map.

    A region is drawn with probability ∝ √area · (1 − f)⁴, f the fraction of the picture's frame it holds: things
    rarely hold much of it, sky and ground do. People who draw boundaries cut a person into face, shirt and
    trousers; an annotator wants the person. So a region may take in neighbors, those first that are bound to it
    most closely: the chance is the length of the shared border over the square root of the neighbor's area, which
    favours what it encloses.

    Args:
        area: smallest and largest size of an object, as fractions of the labelled pixels.
        merge: chance of a neighbor to be taken in, after each that was.
        component: chance that of a region in several pieces only one is taken: one car, not all cars.
    """

    area: tuple[float, float] = (0.01, 0.7)
    merge: float = 0.4
    component: float = 0.7

    def __post_init__(self) -> None:
        low, high = self.area
        if not 0 < low < high < 1:
            raise InputError(f"objects: area={self.area} is not valid; 0 < smallest < largest < 1")
        if not 0 <= self.merge < 1 or not 0 <= self.component <= 1:
            raise InputError(
                f"objects: merge={self.merge}, component={self.component} is not valid; in [0, 1) and in [0, 1]"
            )

    def __call__(self, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
        """An object of int (H, W) labels, ``IGNORE`` where unlabelled.

        Returns:
            int8 (H, W): 1 object, 0 background, ``IGNORE``; None where no region has a valid size.
        """
        known = labels != IGNORE
        values, areas = np.unique(labels[known], return_counts=True)
        total = int(areas.sum())
        low, high = (fraction * total for fraction in self.area)
        fits = (areas >= low) & (areas <= high)
        if not fits.any():
            return None
        framed, counts = np.unique(_frame(labels), return_counts=True)
        shares = dict(zip(framed.tolist(), (counts / counts.sum()).tolist(), strict=True))
        outside = 1.0 - np.array([shares.get(value, 0.0) for value in values.tolist()])
        chance = np.sqrt(areas * fits) * np.maximum(outside, 0.1) ** FRAMED
        chosen = rng.choice(len(values), p=chance / chance.sum())
        wanted = labels == values[chosen]
        if rng.random() < self.component:
            wanted = _piece(wanted, low, rng)
        while rng.random() < self.merge:
            grown = _with_neighbor(wanted, labels, rng)
            if grown is None or np.count_nonzero(grown) > high:
                break
            wanted = grown
        return np.where(known, wanted, IGNORE).astype(np.int8)


def _frame(labels: np.ndarray) -> np.ndarray:
    return np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])


def _piece(region: np.ndarray, smallest: float, rng: np.random.Generator) -> np.ndarray:
    """One connected piece (8 neighbors), of those that are large enough by √area; else the region."""
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(region.view(np.uint8), connectivity=8)
    areas = stats[1:, cv2.CC_STAT_AREA]
    chance = np.sqrt(areas * (areas >= smallest))
    if count <= 2 or chance.sum() == 0:
        return region
    return pieces == 1 + rng.choice(len(areas), p=chance / chance.sum())


def _with_neighbor(region: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
    """``region`` and one neighboring region of ``labels``; None where it has none."""
    ring = cv2.dilate(region.view(np.uint8), np.ones((3, 3), np.uint8)) > region
    touched = labels[ring & (labels != IGNORE)]
    values, shared = np.unique(touched, return_counts=True)
    if len(values) == 0:
        return None
    areas = np.array([np.count_nonzero(labels == value) for value in values])
    chance = shared / np.sqrt(areas)
    return region | (labels == rng.choice(values, p=chance / chance.sum()))
