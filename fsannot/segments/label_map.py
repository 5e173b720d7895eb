"""What a label map is: int (H, W), labels ≥ 0, −1 where there is no segment."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError


def check_label_map(
    label_map: np.ndarray, *, shape: tuple[int, ...] | None = None, what: str = "label map"
) -> None:
    """Check a label map.

    Args:
        label_map: what should be a non-empty integer (H, W) with values ≥ −1: int32 (H, W) or wider.
        shape: (H, W) it must have; None for any.
        what: name of the map, for the message.

    Raises:
        InputError: another type, another shape, or a value below −1.
    """
    if label_map.ndim != 2 or label_map.dtype.kind not in "iu" or label_map.size == 0:
        raise InputError(
            f"{what} must be a non-empty integer (H, W), got {label_map.dtype} {label_map.shape}"
        )
    if shape is not None and label_map.shape != shape:
        raise InputError(
            f"{what} has shape {label_map.shape}, the image's label map {shape}; they must be equal"
        )
    if label_map.min() < -1:
        raise InputError(f"{what} holds {label_map.min()}; labels are ≥ 0, or −1 for no segment")


def check_known(labels: np.ndarray, known: np.ndarray, shape: tuple[int, ...]) -> None:
    """Check that labels occur in a label map.

    Args:
        labels: int (n,).
        known: bool (n,), which of them occur.
        shape: (H, W) of the label map, for the message.

    Raises:
        InputError: a label does not occur; names the first.
    """
    if not known.all():
        raise InputError(f"segment {labels[~known][0]} does not occur in its label map of shape {shape}")


def first_free_label(label_map: np.ndarray, first_label: int | None) -> int:
    """First label that new segments may take.

    Args:
        label_map: int (H, W), labels ≥ 0, −1 = no segment.
        first_label: label wanted; None for the map's maximum + 1.

    Returns:
        a label above every label of the map.

    Raises:
        InputError: ``first_label`` is in use or below a label in use.
    """
    lowest = int(label_map.max()) + 1
    if first_label is None:
        return lowest
    if first_label < lowest:
        raise InputError(f"first new label {first_label} is in use; choose {lowest} or above")
    return int(first_label)
