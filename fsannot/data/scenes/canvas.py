"""A picture under construction: colours, and exactly which pixel shows which thing."""

from __future__ import annotations

import numpy as np


class Canvas:
    """Things are painted over each other from back to front.

    Colours blend along outlines as in a photograph; class and instance of a pixel do not: they belong to the
    thing whose outline contains the pixel's centre.

    Attributes:
        image: float32 (H, W, 3), about [0, 1].
        target: int32 (H, W) class index.
        instances: int32 (H, W), 0 = none.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self.image = np.zeros((*size, 3), np.float32)
        self.target = np.zeros(size, np.int32)
        self.instances = np.zeros(size, np.int32)

    def window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns of the square of half-width ``reach`` around (x, y), clipped to the picture."""
        reach = reach + 2
        return _span(y, reach, self.size[0]), _span(x, reach, self.size[1])

    def pixels(self, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the pixel centres in ``window``, each float32 (h, w)."""
        rows, columns = window
        y, x = np.mgrid[rows, columns].astype(np.float32)
        return x, y

    def paint(
        self,
        window: tuple[slice, slice],
        distance: np.ndarray,
        colour: np.ndarray,
        label: int,
        instance: int = 0,
    ) -> None:
        """Paint ``colour`` (h, w, 3) where ``distance`` (h, w), in pixels, is negative."""
        alpha = np.clip(0.5 - distance, 0, 1)[..., None]
        self.image[window] += alpha * (colour - self.image[window])
        inside = distance < 0
        self.target[window][inside] = label
        self.instances[window][inside] = instance

    def shade(self, window: tuple[slice, slice], strength: np.ndarray) -> None:
        """Darken by ``strength`` (h, w) in [0, 1]; shadows belong to what they fall on."""
        self.image[window] *= (1 - strength)[..., None]


def _span(centre: float, reach: float, size: int) -> slice:
    start = min(size, max(0, int(centre - reach)))
    return slice(start, min(size, max(start, int(centre + reach) + 1)))


def in_pixels(field: np.ndarray) -> np.ndarray:
    """About the distance in pixels to where ``field`` (H, W) changes sign: its value over its slope."""
    if min(field.shape) < 2:
        return field
    slope = np.hypot(*np.gradient(field))
    return (field / np.maximum(slope, 1e-3 * (np.abs(field).max() + 1e-6))).astype(np.float32)
