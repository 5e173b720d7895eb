"""A picture under construction: colours, and exactly which pixel shows which thing."""

from __future__ import annotations

import numpy as np


class Canvas:
    """A picture under construction: things are painted over each other from back to front.

    Colours blend along outlines as in a photograph; class and instance of a pixel do not: they belong to the
    thing whose outline contains the pixel's centre.

    Args:
        size: (H, W) in pixels.

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
        """Square of half-width ``reach`` around (``x``, ``y``), clipped to the picture.

        Args:
            x: column of the centre, pixels.
            y: row of the centre, pixels.
            reach: half-width, pixels.

        Returns:
            rows and columns.
        """
        reach = reach + 2
        return _span(y, reach, self.size[0]), _span(x, reach, self.size[1])

    def pixels(self, window: tuple[slice, slice]) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates of the pixel centres in a window.

        Args:
            window: rows and columns, (h, w) pixels.

        Returns:
            x and y, each float32 (h, w).
        """
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
        """Paint where a distance is negative, and record which thing each pixel shows.

        Args:
            window: rows and columns to paint in, (h, w) pixels.
            distance: float (h, w), signed distance to the outline in pixels, negative inside.
            colour: float (h, w, 3), RGB in about [0, 1].
            label: class index.
            instance: number of the instance, 0 = none.
        """
        alpha = np.clip(0.5 - distance, 0, 1)[..., None]
        self.image[window] += alpha * (colour - self.image[window])
        inside = distance < 0
        self.target[window][inside] = label
        self.instances[window][inside] = instance

    def shade(self, window: tuple[slice, slice], strength: np.ndarray) -> None:
        """Darken a part of the picture; class and instance stay.

        Args:
            window: rows and columns, (h, w) pixels.
            strength: float (h, w) in [0, 1], 1 = black.
        """
        self.image[window] *= (1 - strength)[..., None]


def _span(centre: float, reach: float, size: int) -> slice:
    start = min(size, max(0, int(centre - reach)))
    return slice(start, min(size, max(start, int(centre + reach) + 1)))


def in_pixels(field: np.ndarray) -> np.ndarray:
    """Approximate distance in pixels to where a field changes sign: its value over its slope.

    Args:
        field: float (H, W).

    Returns:
        float (H, W), signed like ``field``.
    """
    if min(field.shape) < 2:
        return field
    slope = np.hypot(*np.gradient(field))
    return (field / np.maximum(slope, 1e-3 * (np.abs(field).max() + 1e-6))).astype(np.float32)
