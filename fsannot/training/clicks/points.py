"""Clicks of a network in training: a random beginning, then what a robot would click next."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from fsannot.clicks.depth import region_depth
from fsannot.data.errors import InputError


@dataclass(frozen=True, kw_only=True)
class FirstClicks:
    """Random clicks an episode of training begins with, before any answer of the network.

    RITM's scheme (Sofiiuk et al., arXiv:2102.06583): a number of positive clicks inside the object, at least one,
    and a number of negative ones, half of them close around it; k of them with probability ∝ ``decay``^k. RITM's
    decay is 0.8 for up to 24 clicks; a smaller one spends a short training on the first few clicks.

    Args:
        most: of each kind.
        decay: in (0, 1).
        alone: chance that there is one positive click in the object's depth and no other, the beginning of every
            evaluation.
    """

    most: int = 12
    decay: float = 0.7
    alone: float = 0.3

    def __post_init__(self) -> None:
        if self.most < 1 or not 0 < self.decay < 1 or not 0 <= self.alone <= 1:
            raise InputError(
                f"first clicks: most={self.most}, decay={self.decay}, alone={self.alone} is not valid; "
                "at least 1, in (0, 1), in [0, 1]"
            )

    def __call__(self, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Clicks on int8 (H, W): 1 object (at least one pixel), 0 background, else ignored.

        Returns:
            float64 (2, ``most``, 2) as networks take them: positive and negative, row and column, −1 for none.
        """
        slots = np.full((2, self.most, 2), -1.0)
        wanted, background = target == 1, target == 0
        slots[0, 0] = deep_pixel(wanted, rng)
        if rng.random() < self.alone:
            return slots
        positives, negatives = self._count(rng, 1), self._count(rng, 0)
        inside = cv2.erode(wanted.view(np.uint8), np.ones((7, 7), np.uint8), borderValue=1) > 0
        places = _pixels(inside if inside.any() else wanted, positives, rng)
        slots[0, : len(places)] = places
        reach = 2 * max(3, round(0.1 * float(np.sqrt(np.count_nonzero(wanted))))) + 1
        around = cv2.dilate(wanted.view(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        close = int(rng.binomial(negatives, 0.5))
        places = np.concatenate(
            [_pixels(background & around, close, rng), _pixels(background, negatives - close, rng)]
        )
        slots[1, : len(places)] = places
        return slots

    def _count(self, rng: np.random.Generator, least: int) -> int:
        counts = np.arange(least, self.most + 1)
        chance = self.decay**counts
        return int(rng.choice(counts, p=chance / chance.sum()))


def next_click(
    target: np.ndarray, mask: np.ndarray, rng: np.random.Generator
) -> tuple[bool, np.ndarray] | None:
    """Sign and place of a click in the deeper of the two errors of a mask.

    The place is anywhere in the deeper half, not on the deepest pixel: a network trained with the latter would
    recognise clicks by their place.

    Args:
        target: int8 (H, W): 1 object, 0 background, else ignored.
        mask: bool (H, W).
        rng: draws the place.

    Returns:
        whether it is positive, and int (2,), row and column; None where there is no error.
    """
    missed, false = (target == 1) & ~mask, (target == 0) & mask
    deep, false_deep = (region_depth(error, "exact").maximum() for error in (missed, false))
    if deep == 0 and false_deep == 0:
        return None
    positive = deep > false_deep
    return positive, deep_pixel(missed if positive else false, rng)


def deep_pixel(region: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random pixel that is deeper than half of the largest depth.

    Args:
        region: bool (H, W), not empty.
        rng: draws it.

    Returns:
        int (2,), row and column.
    """
    depth = region_depth(region, "exact")
    places = np.argwhere(depth.values > depth.values.max() / 2)
    return places[rng.integers(len(places))] + (depth.y0, depth.x0)


def _pixels(region: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Up to ``count`` random pixels of a region, int (n, 2)."""
    places = np.argwhere(region)
    return places[rng.permutation(len(places))[:count]]
