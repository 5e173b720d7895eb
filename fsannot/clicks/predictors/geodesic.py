"""Geodesic distance to the nearest seed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np
from skimage.graph import MCP_Geometric

from fsannot.clicks.predictors.seeded import BACKGROUND, OBJECT, Border, SeededPredictor
from fsannot.data.errors import InputError

Barrier = Literal["gradient", "edges"]


class GeodesicPredictor(SeededPredictor):
    """Object probability D_b / (D_o + D_b), with D the geodesic distance to the nearest seed of either sign.

    Bai and Sapiro, *Geodesic Matting*, IJCV 2009, doi:10.1007/s11263-008-0191-z; Criminisi, Sharp, Blake, *GeoS*,
    ECCV 2008, for the combination of length and contrast: a step costs its Euclidean length times (1 + ``contrast`` ·
    barrier).

    Args:
        barrier: ``"gradient"`` is the color gradient, see ``color_gradient``; ``"edges"`` is an edge model's map.
        contrast: cost of crossing a full barrier, in pixels of path without one.
        smoothing: standard deviation of the Gaussian before the gradient, pixels of the working copy; 0 for none.
        size: see ``SeededPredictor``.
        radius: see ``SeededPredictor``.
        border: see ``SeededPredictor``.

    Raises:
        InputError: an option outside its domain.

    Examples:
        >>> from fsannot.clicks.click import Click
        >>> image = np.zeros((32, 48, 3), np.uint8)
        >>> image[8:24, 12:36] = 255
        >>> predictor = GeodesicPredictor()
        >>> predictor.start(image)
        >>> probability = predictor.predict([Click(16, 24, True)])
        >>> bool(probability[12, 16] > 0.5), bool(probability[2, 2] > 0.5)
        (True, False)
    """

    name = "geodesic"

    def __init__(
        self,
        *,
        barrier: Barrier = "gradient",
        contrast: float = 1000.0,
        smoothing: float = 1.0,
        size: int | None = 427,
        radius: int = 2,
        border: Border = "always",
    ) -> None:
        super().__init__(size=size, radius=radius, border=border)
        if barrier not in get_args(Barrier):
            raise InputError(
                f"{self.name}: barrier={barrier!r} is not valid; choose {' or '.join(get_args(Barrier))}"
            )
        for option, value in (("contrast", contrast), ("smoothing", smoothing)):
            if not 0 <= value < np.inf:
                raise InputError(f"{self.name}: {option}={value} is not valid; 0 or more")
        self.barrier: Barrier = barrier
        self.contrast, self.smoothing = contrast, smoothing
        self.needs_edges = barrier == "edges"

    def _settings(self) -> tuple[object, ...]:
        return (self.barrier, self.contrast, self.smoothing)

    def _prepare(self, image: np.ndarray, edge_map: np.ndarray | None) -> None:
        barrier = color_gradient(image, self.smoothing) if edge_map is None else edge_map
        self._cost = 1.0 + self.contrast * barrier.astype(np.float64)

    def _probability(self, seeds: np.ndarray) -> np.ndarray:
        to_object = self._distance(np.argwhere(seeds == OBJECT))
        to_background = self._distance(np.argwhere(seeds == BACKGROUND))
        # two seeds never share a pixel, so the sum is above 0
        return (to_background / (to_object + to_background)).astype(np.float32)

    def _distance(self, starts: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        return MCP_Geometric(self._cost).find_costs(starts)[0]


def color_gradient(image: np.ndarray, smoothing: float) -> np.ndarray:
    """Sobel magnitude of the smoothed image, the largest of its channels.

    Args:
        image: uint8 (H, W, 3).
        smoothing: standard deviation of the Gaussian, pixels; 0 for none.

    Returns:
        float32 (H, W), at least 0; a step from black to white gives 1.
    """
    smooth: np.ndarray = image.astype(np.float32) / 255.0
    if smoothing > 0:
        smooth = np.asarray(cv2.GaussianBlur(smooth, (0, 0), smoothing))
    # a unit step answers with 4 in the 3×3 Sobel kernel
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *axis) / 4.0 for axis in ((1, 0), (0, 1)))
    return np.hypot(dx, dy).max(axis=2)
