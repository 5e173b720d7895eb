"""One image, with its ground truth where there is one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError

NO_TRUTH = "name a dataset with masks, or label these images yourself: fsannot studio <folder>"
"""Remedy where ground truth is needed and there is none."""
IGNORE = -1
"""Target value of pixels without ground truth; they count nowhere."""


@dataclass(frozen=True, eq=False)
class Sample:
    """One image, with its ground truth where there is one.

    Attributes:
        id: unique in its dataset, ``<group>/<stem>``, or a relative path of another depth; safe characters.
        group: related images share it (co-segmentation group, video sequence, city).
        image: uint8 (H, W, 3), RGB.
        target: int32 (H, W), class index in [0, C) or ``IGNORE``; class 0 is background in foreground sets;
            None where the dataset has no ground truth. What needs it asks for :attr:`truth`.
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
    target: np.ndarray | None = None
    instances: np.ndarray | None = None

    def __post_init__(self) -> None:
        h, w = self.image.shape[:2]
        if self.image.dtype != np.uint8 or self.image.shape != (h, w, 3) or h == 0 or w == 0:
            raise InputError(
                f"{self.id}: image must be uint8 (H, W, 3), got {self.image.dtype} {self.image.shape}"
            )
        if self.target is not None and (self.target.shape != (h, w) or self.target.dtype != np.int32):
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

    @property
    def truth(self) -> np.ndarray:
        """The target, int32 (H, W).

        Raises:
            InputError: there is none.
        """
        if self.target is None:
            raise InputError(f"{self.id} has no ground truth; {NO_TRUTH}")
        return self.target
