"""The click protocol once more, as plainly as it can be said: what the robot is compared with."""

from __future__ import annotations

import numpy as np


def squared_depth(region: np.ndarray) -> np.ndarray:
    """Squared distance of each pixel to the nearest one outside, by looking at all of them; int (H, W)."""
    padded = np.pad(region, 1)
    outside = np.argwhere(~padded)
    depth = np.zeros(padded.shape, np.int64)
    for y, x in np.argwhere(padded):
        depth[y, x] = ((outside - (y, x)) ** 2).sum(axis=1).min()
    return depth[1:-1, 1:-1]


def next_click(
    gt: np.ndarray, mask: np.ndarray, taken: list[tuple[int, int, bool]]
) -> tuple[int, int, bool] | None:
    """(y, x, positive), or None where nothing is left."""
    missed, false = squared_depth((gt == 1) & ~mask), squared_depth((gt == 0) & mask)
    for y, x, _ in taken:
        missed[y, x] = false[y, x] = 0
    if missed.max() == 0 and false.max() == 0:
        return None
    positive = bool(missed.max() > false.max())
    chosen = missed if positive else false
    for y in range(gt.shape[0]):
        for x in range(gt.shape[1]):
            if chosen[y, x] == chosen.max():
                return y, x, positive
    return None


def intersection_over_union(gt: np.ndarray, mask: np.ndarray) -> float:
    both = either = 0
    for wanted, got in zip(gt.ravel(), mask.ravel(), strict=True):
        if wanted != -1:
            both += wanted == 1 and got
            either += wanted == 1 or got
    return both / either
