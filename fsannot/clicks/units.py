"""The units of a dataset that are clicked: images, instances, or the class regions of an image."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.sample import IGNORE, Sample


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit of clicking, which is one row of the results.

    Attributes:
        index: of the image in its dataset.
        sample: the image.
        instance: number of the instance, 1 to K; None where the unit is the image.
        gt: int (H, W): 1 object, 0 background, or the classes of a semantic dataset; −1 ignored.
        shared: number of units in the image.
    """

    index: int
    sample: Sample
    instance: int | None
    gt: np.ndarray
    shared: int = 1

    @property
    def name(self) -> str:
        """The image's id, with the instance where there is one."""
        return self.sample.id if self.instance is None else f"{self.sample.id}, instance {self.instance}"


def units(dataset: Dataset, index: int) -> Iterator[Unit]:
    """The units of one image.

    Args:
        dataset: the images.
        index: of the image, from 0.

    Yields:
        the units, by rising number of the instance; the whole image where it has no instances.
    """
    sample = dataset[index]
    numbers: list[int] = []
    if dataset.unit == "instance" and sample.instances is not None:
        numbers = np.unique(sample.instances[sample.instances > 0]).tolist()
    if dataset.task == "semantic":
        yield Unit(index, sample, None, sample.truth)
    elif sample.instances is not None and numbers:
        for number in numbers:
            alone = (sample.instances == number).astype(np.int8)
            alone[sample.truth == IGNORE] = IGNORE
            yield Unit(index, sample, number, alone, len(numbers))
    else:
        yield Unit(index, sample, None, np.clip(sample.truth, IGNORE, 1).astype(np.int8))


def nothing_to_click(unit: Unit, dataset: Dataset) -> str | None:
    """Why a unit cannot be clicked.

    Args:
        unit: an image or instance.
        dataset: that it belongs to.

    Returns:
        the reason, without a full stop, or None where the unit can be clicked.
    """
    classes = np.unique(unit.gt[unit.gt != IGNORE]).tolist()
    if not classes:
        return "every pixel of the ground truth is ignored"
    if dataset.task == "semantic":
        return f"the ground truth holds nothing but class {classes[0]}" if len(classes) == 1 else None
    if 1 not in classes:
        return "the ground truth has no object pixel"
    return None if 0 in classes else "the ground truth has no background pixel"
