"""IoU of each class of a semantic set, and their mean (mIoU), over all pixels of all images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.evaluation.intervals import LEVEL, RESAMPLES, Interval


def confusion_matrix(labels: np.ndarray, target: np.ndarray, classes: int) -> np.ndarray:
    """How often each class of the ground truth got each label, over the pixels that are not ignored.

    Args:
        labels: int (H, W), class of each pixel; −1 = unlabelled.
        target: int32 (H, W), class of each pixel in [0, classes) or ``IGNORE``.
        classes: number of classes, C.

    Returns:
        int64 (C, C + 1): row = class of the ground truth, column = label; the last column is unlabelled.

    Raises:
        InputError: arrays of other shapes, or values that are no class.

    >>> import numpy as np
    >>> confusion_matrix(np.array([[0, 1, -1]]), np.array([[0, 0, 1]]), classes=2)
    array([[1, 1, 0],
           [0, 0, 1]])
    """
    if labels.shape != target.shape or labels.ndim != 2:
        raise InputError(f"labels {labels.shape} and target {target.shape} must both be (H, W) and agree")
    for name, values in (("labels", labels), ("target", target)):
        if values.size and not -1 <= int(values.min()) <= int(values.max()) < classes:
            raise InputError(
                f"{name} holds values in [{values.min()}, {values.max()}]; valid are −1 to {classes - 1}"
            )
    valid = target != IGNORE
    given = labels[valid].astype(np.int64)
    code = target[valid].astype(np.int64) * (classes + 1) + np.where(given < 0, classes, given)
    return np.bincount(code, minlength=classes * (classes + 1)).reshape(classes, classes + 1)


class ClassIous(NamedTuple):
    """IoU of each class and their mean, with bootstrap intervals over groups or images.

    Attributes:
        names: (C,) class names.
        per_class: (C,) one each; None for a class that no pixel of the ground truth has.
        mean: of the classes that are there (mIoU); None where none is, that is, where every pixel is ignored.
    """

    names: tuple[str, ...]
    per_class: tuple[Interval | None, ...]
    mean: Interval | None

    def summary_values(self) -> dict[str, Any]:
        """The keys of a ``Summary`` that say this.

        Returns:
            ``miou``, ``iou_per_class`` and their ``_ci``, as keyword arguments of ``Summary``.
        """
        intervals = dict(zip(self.names, self.per_class, strict=True))
        return {
            "miou": self.mean.value if self.mean else None,
            "miou_ci": (self.mean.low, self.mean.high) if self.mean else None,
            "iou_per_class": {n: i.value if i else None for n, i in intervals.items()},
            "iou_per_class_ci": {n: (i.low, i.high) if i else None for n, i in intervals.items()},
        }


def class_ious(
    matrices: Sequence[np.ndarray],
    names: Sequence[str],
    *,
    units: Sequence[object] | None = None,
    seed: int = 0,
) -> ClassIous:
    """IoU of each class from the confusion matrices of the images, added up.

    IoU of a class = true positives / (true positives + false positives + false negatives), over all pixels of
    the set that are not ignored, as Cityscapes and Pascal VOC define it (Everingham et al., *The Pascal Visual
    Object Classes Challenge*, IJCV 2010, doi:10.1007/s11263-009-0275-4). An unlabelled pixel is a false negative
    of its class. A class that no pixel of the ground truth has is absent: it has no IoU and no part in the mean,
    whatever was labelled, so that all methods are averaged over the same classes. Pixels wrongly given to an
    absent class are false negatives of their own.

    Intervals are percentiles over resampled groups or images, as for the other measures; of a class, over those
    resamples in which it is there.

    Args:
        matrices: int64 (C, C + 1) each, from ``confusion_matrix``; one an image.
        names: (C,) class names.
        units: what is drawn together, one a matrix, see ``clusters``; None draws images.
        seed: of the bootstrap.

    Returns:
        IoU of each class and their mean, with intervals.

    Raises:
        InputError: no image, or matrices of another number of classes.
    """
    if not len(matrices):
        raise InputError("no images to score; pass one confusion matrix an image")
    counts = np.stack(list(matrices))
    if counts.shape[1:] != (len(names), len(names) + 1):
        raise InputError(f"a confusion matrix is {counts.shape[1:]}, but there are {len(names)} class names")
    hit = np.diagonal(counts, axis1=1, axis2=2)  # (N, C)
    truth, labelled = counts.sum(2), counts.sum(1)[:, :-1]
    rng = np.random.default_rng(seed)
    if units is not None and len(units) != len(counts):
        raise InputError(f"units must be one an image, got {len(units)} for {len(counts)} images")
    number = np.arange(len(counts)) if units is None else _numbered(units)
    many = int(number.max()) + 1
    picks = rng.integers(0, many, (RESAMPLES, many))
    times = np.zeros((RESAMPLES, many))
    np.add.at(times, (np.arange(RESAMPLES)[:, None], picks), 1)
    times = times[:, number]

    def ious(weights: np.ndarray) -> np.ndarray:  # (R, N) → (R, C), NaN where absent
        found, wanted, given = weights @ hit, weights @ truth, weights @ labelled
        return np.divide(found, wanted + given - found, out=np.full(found.shape, np.nan), where=wanted > 0)

    whole, drawn = ious(np.ones((1, len(counts))))[0], ious(times)
    return ClassIous(
        names=tuple(names),
        per_class=tuple(_interval(value, column) for value, column in zip(whole, drawn.T, strict=True)),
        mean=_interval(_mean(whole[None])[0], _mean(drawn)),
    )


def _numbered(units: Sequence[object]) -> np.ndarray:
    """Number of each one's unit, in order of first appearance."""
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(unit, len(numbers)) for unit in units])


def _mean(ious: np.ndarray) -> np.ndarray:
    """Mean of the classes that are there, (R, C) → (R,); NaN where none is."""
    there = ~np.isnan(ious)
    count = there.sum(1)
    total = np.where(there, ious, 0.0).sum(1)
    return np.divide(total, count, out=np.full(len(ious), np.nan), where=count > 0)


def _interval(value: float, drawn: np.ndarray) -> Interval | None:
    if np.isnan(value):
        return None
    low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), float(low), float(high))
