"""Zoom-in: the network sees an enlarged crop around the object (Sofiiuk et al., CVPR 2020)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from fsannot.clicks.predictors.points import Points
from fsannot.data.errors import InputError
from fsannot.networks.images import resize

Box = tuple[int, int, int, int]  # first row, last row, first column, last column; all inclusive


class ZoomIn:
    """Crops and enlarges the image before the network, and pastes the answer back; keeps its box between clicks.

    The box holds the previous mask and every positive click. It is enlarged by ``expansion``, to ``min_side`` at
    least, and clamped to the image. It moves when a positive click falls outside it, or when the box that would be
    chosen now overlaps it by less than ``keep_overlap``.

    Args:
        target: long side of the crop in pixels, or the (height, width) it is squashed to; sides of at least 32.
        from_first_click: crop from the first click on, where the crop is the whole image (SimpleClick); else from the
            second.
        expansion: side of the box over side of the object.
        min_side: smallest side of the box before clamping, pixels of the image.
        keep_overlap: overlap of rows times overlap of columns (each intersection over union) below which the box
            moves.
        threshold: a pixel belongs to the object where its probability is above it.

    Raises:
        InputError: a side of ``target`` is below 32.
    """

    def __init__(
        self,
        *,
        target: int | tuple[int, int],
        from_first_click: bool = False,
        expansion: float = 1.4,
        min_side: int = 200,
        keep_overlap: float = 0.5,
        threshold: float = 0.5,
    ) -> None:
        sides = target if isinstance(target, tuple) else (target,)
        if any(side < 32 for side in sides):
            raise InputError(f"zoom size {target} is not valid; sides are at least 32 pixels")
        self.long_side, self.from_first_click = target, from_first_click
        self.expansion, self.min_side = expansion, min_side
        self.keep_overlap, self.threshold = keep_overlap, threshold
        self.reset()

    def reset(self) -> None:
        """Forget the episode."""
        self._box: Box | None = None
        self._previous: np.ndarray | None = None  # (H, W) probability after the last click

    def crop(self, image: Tensor, points: Points) -> tuple[Tensor, Points, bool]:
        """The part of the image that the network sees.

        Args:
            image: float (1, C, H, W).
            points: all clicks of the episode, in the image.

        Returns:
            the crop, float (1, C, h, w); the clicks in it; and whether the box moved.
        """
        if len(points) <= 1 and not self.from_first_click:
            return image, points, False
        wanted = self._wanted_box(points)
        if wanted is None:
            if not self.from_first_click:
                # An empty prediction shows the network the whole image. ``paste`` still uses the box of
                # before: that is what the published programs do, and their numbers include it.
                return image, points, False
            wanted = (0, image.shape[2] - 1, 0, image.shape[3] - 1)
        moved = (
            self._box is None
            or not _holds(self._box, points)
            or _overlap(wanted, self._box) < self.keep_overlap
        )
        if moved:
            self._box = wanted
        assert self._box is not None
        top, bottom, left, right = self._box
        height, width = bottom - top + 1, right - left + 1
        if isinstance(self.long_side, tuple):
            size = self.long_side
        else:
            scale = self.long_side / max(height, width)
            size = (max(1, round(height * scale)), max(1, round(width * scale)))
        crop = resize(image[:, :, top : bottom + 1, left : right + 1], size)
        places = np.stack(
            [size[0] * (points.places[:, 0] - top) / height, size[1] * (points.places[:, 1] - left) / width],
            axis=1,
        )
        return crop, Points(places, points.positive), moved

    def paste(self, probability: Tensor) -> Tensor:
        """Put the network's answer back into the image, and remember it for the next click.

        Args:
            probability: float (1, 1, h, w), of the crop.

        Returns:
            float (1, 1, H, W), 0 outside the box.
        """
        if self._box is not None:
            top, bottom, left, right = self._box
            inside = resize(probability, (bottom - top + 1, right - left + 1))
            if self._previous is None:
                probability = inside
            else:
                probability = torch.zeros(
                    (1, 1, *self._previous.shape), device=inside.device, dtype=inside.dtype
                )
                probability[:, :, top : bottom + 1, left : right + 1] = inside
        self._previous = probability[0, 0].cpu().numpy()
        return probability

    def _wanted_box(self, points: Points) -> Box | None:
        if self._previous is None:
            return None
        mask = self._previous > self.threshold
        if not mask.any():
            return None
        rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        positive = points.places[points.positive].astype(int)
        extent = []
        for axis, used in enumerate((rows, cols)):
            on = [*positive[:, axis].tolist(), int(used[0]), int(used[-1])]
            first, last = min(on), max(on)
            side = max(self.expansion * (last - first + 1), self.min_side)
            middle = 0.5 * (first + last)
            # round() takes halves to even, as the published code does
            extent += [
                max(0, round(middle - 0.5 * side)),
                min(mask.shape[axis] - 1, round(middle + 0.5 * side)),
            ]
        return extent[0], extent[1], extent[2], extent[3]


def _holds(box: Box, points: Points) -> bool:
    """Whether all positive clicks are inside; the last row and column count as outside, as published."""
    rows, cols = points.places[points.positive].T
    return bool(((rows >= box[0]) & (rows < box[1]) & (cols >= box[2]) & (cols < box[3])).all())


def _overlap(a: Box, b: Box) -> float:
    product = 1.0
    for k in (0, 2):
        shared = max(0, min(a[k + 1], b[k + 1]) - max(a[k], b[k]) + 1)
        product *= shared / max(1e-6, max(a[k + 1], b[k + 1]) - min(a[k], b[k]) + 1)
    return product
