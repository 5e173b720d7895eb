"""The instances of a mask: connected regions of one class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import find_objects
from skimage.measure import label as connected


@dataclass(frozen=True, eq=False)
class Region:
    """A connected region.

    Attributes:
        number: its value in the component map, from 1.
        label: its class.
        area: pixels.
        box: left, top, width and height of its bounding box, pixels.
    """

    number: int
    label: int
    area: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of one mask, in the order in which rows from the top meet them.

    Attributes:
        components: int32 (H, W), number of the region of each pixel, 0 = none.
        regions: region ``number`` is at ``number − 1``.
    """

    components: np.ndarray
    regions: tuple[Region, ...]

    def __iter__(self) -> Iterator[Region]:
        return iter(self.regions)

    def cut(self, region: Region) -> np.ndarray:
        """A region in its bounding box, bool (height, width)."""
        left, top, width, height = region.box
        return self.components[top : top + height, left : left + width] == region.number


def find_regions(labels: np.ndarray, classes: Sequence[int]) -> Regions:
    """Connected regions of the same class; pixels that touch at a corner are connected.

    Args:
        labels: int (H, W), class of each pixel.
        classes: those whose regions are wanted.

    Returns:
        the regions; every pixel of one of the classes is in exactly one of them.

    Example:
        >>> [(r.label, r.area, r.box) for r in find_regions(np.array([[1, 0, 2], [0, 1, 2]]), [1, 2])]
        [(1, 2, (0, 0, 2, 2)), (2, 2, (2, 0, 1, 2))]
    """
    kept = np.where(np.isin(labels, classes), labels, -1).astype(np.int32)
    components = connected(kept, background=-1, connectivity=2).astype(np.int32)
    areas = np.bincount(components.ravel())
    regions = []
    for number, (rows, columns) in enumerate(find_objects(components), start=1):
        top, left = rows.start, columns.start
        box = (left, top, columns.stop - left, rows.stop - top)
        first = int(np.argmax(components[top, columns] == number))  # a pixel of its first row
        regions.append(Region(number, int(labels[top, left + first]), int(areas[number]), box))
    return Regions(components, tuple(regions))
