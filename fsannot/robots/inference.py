"""What a person infers of thumbnails from names that are read and may be wrong: what lies near looks alike.

Every name is evidence for its place and, less so, for places near it; pieces of evidence are multiplied (naive Bayes),
damped because people err alike on what looks alike. Evidence is what was read in this view, the gist of what was read
before, and the colors of what is labelled. Nothing here comes from features or from the ground truth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

NEAREST = 12
"""Pieces of evidence each thumbnail is compared with."""
NARROWEST, WIDEST = 6.0, 30.0
"""Width of the kernel, pixels of the overview: the distance to the second nearest piece of evidence, within these."""
DAMPING = 0.7
"""Share of what a name beside a thumbnail says that is counted."""
MOST = 8.0
"""Names that all those around a thumbnail count for together at most: people err alike on what looks alike."""
SURENESS = 0.02
"""No class is believed less than this, however many names agree: they may all be wrong alike."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """K names at places of the overview.

    Attributes:
        points: float (K, 2), pixels of the overview.
        name: int (K,), class.
        error: float (K,), how often such a name is wrong, in (0, 0.5].
        weight: float (K,), how many names it stands for.
        area: float (K,), fraction of its image the segment is taken to have; NaN where that is not known.
        row: int (K,), the segment it is the name of, −1 = none.
    """

    points: np.ndarray
    name: np.ndarray
    error: np.ndarray
    weight: np.ndarray
    area: np.ndarray
    row: np.ndarray

    @classmethod
    def joined(cls, parts: list[Evidence]) -> Evidence:
        """All of several."""
        return cls(
            *(
                np.concatenate([getattr(p, n) for p in parts])
                for n in ("points", "name", "error", "weight", "area", "row")
            )
        )


def infer(
    rows_of_points: np.ndarray, points: np.ndarray, evidence: Evidence, prior: np.ndarray, mean_area: float
) -> tuple[np.ndarray, np.ndarray]:
    """What is believed of some places.

    Args:
        rows_of_points: int (M,), segments; what is read of a segment itself counts in full for it.
        points: float (M, 2), their places, pixels of the overview.
        evidence: K names.
        prior: float (classes,), probability of each class where nothing is known.
        mean_area: expected fraction of its image where nothing is known.

    Returns:
        belief float64 (M, classes), rows sum to 1; and expected area float64 (M,).
    """
    classes, count = len(prior), len(evidence.points)
    log = np.repeat(np.log(np.maximum(prior, 1e-6))[None], len(points), 0)
    area = np.full(len(points), mean_area)
    if count and len(points):
        k = min(NEAREST, count)
        distance, index = cKDTree(evidence.points).query(points, k=np.arange(1, k + 1))
        width = np.clip(distance[:, [min(2, k) - 1]], NARROWEST, WIDEST)
        kernel = np.exp(-0.5 * (distance / width) ** 2) * evidence.weight[index]
        own = evidence.row[index] == rows_of_points[:, None]
        around = DAMPING * np.where(own, 0.0, kernel)
        around *= np.minimum(1.0, MOST / np.maximum(around.sum(1, keepdims=True), 1e-9))
        error = evidence.error[index]
        # of a name, the log of how much likelier it is if its class is the right one
        ratio = np.where(own, kernel, around) * np.log((1.0 - error) / (error / max(classes - 1, 1)))
        rows = np.repeat(np.arange(len(points)), k)
        np.add.at(log, (rows, evidence.name[index].ravel()), ratio.ravel())
        known = ~np.isnan(evidence.area[index])
        total = np.where(known, kernel, 0.0).sum(1)
        area = (mean_area + (np.where(known, kernel * np.nan_to_num(evidence.area[index]), 0.0)).sum(1)) / (
            1.0 + total
        )
    belief = np.exp(log - log.max(1, keepdims=True))
    belief /= belief.sum(1, keepdims=True)
    belief = np.maximum(belief, SURENESS / classes)
    return belief / belief.sum(1, keepdims=True), area
