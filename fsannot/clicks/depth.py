"""How deep each pixel lies inside an error region: the distance that decides where the next click goes."""

from __future__ import annotations

from typing import Literal, NamedTuple

import cv2
import numpy as np
from scipy import ndimage

Transform = Literal["exact", "opencv"]

_ROUNDS_RIGHT = 1024
"""Up to this side OpenCV's float32 transform, rounded, is the exact squared distance: where two parabolas of
its lower envelope differ by a whole number, their crossing is at least 1/(2·side) pixels away from any pixel,
more than float32 can be off. Larger regions go through SciPy."""


class Depth(NamedTuple):
    """Depth inside the box of a region; 0 everywhere else.

    Attributes:
        values: (h, w), growing with the distance to the nearest pixel outside the region, 0 outside. Squared
            pixels (int64) for ``"exact"``, pixels (float32) for ``"opencv"``.
        y0, x0: image position of ``values[0, 0]``.
    """

    values: np.ndarray
    y0: int
    x0: int

    @property
    def maximum(self) -> float:
        return self.values.max().item() if self.values.size else 0


def region_depth(region: np.ndarray, transform: Transform = "exact") -> Depth:
    """Euclidean distance of each pixel of a region to the nearest one outside; beyond the image is outside.

    Args:
        region: bool (H, W).
        transform: ``"exact"`` gives squared distances as integers, so that equal depths are equal numbers;
            ``"opencv"`` is ``cv2.DIST_L2`` with the precise mask over the whole padded image, whose float32
            rounding breaks some of those ties, as it does in the published programs that use it.

    The exact transform looks at the region's box and one pixel around it. The nearest outside pixel of any
    pixel of the region lies there: moving one that lies further onto the margin brings it nearer, and the
    margin is outside.
    """
    padded = np.pad(region, 1).view(np.uint8)
    if transform == "opencv":
        return Depth(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1], 0, 0)
    x, y, w, h = cv2.boundingRect(padded)
    if w == 0:
        return Depth(np.zeros((0, 0), np.int64), 0, 0)
    box = np.ascontiguousarray(padded[y - 1 : y + h + 1, x - 1 : x + w + 1])
    if max(box.shape) <= _ROUNDS_RIGHT:
        distance = cv2.distanceTransform(box, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    else:
        distance = ndimage.distance_transform_edt(box)
    inner = distance[1:-1, 1:-1]
    return Depth(np.rint(np.square(inner)).astype(np.int64), y - 1, x - 1)
