"""What a person infers of thumbnails it did not read from those it did: what lies near looks alike.

Kernel regression with a class prior, in pixels of the overview. Evidence is what was read in this view, the gist of
what was read before, and the colors of what is labelled. Nothing here comes from features or from the ground truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

NEAREST = 12
"""Pieces of evidence each thumbnail is compared with."""
OWN_WIDTH = 4
"""The kernel is as wide as the distance to the n-th nearest piece of evidence."""
REACH = 60.0
"""Pixels of the overview at which evidence counts about as much as the prior."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """K places of which something is known.

    Attributes:
        points: float (K, 2), pixels of the overview.
        value: float (K, V), what is known there: class shares, then anything else that is averaged alike.
        weight: float (K,), how much it counts; 1 = a thumbnail that was read.
    """

    points: np.ndarray
    value: np.ndarray
    weight: np.ndarray

    @classmethod
    def joined(cls, parts: list[Evidence]) -> Evidence:
        """All of several."""
        return cls(
            np.concatenate([p.points for p in parts]),
            np.concatenate([p.value for p in parts]),
            np.concatenate([p.weight for p in parts]),
        )


def infer(points: np.ndarray, evidence: Evidence, prior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What is expected at some places.

    Args:
        points: float (M, 2), pixels of the overview.
        evidence: of K places.
        prior: float (V,), expected where nothing is known.

    Returns:
        value float64 (M, V); and support float64 (M,), the weight of evidence nearby, beside 1 of the prior.
    """
    count = len(evidence.points)
    if not count or not len(points):
        return np.repeat(prior[None].astype(np.float64), len(points), 0), np.zeros(len(points))
    k = min(NEAREST, count)
    distance, index = cKDTree(evidence.points).query(points, k=np.arange(1, k + 1))
    width = np.maximum(distance[:, [min(OWN_WIDTH, k) - 1]], 2.0)
    weight = evidence.weight[index] * np.exp(-0.5 * (distance / width) ** 2)
    weight = weight / (1.0 + (width / REACH) ** 2)
    support = weight.sum(1)
    total = (weight[:, :, None] * evidence.value[index]).sum(1) + prior
    return total / (support + 1.0)[:, None], support
