"""Edge maps thinned to lines one pixel wide, as boundary evaluation needs them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_TRIANGLE = np.array([0.25, 0.5, 0.25], np.float32)  # blurs a plateau into a ridge, as is usual for networks
_SMOOTHING = 2.0  # sigma, pixels: as wide as the triangle filter of radius 4 the usual toolbox takes
_TOLERANCE = 1.01  # a pixel survives when it is at least this close to its neighbours across the edge
_BORDER = 5  # pixels over which strength near the frame is damped, as in the same toolbox


def suppress_non_maxima(edge_map: np.ndarray) -> np.ndarray:
    """The ridges of an edge map; everything else 0.

    The map is blurred a little (triangle of radius 1), so that a plateau has a middle. A pixel survives if,
    across the edge, neither neighbour at distance 1 (bilinear) is stronger by more than 1 %. "Across" is the
    direction in which the smoothed map bends most, on the crest or on its flanks: the eigenvector of its
    Hessian whose eigenvalue has the largest size. After P. Dollár and C. L. Zitnick, *Fast Edge Detection
    Using Structured Forests*, TPAMI 2015, doi:10.1109/TPAMI.2014.2377715.

    Args:
        edge_map: float32 (H, W) in [0, 1].

    Returns:
        float32 (H, W); values are those of the blurred map, damped linearly over the outermost 5 pixels,
        where detectors respond to the frame.
    """
    xx = ndimage.gaussian_filter(edge_map, _SMOOTHING, order=(0, 2), mode="nearest")
    yy = ndimage.gaussian_filter(edge_map, _SMOOTHING, order=(2, 0), mode="nearest")
    xy = ndimage.gaussian_filter(edge_map, _SMOOTHING, order=(1, 1), mode="nearest")
    # ½·atan2(2xy, xx − yy) is the direction of the larger eigenvalue, ½(xx + yy) + …; where that sum is
    # negative, on the crest, the smaller eigenvalue has the larger size, and it is perpendicular
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.where(xx + yy < 0, np.pi / 2, 0)
    dy, dx = np.sin(angle), np.cos(angle)
    blurred = edge_map
    for axis in (0, 1):
        blurred = ndimage.convolve1d(blurred, _TRIANGLE, axis=axis, mode="nearest")
    y, x = np.indices(edge_map.shape, np.float32)
    kept = np.ones(edge_map.shape, bool)
    for side in (-1, 1):
        across = ndimage.map_coordinates(blurred, (y + side * dy, x + side * dx), order=1, mode="nearest")
        kept &= blurred * _TOLERANCE >= across
    return np.where(kept, blurred * _damping(edge_map.shape), 0).astype(np.float32)


def _damping(shape: tuple[int, ...]) -> np.ndarray:
    """Factor float32 (H, W) that rises from 0 at the frame to 1 at 5 pixels."""
    sides = [np.minimum(np.arange(n), np.arange(n)[::-1]) / _BORDER for n in shape]
    return np.minimum(np.minimum.outer(*sides), 1.0).astype(np.float32)
