"""Random walker segmentation."""

from __future__ import annotations

import warnings

import numpy as np
from skimage.segmentation import random_walker

from fsannot.clicks.predictors.seeded import Border, SeededPredictor
from fsannot.data.errors import InputError


class RandomWalkerPredictor(SeededPredictor):
    """Probability that a random walker starting at a pixel meets an object seed before a background seed.

    Grady, *Random Walks for Image Segmentation*, TPAMI 2006, doi:10.1109/TPAMI.2006.233, in scikit-image's
    implementation: a linear system over all pixels, solved by preconditioned conjugate gradients.

    Args:
        beta: penalty of contrast, above 0; the larger, the less a walker crosses edges.
        tolerance: relative residual at which the solver stops, in (0, 1).
        size: see ``SeededPredictor``; the time grows faster than the number of pixels.
        radius: see ``SeededPredictor``.
        border: see ``SeededPredictor``.

    Raises:
        InputError: an option outside its domain.

    Examples:
        >>> from fsannot.clicks.click import Click
        >>> image = np.zeros((32, 48, 3), np.uint8)
        >>> image[8:24, 12:36] = 255
        >>> predictor = RandomWalkerPredictor()
        >>> predictor.start(image)
        >>> probability = predictor.predict([Click(16, 24, True)])
        >>> bool(probability[10, 14] > 0.5), bool(probability[4, 4] > 0.5)
        (True, False)
    """

    name = "random_walker"

    def __init__(
        self,
        *,
        beta: float = 130.0,
        tolerance: float = 1e-3,
        size: int | None = 256,
        radius: int = 2,
        border: Border = "always",
    ) -> None:
        super().__init__(size=size, radius=radius, border=border)
        if not beta > 0:
            raise InputError(f"{self.name}: beta={beta} is not valid; above 0")
        if not 0 < tolerance < 1:
            raise InputError(f"{self.name}: tolerance={tolerance} is not valid; in (0, 1)")
        self.beta, self.tolerance = beta, tolerance

    def _settings(self) -> tuple[object, ...]:
        return (self.beta, self.tolerance)

    def _prepare(self, image: np.ndarray, edge_map: np.ndarray | None) -> None:
        self._image = image.astype(np.float64) / 255.0

    def _probability(self, seeds: np.ndarray) -> np.ndarray:
        with warnings.catch_warnings():
            # scikit-image recommends pyamg for large images; on the working size it is no faster
            warnings.simplefilter("ignore", UserWarning)
            both = random_walker(
                self._image,
                seeds.astype(np.int32),
                beta=self.beta,
                mode="cg_j",
                tol=self.tolerance,
                channel_axis=2,
                return_full_prob=True,
            )
        # the solver's residual leaves the probabilities outside [0, 1] by about its tolerance
        return np.clip(both[0], 0.0, 1.0).astype(np.float32)
