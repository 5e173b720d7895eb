"""What a partition allows: the mask quality of majority labels at a given number of segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fsannot.data.errors import InputError
from fsannot.evaluation.iou import agreement_bound, iou_bound
from fsannot.hierarchy.cut import Hierarchy


@dataclass(frozen=True, eq=False)
class PartitionBound:
    """Bound of a set of images, all cut at one threshold.

    Attributes:
        threshold: on the scale of the hierarchy's criterion.
        segments: mean number of segments an image.
        values: float64 (N,), IoU or pixel agreement of each image when every segment has its majority's
            class.
    """

    threshold: float
    segments: float
    values: np.ndarray


def matched_threshold(hierarchies: Sequence[Hierarchy], segments: float) -> float:
    """The threshold at which the images have ``segments`` segments on average, as nearly as possible.

    One threshold for all images, as an annotator would set it; busy images get more segments. The mean falls
    with the threshold, so bisection over the values at which any image's partition changes is exact.

    Args:
        hierarchies: one an image, by the same criterion.
        segments: wanted mean number of segments an image, ≥ 1.

    Returns:
        the threshold, on the criterion's scale.

    Raises:
        InputError: no images, or fewer than one segment wanted.
    """
    if not hierarchies or not segments >= 1:
        raise InputError(
            f"matching needs images and at least 1 segment, got {len(hierarchies)} images, {segments}"
        )
    candidates = np.unique(np.concatenate([h.thresholds() for h in hierarchies]))

    def mean_segments(k: int) -> float:
        return float(np.mean([h.n_segments(float(candidates[k])) for h in hierarchies]))

    low, high = 0, len(candidates) - 1  # most and fewest segments
    while high - low > 1:
        middle = (low + high) // 2
        if mean_segments(middle) > segments:
            low = middle
        else:
            high = middle
    nearest = min((high, low), key=lambda k: abs(mean_segments(k) - segments))
    return float(candidates[nearest])


def partition_bound(
    hierarchies: Sequence[Hierarchy],
    targets: Sequence[np.ndarray],
    *,
    segments: float,
    task: Literal["foreground", "semantic"],
    n_classes: int,
) -> PartitionBound:
    """Bound of the cut with ``segments`` segments an image on average.

    Args:
        hierarchies: one an image, by the same criterion.
        targets: int32 (H, W), ground truth of each image.
        segments: mean number of segments to match.
        task: ``foreground`` measures IoU of the object (all instances of an image together, also where results
            are per instance), ``semantic`` pixel agreement.
        n_classes: number of classes; only ``semantic`` uses it.

    Returns:
        the threshold, the mean number of segments at it, and the bound of each image.

    Raises:
        InputError: no images, or fewer than one segment wanted.
    """
    threshold = matched_threshold(hierarchies, segments)
    cuts = [hierarchy.cut(threshold) for hierarchy in hierarchies]
    values = [
        iou_bound(cut, target) if task == "foreground" else agreement_bound(cut, target, n_classes)
        for cut, target in zip(cuts, targets, strict=True)
    ]
    return PartitionBound(
        threshold=threshold,
        segments=float(np.mean([cut.max() + 1 for cut in cuts])),
        values=np.array(values, np.float64),
    )
