"""Edge maps thinned to lines one pixel wide, as boundary evaluation needs them."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

_SMOOTHING = 4  # radius of the triangle that orientation is taken from, pixels
_TOLERANCE = 1.01  # a pixel survives when it is at least this close to its neighbors across the edge
_BORDER = 5  # pixels over which strength near the frame is damped
_FLAT = 1e-5  # added to a second derivative, so that flat places have an orientation


def suppress_non_maxima(edge_map: np.ndarray) -> np.ndarray:
    """The ridges of an edge map; everything else 0.

    The non-maximum suppression that published boundary scores rest on, of the toolbox of P. Dollár and
    C. L. Zitnick, *Fast Edge Detection Using Structured Forests*, TPAMI 2015, doi:10.1109/TPAMI.2014.2377715,
    as it was applied to networks since HED: the map is blurred a little (triangle of radius 1), so that a
    plateau has a middle. A pixel survives if neither neighbor at distance 1 across the edge (bilinear) is
    stronger by more than 1 %.

    Args:
        edge_map: float32 (H, W) in [0, 1].

    Returns:
        float32 (H, W); values are those of the blurred map, damped linearly over the outermost 5 pixels of each
        side, where detectors respond to the frame.
    """
    blurred = smooth_triangle(edge_map, 1)
    angle = across_edge(blurred)
    y, x = np.indices(edge_map.shape, np.float32)
    kept = np.ones(edge_map.shape, bool)
    for side in (-1, 1):
        place = y + side * np.sin(angle), x + side * np.cos(angle)
        kept &= blurred * _TOLERANCE >= ndimage.map_coordinates(blurred, place, order=1, mode="nearest")
    return np.where(kept, blurred * _damping(edge_map.shape), 0).astype(np.float32)


def smooth_triangle(edge_map: np.ndarray, radius: int) -> np.ndarray:
    """Convolution with a triangle of ``radius`` ≥ 1 pixels along both axes, frame mirrored; sum 1.

    Weights fall linearly from radius + 1 in the middle to 1 at the end, (1, 2, 1)/4 for radius 1.

    Args:
        edge_map: float32 (H, W).
        radius: of the triangle, pixels, ≥ 1.

    Returns:
        float32 (H, W), smoothed.
    """
    rise = np.arange(1, radius + 2)
    weights = np.concatenate([rise, rise[-2::-1]]) / (radius + 1) ** 2
    for axis in (0, 1):
        edge_map = ndimage.convolve1d(edge_map, weights, axis=axis, mode="reflect")
    return edge_map


def across_edge(edge_map: np.ndarray) -> np.ndarray:
    """Direction across the edge, radians in [0, π), from the x axis towards the y axis; (H, W).

    From second derivatives of the smoothed map. On a straight ridge with normal (cos a, sin a) they are in the
    proportion cos² a : cos a sin a : sin² a and negative; the toolbox takes arctan(yy · sign(−xy) / xx), that
    is ±arctan(tan² a): exact at multiples of 45°, up to 12.8° off between. That is kept, because scores are
    to be compared with published ones.

    Args:
        edge_map: float32 (H, W) in [0, 1].

    Returns:
        float (H, W), radians in [0, π).
    """
    dy, dx = np.gradient(smooth_triangle(edge_map, _SMOOTHING))
    xx = np.gradient(dx, axis=1)
    yy, xy = np.gradient(dy)
    # the toolbox's sign(−xy) is 0 on lines exactly along an axis, which makes horizontal ones vertical
    return np.mod(np.arctan(yy * np.where(xy > 0, -1, 1) / (xx + _FLAT)), np.pi)


def _damping(shape: tuple[int, ...]) -> np.ndarray:
    """Factor float32 (H, W) that rises from 0 at the frame to 1 at 5 pixels; corners are damped twice."""
    sides = [np.minimum(np.minimum(np.arange(n), np.arange(n)[::-1]) / _BORDER, 1.0) for n in shape]
    return np.multiply.outer(*sides).astype(np.float32)
