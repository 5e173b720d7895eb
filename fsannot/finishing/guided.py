"""Masks smoothed along the colors of the image: the guided filter."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import cv2
import numpy as np

from fsannot.finishing.finisher import Finisher, check_amount

BLOCK_PIXELS = 1 << 20
"""Pixels filtered at once; some 30 float32 arrays of that size are in memory."""


def guided_filter(image: np.ndarray, maps: np.ndarray, *, radius: int, eps: float) -> np.ndarray:
    """Color guided filter (He, Sun, Tang, TPAMI 2013, 10.1109/TPAMI.2012.213).

    In each window of (2 radius + 1)² pixels the map is fitted by a linear function of the three colors, with ``eps`` on
    its squared coefficients; a pixel gets the mean of the functions of all windows it lies in. Windows are cut at the
    border of the image.

    Args:
        image: uint8 (H, W, 3), RGB; its colors are divided by 255.
        maps: float32 (K, H, W).
        radius: pixels, ≥ 1.
        eps: > 0; larger smooths more.

    Returns:
        float32 (K, H, W).
    """
    height, width = image.shape[:2]
    out = np.empty(maps.shape, np.float32)
    for top, bottom, first, last in _blocks(height, width, 2 * radius):
        part = _filtered(image[first:last], maps[:, first:last], radius, eps)
        out[:, top:bottom] = part[:, top - first : bottom - first]
    return out


def _blocks(height: int, width: int, margin: int) -> Iterator[tuple[int, int, int, int]]:
    """Rows of the image a block at a time, and with the rows around them that they depend on."""
    step = max(BLOCK_PIXELS // width, margin)
    for top in range(0, height, step):
        bottom = min(top + step, height)
        yield top, bottom, max(top - margin, 0), min(bottom + margin, height)


def _filtered(image: np.ndarray, maps: np.ndarray, radius: int, eps: float) -> np.ndarray:
    side = (2 * radius + 1, 2 * radius + 1)
    guide = image.astype(np.float32) / np.float32(255)

    def total(values: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(values, cv2.CV_32F, side, normalize=False, borderType=cv2.BORDER_CONSTANT)

    share = 1 / total(np.ones(image.shape[:2], np.float32))

    def mean(values: np.ndarray) -> np.ndarray:
        return total(np.ascontiguousarray(values)) * share

    colors = [guide[..., c] for c in range(3)]
    means = [mean(color) for color in colors]
    rr, rg, rb, gg, gb, bb = (
        mean(colors[i] * colors[j]) - means[i] * means[j] + (np.float32(eps) if i == j else 0)
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    )
    # inverse of the symmetric 3 × 3 covariance, by cofactors
    inverse = [[gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb]]
    inverse.append([inverse[0][1], rr * bb - rb * rb, rb * rg - rr * gb])
    inverse.append([inverse[0][2], inverse[1][2], rr * gg - rg * rg])
    scale = 1 / (rr * inverse[0][0] + rg * inverse[0][1] + rb * inverse[0][2])
    out = np.empty(maps.shape, np.float32)
    for k, values in enumerate(maps):
        middle = mean(values)
        shared = [mean(color * values) - m * middle for color, m in zip(colors, means, strict=True)]
        slopes = [scale * (row[0] * shared[0] + row[1] * shared[1] + row[2] * shared[2]) for row in inverse]
        offset = middle - sum(slope * m for slope, m in zip(slopes, means, strict=True))
        out[k] = mean(offset) + sum(mean(slope) * color for slope, color in zip(slopes, colors, strict=True))
    return out


class Guided(Finisher):
    """The guided filter of each class's mask: boundaries move to where colors change.

    Args:
        radius: of its windows, pixels.
        eps: its smoothing, on colors in [0, 1].
        reach: see ``Finisher``.

    Raises:
        InputError: a number outside its range.

    Example:
        >>> image = np.zeros((8, 12, 3), np.uint8)
        >>> image[:, 5:] = 200
        >>> labels = np.zeros((8, 12), int)
        >>> labels[:, 6:] = 1  # one column too few
        >>> Guided().finish(image, labels, labels).labels[4].tolist()
        [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    """

    name = "guided"

    def __init__(self, *, radius: int = 4, eps: float = 1e-3, reach: float = 6.0) -> None:
        self.radius = int(check_amount(radius, "radius", least=1, most=100))
        self.eps = check_amount(eps, "eps", least=1e-6, most=1)
        self.reach = check_amount(reach, "reach", least=1, most=1000)

    def fingerprint(self) -> str:
        settings = f"guided|{self.radius}|{self.eps}|{self.reach}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def _probability(
        self,
        image: np.ndarray,
        classes: np.ndarray,
        place: np.ndarray,
        label_map: np.ndarray,
        edge_map: np.ndarray | None,
    ) -> np.ndarray:
        maps = (np.arange(len(classes))[:, None, None] == place).astype(np.float32)
        return self.smoothed(image, maps)

    def smoothed(self, image: np.ndarray, maps: np.ndarray) -> np.ndarray:
        """Filter probabilities.

        Args:
            image: uint8 (H, W, 3), RGB.
            maps: float32 (K, H, W) in [0, 1], which add up to 1.

        Returns:
            float32 (K, H, W) in [0, 1], which add up to 1.
        """
        if len(maps) == 2:
            second = guided_filter(image, maps[1:], radius=self.radius, eps=self.eps)[0].clip(0, 1)
            return np.stack([1 - second, second])
        smooth = guided_filter(image, maps, radius=self.radius, eps=self.eps).clip(0, 1)
        return smooth / smooth.sum(0)
