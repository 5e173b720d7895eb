"""What every dataset offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Literal

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError
from fsannot.data.sample import NO_TRUTH, Sample


class Dataset(metaclass=KeepsArguments):
    """An ordered, finite set of images, mostly with ground truth. Files are opened on access, never all at once.

    Opening a dataset checks its whole layout (missing roots, images without mask, masks without image) and
    raises ``DatasetError``; reading a sample checks that sample's files.

    Attributes:
        name: short name as it appears in results, e.g. ``"davis"``.
        task: ``"foreground"`` (class 0 is background, IoU of class 1) or ``"semantic"`` (pixel agreement).
        classes: class names by index.
        unit: what a row of the results is: ``"image"`` or ``"instance"`` (Rooftop).
        has_truth: whether the images have ground truth. Where they have none, nothing is evaluated, and what reads
            ground truth refuses the dataset, see :func:`require_truth`.
    """

    name: str
    task: Literal["foreground", "semantic"]
    classes: tuple[str, ...]
    unit: Literal["image", "instance"] = "image"
    has_truth: bool = True

    @property
    @abstractmethod
    def ids(self) -> tuple[str, ...]:
        """Sample ids, in order; cheap, opens no image."""

    @property
    @abstractmethod
    def groups(self) -> tuple[str, ...]:
        """Group of each sample, in the order of ``ids``."""

    @abstractmethod
    def image(self, index: int) -> np.ndarray:
        """The image alone, without reading the ground truth.

        Code that must not see the ground truth calls only this.

        Args:
            index: position in ``ids``.

        Returns:
            uint8 (H, W, 3), RGB.
        """

    def file_name(self, index: int) -> str:
        """Name of the image's file in formats of other tools, which ask for one.

        Args:
            index: position in ``ids``.

        Returns:
            a relative path with an ending; of images that are not files, the id with ``.png``.
        """
        return f"{self.ids[index]}.png"

    @abstractmethod
    def __getitem__(self, index: int) -> Sample:
        """Image and ground truth; raises ``IndexError`` outside ``range(len(self))``."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of what is in the dataset (ids, bytes of the files or generator settings), undecoded."""

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Sample]:
        return (self[i] for i in range(len(self)))


def require_truth(dataset: Dataset, reader: str) -> None:
    """Refuse a dataset without ground truth.

    Args:
        dataset: the images.
        reader: what reads the ground truth, in the plural, for the message.

    Raises:
        InputError: there is none.
    """
    if not dataset.has_truth:
        raise InputError(f"dataset={dataset.name} has no ground truth, and {reader} read it; {NO_TRUTH}")
