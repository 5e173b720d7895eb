"""Labelled images as the formats take them: their masks, their classes, and which classes are objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fsannot.data.errors import InputError


@dataclass(frozen=True)
class LabelledImage:
    """An image with its mask. Both are read when they are asked for.

    Attributes:
        id: of the image, a relative path without ending.
        file_name: of the image, as other tools know it.
        labels: gives int (H, W), class of each pixel, −1 = unlabelled.
        image: gives uint8 (H, W, 3), RGB.
    """

    id: str
    file_name: str
    labels: Callable[[], np.ndarray]
    image: Callable[[], np.ndarray]


@dataclass(frozen=True)
class Labelling:
    """Labelled images of one dataset.

    Attributes:
        images: in order.
        classes: class names by index.
        task: of the dataset. In foreground sets class 0 is also what nobody labelled.

    Raises:
        InputError: no image, or two of one id.

    Example:
        >>> masks = Labelling([], ("background", "dog", "cat"), "semantic")
        Traceback (most recent call last):
        ...
        fsannot.data.errors.InputError: there is no image to export
    """

    images: Sequence[LabelledImage]
    classes: tuple[str, ...]
    task: Literal["foreground", "semantic"]

    def __post_init__(self) -> None:
        if not self.images:
            raise InputError("there is no image to export")
        if len({image.id for image in self.images}) < len(self.images):
            raise InputError("two images have one id; rename one of them")

    @property
    def has_background(self) -> bool:
        """Whether class 0 is what lies behind the objects."""
        return self.task == "foreground" or self.classes[0] == "background"

    @property
    def objects(self) -> tuple[int, ...]:
        """Classes whose regions are objects: all but the background."""
        return tuple(range(int(self.has_background), len(self.classes)))

    def read(self, image: LabelledImage) -> np.ndarray:
        """The mask of an image.

        Args:
            image: one of ``images``.

        Returns:
            int (H, W), class of each pixel, −1 = unlabelled.

        Raises:
            InputError: it holds a class that has no name.
        """
        labels = image.labels()
        if labels.ndim != 2 or labels.min(initial=-1) < -1 or labels.max(initial=-1) >= len(self.classes):
            raise InputError(
                f"{image.id}: the mask holds classes up to {labels.max()}, but {len(self.classes)} have names "
                f"({', '.join(self.classes)}); set dataset.classes to the names the masks were made with"
            )
        return labels
