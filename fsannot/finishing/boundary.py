"""Where two classes meet."""

from __future__ import annotations

import cv2
import numpy as np


def boundary(place: np.ndarray) -> np.ndarray:
    """Pixels that have a 4-neighbor of another class.

    Args:
        place: int (H, W), class of each pixel.

    Returns:
        bool (H, W).

    Example:
        >>> boundary(np.array([[0, 0, 1, 1]]))
        array([[False,  True,  True, False]])
    """
    found = np.zeros(place.shape, bool)
    down, across = place[1:] != place[:-1], place[:, 1:] != place[:, :-1]
    found[1:] |= down
    found[:-1] |= down
    found[:, 1:] |= across
    found[:, :-1] |= across
    return found


def boundary_distance(place: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the nearest one on the boundary, plus 1: that to another class, within half a pixel.

    Args:
        place: int (H, W), class of each pixel.

    Returns:
        float32 (H, W), ≥ 1, pixels; larger than the image where there is no boundary.

    Example:
        >>> boundary_distance(np.array([[0, 0, 0, 1]])).tolist()
        [[3.0, 2.0, 1.0, 1.0]]
    """
    away = (~boundary(place)).astype(np.uint8)
    if away.all():
        return np.full(place.shape, float(sum(place.shape)), np.float32)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + np.float32(1)


def near_boundary(place: np.ndarray, reach: float) -> np.ndarray:
    """Pixels within ``reach`` of a boundary.

    Args:
        place: int (H, W), class of each pixel.
        reach: pixels.

    Returns:
        bool (H, W).
    """
    return boundary_distance(place) <= reach
