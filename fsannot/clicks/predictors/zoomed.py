"""The inference loop of the f-BRS family: zoom-in, flip averaging, network, paste."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.network import NetworkPredictor
from fsannot.clicks.predictors.points import Points
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.networks.images import image_tensor


class ZoomedPredictor(NetworkPredictor):
    """Runs a network on a zoomed crop and its mirror image and averages their logits.

    Args:
        zoom: how the crop is chosen; None shows the whole image at every click.
        flip: average with the horizontally mirrored image.
        threshold: see ``NetworkPredictor``.
        device: see ``NetworkPredictor``.
    """

    def __init__(self, *, zoom: ZoomIn | None, flip: bool, threshold: float, device: str) -> None:
        super().__init__(threshold=threshold, device=device)
        self._zoom, self._flip = zoom, flip

    @abstractmethod
    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        """Logits (B, 1, h, w) of crops (B, C, h, w) and their clicks; ``moved`` = the crop is new."""

    def _network_input(self) -> Tensor:
        """What is cropped at each click, (1, C, H, W)."""
        return self._image

    def _begin(self, image: np.ndarray) -> None:
        self._image = image_tensor(image).to(self.device)
        if self._zoom is not None:
            self._zoom.reset()

    def _probability(self, clicks: Sequence[Click]) -> np.ndarray:
        image, points, moved = self._network_input(), Points.of(clicks), False
        if self._zoom is not None:
            image, points, moved = self._zoom.crop(image, points)
        batch = [points]
        if self._flip:
            batch.append(points.mirrored(image.shape[3]))
            image = torch.cat([image, image.flip(3)])
        logits = self._logits(image, batch, moved)
        if self._flip:
            logits = 0.5 * (logits[:1] + logits[1:].flip(3))
        probability = logits.sigmoid()
        if self._zoom is not None:
            probability = self._zoom.paste(probability)
        self._answered(probability)
        return probability[0, 0].cpu().numpy()

    def _answered(self, probability: Tensor) -> None:
        """Take note of the final (1, 1, H, W) probability."""


class MaskFeedbackPredictor(ZoomedPredictor):
    """Gives the network its previous probability as a fourth channel, zeros at the first click.

    Args:
        zoom: see ``ZoomedPredictor``.
        flip: see ``ZoomedPredictor``.
        threshold: see ``NetworkPredictor``.
        device: see ``NetworkPredictor``.
    """

    def _begin(self, image: np.ndarray) -> None:
        super()._begin(image)
        self._last = torch.zeros_like(self._image[:, :1])

    def _network_input(self) -> Tensor:
        return torch.cat([self._image, self._last], dim=1)

    def _answered(self, probability: Tensor) -> None:
        self._last = probability
