"""A classical colour gradient: no weights, no training."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np
from scipy import ndimage

from fsannot.data.errors import InputError
from fsannot.edges.model import EdgeModel


class Gradient(EdgeModel):
    """Magnitude of the colour gradient in CIELAB.

    The three channels' Gaussian derivatives are joined by the largest eigenvalue λ of their structure
    tensor (Di Zenzo, *A note on the gradient of a multi-image*, CVGIP 1986,
    doi:10.1016/0734-189X(86)90223-9), so that a step between two colours of equal lightness is as good as
    one between two greys. The strength m = sqrt(λ), in ΔE per pixel, becomes 1 − exp(−m / contrast): no
    maximum of the image is involved, so the same step has the same value in every image.

    Args:
        sigma: smoothing in pixels; textures finer than about twice this vanish.
        contrast: gradient in ΔE per pixel that maps to 1 − 1/e ≈ 0.63.

    Raises:
        InputError: ``sigma`` or ``contrast`` is not above 0.

    Example:
        >>> image = np.zeros((8, 8, 3), np.uint8)
        >>> image[:, 4:] = 255
        >>> (edge_map,) = Gradient(sigma=1.0).predict([image])
        >>> edge_map.shape, edge_map.dtype, bool(edge_map[0, 4] > edge_map[0, 0])
        ((8, 8), dtype('float32'), True)
    """

    name = "gradient"

    def __init__(self, sigma: float = 1.5, contrast: float = 8.0) -> None:
        for key, value in (("sigma", sigma), ("contrast", contrast)):
            if not value > 0:
                raise InputError(f"gradient: {key}={value} is not valid; it must be greater than 0")
        self.sigma = float(sigma)
        self.contrast = float(contrast)

    def fingerprint(self) -> str:
        settings = f"gradient v1 sigma={self.sigma!r} contrast={self.contrast!r}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [self._one(image) for image in images]

    def _one(self, image: np.ndarray) -> np.ndarray:
        lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)  # L in [0, 100]
        xx, yy, xy = (np.zeros(image.shape[:2], np.float32) for _ in range(3))
        for channel in np.moveaxis(lab, 2, 0):
            # "nearest" continues the border row: no edge appears along the frame
            dx = ndimage.gaussian_filter(channel, self.sigma, order=(0, 1), mode="nearest")
            dy = ndimage.gaussian_filter(channel, self.sigma, order=(1, 0), mode="nearest")
            xx += dx * dx
            yy += dy * dy
            xy += dx * dy
        largest = 0.5 * (xx + yy + np.sqrt((xx - yy) ** 2 + 4 * xy * xy))
        return (-np.expm1(-np.sqrt(largest) / self.contrast)).astype(np.float32)
