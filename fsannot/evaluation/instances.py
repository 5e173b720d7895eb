"""IoU per instance of a foreground mask that does not tell instances apart."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE

_FAR = 1 << 30  # distance in a column that holds no instance, pixels


@dataclass(frozen=True, eq=False)
class InstanceCells:
    """Which instance answers for each pixel of an image.

    A foreground mask has no instances. Every pixel of it is therefore charged to exactly one instance: to the
    one it lies in, and on the background to the nearest one. The IoU of an instance is

        predicted pixels in it / (its pixels + predicted background pixels charged to it).

    The nearest instance is that of the smallest exact Euclidean distance between pixel centres; at the same
    distance, the lowest number. Ignored pixels count nowhere. What this gives:

    * A false positive anywhere lowers exactly one instance, however far it is from all of them. The mean over
      instances cannot rise by labelling more background.
    * A roof is not blamed for a correct neighbor that it touches: pixels of other instances are no part of its
      union. A mask that is right everywhere has IoU 1 for every instance.
    * Which instance answers for a pixel depends on the ground truth alone. So the scores are sums over pixels,
      and a session's can be counted by segment.

    Other definitions fail one of these. Comparing an instance with the connected components of the mask that
    touch it leaves components that touch none uncharged. Charging a component's false positives to the instances
    it touches lets the mean rise by labelling more background: a bridge to a large instance makes the error
    cheaper. Charging every false positive to every instance counts one error as often as the image has
    instances. The click literature has a mask for each instance, whose errors are all that instance's; such
    masks keep their plain IoU.

    Attributes:
        numbers: int (K,), instances with at least one pixel that is not ignored, rising.
        codes: int32 (H, W): i + 1 inside instance ``numbers[i]``, −(i + 1) on the background it answers for, 0
            where a pixel counts nowhere (ignored, or K = 0).
    """

    numbers: np.ndarray
    codes: np.ndarray

    @classmethod
    def of(cls, instances: np.ndarray, target: np.ndarray | None = None) -> InstanceCells:
        """Cells of the instances of a ground truth.

        Args:
            instances: int32 (H, W), 0 = none, 1..K.
            target: int32 (H, W), where ``IGNORE`` marks pixels without ground truth; None = there are none.

        Returns:
            the instances, and which of them answers for each pixel.

        Raises:
            InputError: arrays of other shapes.
        """
        if instances.ndim != 2 or (target is not None and target.shape != instances.shape):
            shape = None if target is None else target.shape
            raise InputError(f"instances {instances.shape} and target {shape} must both be (H, W) and agree")
        counted = np.ones(instances.shape, bool) if target is None else target != IGNORE
        inside = np.where(counted, instances, 0)
        numbers = np.unique(inside[inside > 0])
        if not numbers.size:
            return cls(numbers, np.zeros(instances.shape, np.int32))
        # rising numbers become 1..K, so that the lowest number is the lowest place
        places = np.where(inside > 0, np.searchsorted(numbers, inside) + 1, 0).astype(np.int32)
        codes = np.where(places > 0, places, -_nearest(places))
        return cls(numbers, np.where(counted, codes, 0).astype(np.int32))

    def ious(self, mask: np.ndarray) -> np.ndarray:
        """IoU of every instance with a foreground mask.

        Args:
            mask: bool (H, W).

        Returns:
            float64 (K,), in [0, 1], in the order of ``numbers``.

        Raises:
            InputError: ``mask`` is not bool, or of another shape.
        """
        if mask.shape != self.codes.shape or mask.dtype != np.bool_:
            raise InputError(
                f"mask must be bool {self.codes.shape} like the instances, got {mask.dtype} {mask.shape}"
            )
        count = len(self.numbers)
        area = np.bincount(self.codes[self.codes > 0], minlength=count + 1)[1:]
        codes = self.codes[mask]
        hit = np.bincount(codes[codes > 0], minlength=count + 1)[1:]
        false = np.bincount(-codes[codes < 0], minlength=count + 1)[1:]
        return hit / (area + false)


def instance_ious(
    mask: np.ndarray, instances: np.ndarray, target: np.ndarray | None = None
) -> dict[int, float]:
    """IoU of every instance with a foreground mask, as ``InstanceCells`` defines it.

    Args:
        mask: bool (H, W).
        instances: int32 (H, W), 0 = none, 1..K.
        target: int32 (H, W), where ``IGNORE`` marks pixels that count nowhere; None = there are none.

    Returns:
        IoU in [0, 1] by instance number, in rising order; empty where the image holds no instance.

    Raises:
        InputError: arrays of other shapes.

    >>> import numpy as np
    >>> instances = np.array([[1, 1, 0, 2]])
    >>> instance_ious(instances > 0, instances)
    {1: 1.0, 2: 1.0}
    """
    cells = InstanceCells.of(instances, target)
    return dict(zip(cells.numbers.tolist(), cells.ious(mask).tolist(), strict=True))


@numba.njit(cache=True)
def _nearest(places: np.ndarray) -> np.ndarray:
    """Place of the nearest instance pixel, int32 (H, W); at the same distance, the lowest place.

    Args:
        places: int32 (H, W), 0 = none; at least one pixel is not.

    The two passes of Meijster, Roerdink and Hesselink, *A general algorithm for computing distance transforms in
    linear time*, 2000, doi:10.1007/0-306-47025-X_36, in whole numbers: along columns, then the lower envelope of
    parabolas along rows. What is minimized is squared distance · (K + 1) + place, so that ties are exact.
    """
    height, width = places.shape
    distance = np.full((height, width), _FAR, np.int64)  # to the nearest in the column
    nearest = places.copy()
    for y in range(height):
        for x in range(width):
            if places[y, x] > 0:
                distance[y, x] = 0
            elif y > 0 and distance[y - 1, x] < _FAR:
                distance[y, x], nearest[y, x] = distance[y - 1, x] + 1, nearest[y - 1, x]
    for y in range(height - 2, -1, -1):
        for x in range(width):
            below = distance[y + 1, x] + 1
            if below < distance[y, x] or (below == distance[y, x] and nearest[y + 1, x] < nearest[y, x]):
                distance[y, x], nearest[y, x] = below, nearest[y + 1, x]
    factor = np.int64(places.max()) + 1
    height_of = np.empty(width, np.int64)  # of the parabola of each column at its own place
    column, start = np.empty((2, width), np.int64)  # of the envelope: whose parabola, and from where on
    result = np.empty((height, width), np.int32)
    for y in range(height):
        last = -1
        for x in range(width):
            if distance[y, x] >= _FAR:
                continue
            height_of[x] = factor * distance[y, x] ** 2 + nearest[y, x]
            while last >= 0:
                at, other = start[last], column[last]
                if factor * (at - other) ** 2 + height_of[other] <= factor * (at - x) ** 2 + height_of[x]:
                    break
                last -= 1
            begins = np.int64(0)
            if last >= 0:
                other = column[last]
                lead = factor * (x * x - other * other) + height_of[x] - height_of[other]
                begins = lead // (2 * factor * (x - other)) + 1
            if begins < width:
                last += 1
                column[last], start[last] = x, begins
        for x in range(width - 1, -1, -1):
            result[y, x] = nearest[y, column[last]]
            if x == start[last]:
                last -= 1
    return result
