"""GrabCut with clicks instead of a rectangle."""

from __future__ import annotations

import cv2
import numpy as np

from fsannot.clicks.predictors.seeded import BACKGROUND, OBJECT, Border, SeededPredictor
from fsannot.data.errors import InputError


class GrabCutPredictor(SeededPredictor):
    """Graph cut between two color mixtures, which are fitted to the result of the cut in turn.

    Rother, Kolmogorov, Blake, *GrabCut*, SIGGRAPH 2004, doi:10.1145/1015706.1015720, in OpenCV's implementation.
    Clicks are certain. Other pixels begin as probable object where an object seed is nearer than any background seed,
    which gives both mixtures pixels to fit from the first click on; the image border begins as probable background
    only. Every prediction starts from scratch, so it depends on the clicks and not on earlier masks. The result is a
    hard mask, probability 0 or 1.

    Args:
        iterations: of fitting and cutting, at least 1.
        seed: of OpenCV's clustering that initialises the mixtures.
        size: see ``SeededPredictor``.
        radius: see ``SeededPredictor``.
        border: see ``SeededPredictor``.

    Raises:
        InputError: an option outside its domain.

    Examples:
        >>> from fsannot.clicks.click import Click
        >>> image = np.zeros((32, 48, 3), np.uint8)
        >>> image[8:24, 12:36] = 255
        >>> predictor = GrabCutPredictor()
        >>> predictor.start(image)
        >>> probability = predictor.predict([Click(16, 24, True)])
        >>> float(probability[10, 14]), float(probability[4, 4])
        (1.0, 0.0)
    """

    name = "grabcut"

    def __init__(
        self,
        *,
        iterations: int = 3,
        seed: int = 0,
        size: int | None = 256,
        radius: int = 2,
        border: Border = "always",
    ) -> None:
        super().__init__(size=size, radius=radius, border=border)
        if iterations < 1:
            raise InputError(f"{self.name}: iterations={iterations} is not valid; at least 1")
        self.iterations, self.seed = iterations, seed

    def _settings(self) -> tuple[object, ...]:
        return (self.iterations, self.seed)

    def _prepare(self, image: np.ndarray, edge_map: np.ndarray | None) -> None:
        self._image = image

    def _probability(self, seeds: np.ndarray) -> np.ndarray:
        to_object, to_background = (
            cv2.distanceTransform((seeds != kind).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            for kind in (OBJECT, BACKGROUND)
        )
        state = np.where(to_object < to_background, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        state[seeds == OBJECT] = cv2.GC_FGD
        certain = self._certain_background(seeds)
        state[certain] = cv2.GC_BGD
        # OpenCV's clustering needs as many pixels as a mixture has components
        if min(np.count_nonzero(state & 1), np.count_nonzero(~state & 1)) < COMPONENTS:
            return (state & 1).astype(np.float32)
        cv2.setRNGSeed(self.seed)  # OpenCV offers no generator to pass
        models = np.zeros((1, 65)), np.zeros((1, 65))
        no_box = (0, 0, 1, 1)  # not read in this mode
        cv2.grabCut(self._image, state, no_box, *models, self.iterations, cv2.GC_INIT_WITH_MASK)
        return (state & 1).astype(np.float32)  # GC_FGD and GC_PR_FGD are the odd states

    def _certain_background(self, seeds: np.ndarray) -> np.ndarray:
        certain = seeds == BACKGROUND
        if self._stand_in:
            certain[[0, -1], :] = False
            certain[:, [0, -1]] = False
        return certain


COMPONENTS = 5
"""Gaussians a mixture has in OpenCV's implementation."""
