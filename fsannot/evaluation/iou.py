"""How well masks and labels agree with the ground truth, and how well a partition could."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE


def iou(mask: np.ndarray, target: np.ndarray) -> float:
    """Intersection over union of a mask and the object.

    Args:
        mask: bool (H, W), the predicted object.
        target: int32 (H, W); every value > 0 is object, 0 background, ``IGNORE`` counts nowhere.

    Returns:
        fraction in [0, 1]; 1.0 where both mask and object are empty.

    Raises:
        InputError: ``mask`` is not bool, or the arrays are not (H, W) of the same shape.

    >>> import numpy as np
    >>> target = np.array([[0, 1, 1, -1]], np.int32)
    >>> iou(np.array([[True, True, False, True]]), target)
    0.3333333333333333
    """
    _same_shape(mask, target, "mask")
    if mask.dtype != np.bool_:
        raise InputError(f"mask must be bool, got {mask.dtype}; threshold it first")
    predicted = mask & (target != IGNORE)
    wanted = target > 0
    union = int(np.count_nonzero(predicted | wanted))
    return int(np.count_nonzero(predicted & wanted)) / union if union else 1.0


def agreement(labels: np.ndarray, target: np.ndarray) -> float:
    """Fraction of the pixels with ground truth whose label is right.

    Args:
        labels: int (H, W), class of each pixel; −1 (unlabelled) is never right.
        target: int32 (H, W), class of each pixel; ``IGNORE`` counts nowhere.

    Returns:
        fraction in [0, 1]; 1.0 where no pixel has ground truth.

    Raises:
        InputError: the arrays are not (H, W) of the same shape.

    >>> import numpy as np
    >>> agreement(np.array([[0, 1, -1, 2]]), np.array([[0, 1, 1, -1]], np.int32))
    0.6666666666666666
    """
    _same_shape(labels, target, "labels")
    valid = int(np.count_nonzero(target != IGNORE))
    # an ignored pixel cannot be right by both being −1
    right = int(np.count_nonzero((labels == target) & (target != IGNORE)))
    return right / valid if valid else 1.0


def majority_labels(label_map: np.ndarray, target: np.ndarray, n_classes: int) -> np.ndarray:
    """Class most pixels of each segment have; a tie goes to the lower class.

    Args:
        label_map: int (H, W), segments; −1 belongs to no segment.
        target: int32 (H, W), class of each pixel in [0, n_classes) or ``IGNORE``, which has no vote.
        n_classes: number of classes.

    Returns:
        int32 (label_map.max() + 1,), indexed by label. A segment without any vote (all its pixels
        ignored, or a label that does not occur) gets class 0; nothing counts its pixels.

    Raises:
        InputError: the arrays are not (H, W) of the same shape, or ``target`` holds a value that is no class.
    """
    _same_shape(label_map, target, "label map")
    if target.size and (int(target.max()) >= n_classes or int(target.min()) < IGNORE):
        raise InputError(
            f"target holds values in [{target.min()}, {target.max()}]; "
            f"valid are 0 to {n_classes - 1} and {IGNORE}"
        )
    count = int(label_map.max()) + 1
    valid = (target != IGNORE) & (label_map >= 0)
    pairs = label_map[valid].astype(np.int64) * n_classes + target[valid]
    votes = np.bincount(pairs, minlength=count * n_classes).reshape(count, n_classes)
    return votes.argmax(1).astype(np.int32)


def labelled(label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Class of each pixel from the class of each segment.

    Args:
        label_map: int (H, W), segments; −1 belongs to no segment.
        labels: int (M,), class of each segment; −1 = unlabelled.

    Returns:
        int32 (H, W); −1 outside all segments.

    Raises:
        InputError: a segment of ``label_map`` has no class in ``labels``.
    """
    if label_map.max() >= len(labels):
        raise InputError(
            f"label map goes up to {label_map.max()}, but only {len(labels)} segments have a class"
        )
    # index −1 reads the appended last entry
    return np.append(labels, IGNORE).astype(np.int32)[label_map]


def iou_bound(label_map: np.ndarray, target: np.ndarray) -> float:
    """IoU of the object with the union of the segments whose majority is object.

    What an annotator reaches who labels every segment by its majority and splits none (the paper's Table 2).

    Args:
        label_map: int (H, W), segments; −1 belongs to no segment.
        target: int32 (H, W); every value > 0 is object, ``IGNORE`` counts nowhere.

    Returns:
        fraction in [0, 1].

    Raises:
        InputError: the arrays are not (H, W) of the same shape.
    """
    # every object is one class here, so that a segment of two half-objects is still mostly object
    binary = np.where(target > 0, 1, target)
    return iou(labelled(label_map, majority_labels(label_map, binary, 2)) == 1, target)


def agreement_bound(label_map: np.ndarray, target: np.ndarray, n_classes: int) -> float:
    """Pixel agreement where each segment has the class of its majority; the most any labelling of the segments reaches.

    Args:
        label_map: int (H, W), segments; −1 belongs to no segment.
        target: int32 (H, W), class of each pixel in [0, n_classes) or ``IGNORE``.
        n_classes: number of classes.

    Returns:
        fraction in [0, 1].

    Raises:
        InputError: the arrays are not (H, W) of the same shape, or ``target`` holds a value that is no class.
    """
    return agreement(labelled(label_map, majority_labels(label_map, target, n_classes)), target)


def _same_shape(array: np.ndarray, target: np.ndarray, name: str) -> None:
    if array.shape != target.shape or array.ndim != 2:
        raise InputError(f"{name} {array.shape} and target {target.shape} must both be (H, W) and agree")
