"""One edge model at several image sizes, and mirrored, averaged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np

from fsannot.data.errors import InputError
from fsannot.edges.model import EdgeModel


class MultiScale(EdgeModel):
    """Mean of a model's edge maps at several scales, each resized back to the image.

    Shrinking, of the image and of the map, averages over the pixels covered (OpenCV ``INTER_AREA``): without
    it, a scale of 0.5 aliases texture into edges. Enlarging is bilinear. Scale 1 is not resampled.

    Args:
        model: any edge model.
        scales: factors of both sides; the default is the paper's.
        mirror: average with the map of the image's mirror image (left and right exchanged) at each scale, for
            twice the time. What a network has learnt of one side only cancels out.

    Raises:
        InputError: no scale, a scale outside (0, 8], or ``mirror`` is not a boolean.
    """

    def __init__(
        self, model: EdgeModel, scales: Sequence[float] = (0.5, 1.0, 1.5, 2.0), *, mirror: bool = False
    ) -> None:
        self.scales = tuple(float(s) for s in scales)
        if not self.scales or not all(0 < s <= 8 for s in self.scales):
            raise InputError(f"multi-scale: scales={self.scales} is not valid; one or more numbers in (0, 8]")
        if not isinstance(mirror, bool):
            raise InputError(f"multi-scale: mirror={mirror!r} is not valid; true or false")
        self.model = model
        self.mirror = mirror
        self.name = f"{model.name}_multiscale"

    def fingerprint(self) -> str:
        mirrored = " mirror" if self.mirror else ""
        settings = f"multiscale v1 {self.scales!r}{mirrored} {self.model.fingerprint()}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        seen = []  # at all scales together, so that the model has enough to do for several threads
        for scale in self.scales:
            sizes = [tuple(max(1, round(s * scale)) for s in image.shape[:2]) for image in images]
            resized = [_resize(i, size) for i, size in zip(images, sizes, strict=True)]
            seen += resized
            if self.mirror:
                # copied: networks want contiguous memory
                seen += [np.ascontiguousarray(i[:, ::-1]) for i in resized]
        maps_of = iter(self.model.predict(seen))
        sums = [np.zeros(image.shape[:2], np.float32) for image in images]
        for _ in self.scales:
            for total in sums:
                total += _resize(next(maps_of), total.shape)
            if self.mirror:
                for total in sums:
                    total += _resize(np.ascontiguousarray(next(maps_of)[:, ::-1]), total.shape)
        maps = len(self.scales) * (2 if self.mirror else 1)
        # rounding of the mean may leave [0, 1] by one unit in the last place
        return [np.clip(total / maps, 0.0, 1.0) for total in sums]


def _resize(array: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """``array`` (H, W, …) at ``size`` (H', W')."""
    if array.shape[:2] == size:
        return array
    shrinks = size[0] < array.shape[0]
    return cv2.resize(array, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
