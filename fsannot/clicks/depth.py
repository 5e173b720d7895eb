"""Depth of each pixel inside an error region, which decides where the next click goes."""

from __future__ import annotations

import math
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
        values: float32 or float64 (h, w), pixels to the nearest one outside the region, 0 outside.
        y0, x0: image position of ``values[0, 0]``.
        exact: whether values that differ by rounding alone count as equal.
    """

    values: np.ndarray
    y0: int
    x0: int
    exact: bool

    def maximum(self) -> float:
        """Largest depth: squared pixels (a whole number) where ``exact``, else pixels; 0 for an empty region."""
        deepest = self.values.max().item() if self.values.size else 0.0
        return float(round(deepest * deepest)) if self.exact else deepest

    def deepest(self) -> np.ndarray:
        """The pixels of the largest depth, bool (h, w)."""
        if self.exact:  # squared distances are whole numbers: half of one separates the largest from the next
            return self.values >= math.sqrt(max(self.maximum() - 0.5, 0.0))
        return self.values == self.values.max()


def region_depth(region: np.ndarray, transform: Transform = "exact") -> Depth:
    """Euclidean distance of each pixel of a region to the nearest pixel outside; beyond the image is outside.

    Args:
        region: bool (H, W).
        transform: ``"exact"`` compares squared distances, which are whole numbers, so that equal depths are equal, as
            in f-BRS and FCANet (SciPy's transform). ``"opencv"`` is ``cv2.DIST_L2`` with mask size 0 over the padded
            image, whose float32 rounding breaks some of these ties, as in RITM and SimpleClick.

    Returns:
        the depth inside the region's box.

    Notes:
        The exact transform looks at the region's box with a margin of one pixel. The nearest outside pixel of any
        pixel
        of the region lies there: one further away can be moved onto the margin, which is outside too, and is then
            nearer.

        OpenCV's transform runs without Intel's IPP, which OpenCV uses for small images on one thread: IPP's last bits
        differ from call to call (by up to 2e-6 pixels in 49 of 73 regions with OpenCV 5.0.0; the deepest pixel was
        the same in all of them). OpenCV's own code gives the same bits with 1, 2 and 8 threads and in two processes,
        and is as fast. Other builds or processors may still round differently, which does not affect ``"exact"``.

    Examples:
        >>> import numpy as np
        >>> region_depth(np.ones((3, 5), bool)).values.astype(int)
        array([[1, 1, 1, 1, 1],
               [1, 2, 2, 2, 1],
               [1, 1, 1, 1, 1]])
    """
    pixels = np.ascontiguousarray(region).view(np.uint8)
    if transform == "opencv":
        padded = np.pad(pixels, 1)
        distance = _opencv_distance(padded)
        return Depth(distance[1:-1, 1:-1], 0, 0, exact=False)
    x, y, w, h = cv2.boundingRect(pixels)
    if w == 0:
        return Depth(np.zeros((0, 0), np.float32), 0, 0, exact=True)
    box = np.pad(pixels[y : y + h, x : x + w], 1)
    small = max(box.shape) <= _ROUNDS_RIGHT
    distance = _opencv_distance(box) if small else ndimage.distance_transform_edt(box)
    return Depth(distance[1:-1, 1:-1], y, x, exact=True)


def _opencv_distance(pixels: np.ndarray) -> np.ndarray:
    """float32 (H, W): distance of each pixel of a uint8 (H, W) to the nearest zero, the same bits at every call."""
    used = cv2.ipp.useIPP()  # of this thread alone
    cv2.ipp.setUseIPP(False)
    try:
        return cv2.distanceTransform(pixels, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    finally:
        cv2.ipp.setUseIPP(used)
