"""What a label map is: int (H, W), labels ≥ 0, −1 where there is no segment."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError


def check_label_map(
    label_map: np.ndarray, *, shape: tuple[int, ...] | None = None, what: str = "label map"
) -> None:
    """Raise ``InputError`` unless it is a non-empty integer (H, W), of ``shape`` if given, and ≥ −1."""
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
    """Raise ``InputError`` unless all ``labels``, int (n,), are ``known``, bool (n,), to a label map of ``shape``."""
    if not known.all():
        raise InputError(f"segment {labels[~known][0]} does not occur in its label map of shape {shape}")


def first_free_label(label_map: np.ndarray, first_label: int | None) -> int:
    """``first_label`` if it is above every label of the map, the map's maximum + 1 if it is None."""
    lowest = int(label_map.max()) + 1
    if first_label is None:
        return lowest
    if first_label < lowest:
        raise InputError(f"first new label {first_label} is in use; choose {lowest} or above")
    return int(first_label)
