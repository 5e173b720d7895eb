"""When a person goes on from one region of an image to the next, and what an image is worth on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fsannot.data.sample import IGNORE

SATISFIED = (0.80, 0.85, 0.90, 0.95)
"""IoUs, or agreements, at which a person is satisfied who stops early; such a person knows the truth."""


@dataclass(frozen=True)
class RegionRule:
    """How often a region is clicked.

    Attributes:
        clicks: most clicks.
        iou: IoU at which a person goes on before; None never does.

    Examples:
        >>> RegionRule(20, 0.9).count(np.array([0.5, 0.91, 0.95])), RegionRule(2).count(np.array([0.5, 0.91, 0.95]))
        (2, 2)
        >>> RegionRule(1).name, RegionRule(20, 0.9).name
        ('1 click a region', 'regions to IoU 0.9')
    """

    clicks: int
    iou: float | None = None

    @property
    def name(self) -> str:
        """The rule in words."""
        if self.iou is not None:
            return f"regions to IoU {self.iou:g}"
        return f"{self.clicks} click{'s' if self.clicks != 1 else ''} a region"

    def count(self, ious: np.ndarray) -> int:
        """How many of the clicks on a region are made.

        Args:
            ious: float (K,), after each click that was tried.

        Returns:
            1 to K.
        """
        most = min(self.clicks, len(ious))
        reached = np.flatnonzero(ious[:most] >= (np.inf if self.iou is None else self.iou))
        return int(reached[0]) + 1 if reached.size else most


def region_rules(max_clicks: int) -> tuple[RegionRule, ...]:
    """Every fixed number of clicks, and every IoU at which a person is satisfied.

    Args:
        max_clicks: most clicks on a region.

    Returns:
        the rules.
    """
    fixed = [RegionRule(clicks) for clicks in range(1, max_clicks + 1)]
    return (*fixed, *(RegionRule(max_clicks, iou) for iou in SATISFIED))


class Painting:
    """The masks of an image's regions after each click, painted one over the other in their order.

    Args:
        gt: int (H, W), class of each pixel from 0, or ``IGNORE``.

    Masks are kept as bits: all clicks on all regions of a photograph are hundreds of them.
    """

    def __init__(self, gt: np.ndarray) -> None:
        self._gt = gt
        self._known = int(np.count_nonzero(gt != IGNORE))
        self._values: list[int] = []
        self._masks: list[list[np.ndarray]] = []

    def add(self, value: int, masks: Sequence[np.ndarray]) -> None:
        """The next region.

        Args:
            value: its class.
            masks: bool (H, W), after each click on it.
        """
        self._values.append(value)
        self._masks.append([_bits(mask) for mask in masks])

    def agreement(self, counts: Sequence[int]) -> np.ndarray:
        """Agreement after each click, where each region gets some of its clicks.

        Args:
            counts: clicks on each region, each at least 1.

        Returns:
            float64 (sum of counts,), fraction of the pixels with ground truth that have the right class.
        """
        right = np.zeros_like(self._masks[0][0])
        found: list[float] = []
        for value, masks, count in zip(self._values, self._masks, counts, strict=True):
            hit = _bits(self._gt == value)
            before = _ones(right)
            found += [
                (before + _ones(mask & hit) - _ones(mask & right)) / self._known for mask in masks[:count]
            ]
            last = masks[count - 1]
            right = (right & ~last) | (last & hit)
        return np.array(found, np.float64)

    def labels(self, counts: Sequence[int]) -> np.ndarray:
        """The labels at the end.

        Args:
            counts: clicks on each region; a region with 0 is not painted.

        Returns:
            int32 (H, W), the class of each pixel; ``IGNORE`` where no mask was painted.
        """
        labels = np.full(self._gt.shape, IGNORE, np.int32)
        for region, (value, count) in enumerate(zip(self._values, counts, strict=True)):
            if count:
                labels[self.mask(region, count)] = value
        return labels

    def mask(self, region: int, count: int) -> np.ndarray:
        """A region after some clicks.

        Args:
            region: its number, from 0.
            count: clicks, at least 1.

        Returns:
            bool (H, W).
        """
        flat = np.unpackbits(self._masks[region][count - 1].view(np.uint8), count=self._gt.size)
        return flat.reshape(self._gt.shape).astype(np.bool_)


def _bits(mask: np.ndarray) -> np.ndarray:
    """Bits of a mask, uint64."""
    packed = np.packbits(mask)
    return np.concatenate([packed, np.zeros(-len(packed) % 8, np.uint8)]).view(np.uint64)


def _ones(bits: np.ndarray) -> int:
    return int(np.bitwise_count(bits).sum())
