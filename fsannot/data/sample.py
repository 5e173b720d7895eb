"""One image with its ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError

IGNORE = -1
"""Target value of pixels without ground truth; they count nowhere."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One image with its ground truth.

    Attributes:
        id: unique in its dataset, ``<group>/<stem>``; characters safe in a relative path.
        group: related images share it (co-segmentation group, video sequence, city).
        image: uint8 (H, W, 3), RGB.
        target: int32 (H, W), class index in [0, C) or ``IGNORE``; class 0 is background in foreground sets.
        instances: int32 (H, W), 0 = no instance, 1..K = instances; None where the dataset has none.

    Raises:
        InputError: an array of another type, or arrays that differ in size.

    Example:
        >>> image, target = np.zeros((4, 6, 3), np.uint8), np.zeros((4, 6), np.int32)
        >>> Sample("cats/1", "cats", image, target).instances is None
        True
    """

    id: str
    group: str
    image: np.ndarray
    target: np.ndarray
    instances: np.ndarray | None = None

    def __post_init__(self) -> None:
        h, w = self.image.shape[:2]
        if self.image.dtype != np.uint8 or self.image.shape != (h, w, 3) or h == 0 or w == 0:
            raise InputError(
                f"{self.id}: image must be uint8 (H, W, 3), got {self.image.dtype} {self.image.shape}"
            )
        if self.target.shape != (h, w) or self.target.dtype != np.int32:
            raise InputError(
                f"{self.id}: target must be int32 {(h, w)} like its image, "
                f"got {self.target.dtype} {self.target.shape}"
            )
        if self.instances is not None and (
            self.instances.shape != (h, w) or self.instances.dtype != np.int32
        ):
            raise InputError(
                f"{self.id}: instances must be int32 {(h, w)} like its image, "
                f"got {self.instances.dtype} {self.instances.shape}"
            )
