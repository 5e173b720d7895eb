"""FCANet with its published ResNet-101."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from scipy import ndimage
from torch import Tensor

from fsannot.clicks.checkpoint import network_state
from fsannot.clicks.click import Click
from fsannot.clicks.predictors.network import NetworkPredictor
from fsannot.networks.fcanet import FCANetwork
from fsannot.networks.images import image_tensor
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

PUBLISHED = (
    "https://github.com/frazerlin/fcanet (section Pretrained models: fcanet-resnet.pth, research use only)"
)
SHORT_SIDE = 512  # px
FARTHEST = 255.0  # px; distances to clicks are cut off there


class FCAPredictor(NetworkPredictor):
    """FCANet: the first click gets attention of its own.

    Lin et al., *Interactive Image Segmentation with First Click Attention*, CVPR 2020.

    Args:
        weights: path of ``fcanet-resnet.pth``.
        connected: keep only the parts of the mask (4-connected) that hold a positive click; the authors' structural
            integrity strategy, which their tables list separately.
        threshold: a pixel is object where its probability is above it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``fsannot.weights``.

    Examples:
        >>> predictor = FCAPredictor(weights="fcanet-resnet.pth")  # doctest: +SKIP
    """

    name = "fcanet"

    def __init__(
        self,
        *,
        weights: str | Path | None = None,
        connected: bool = False,
        threshold: float = 0.5,
        device: str = "auto",
    ) -> None:
        super().__init__(threshold=threshold, device=device)
        self.connected = connected
        self._file = weights_file(weights, what="FCANet", published=PUBLISHED, setting="baseline.weights")
        state = network_state(load_checkpoint(self._file), source=str(self._file))
        network = FCANetwork()
        load_into(network, state, source=str(self._file))
        self._network = network.eval().requires_grad_(False).to(self.device)

    def _settings(self) -> dict[str, object]:
        return {"connected": self.connected}

    def _weights_digest(self) -> str:
        return digest_file(self._file)

    def _begin(self, image: np.ndarray) -> None:
        height, width = self._full = (image.shape[0], image.shape[1])
        short = min(height, width)
        self._size = (int(height * SHORT_SIDE / short), int(width * SHORT_SIDE / short))
        resized = cv2.resize(image, self._size[::-1], interpolation=cv2.INTER_LINEAR)
        self._image = image_tensor(resized).to(self.device)

    def _probability(self, clicks: Sequence[Click]) -> np.ndarray:
        groups = ([c for c in clicks if c.positive], [c for c in clicks if not c.positive], clicks[:1])
        distances = [self._distances(group).to(self.device) for group in groups]
        small = self._network(self._image, *distances).sigmoid()[0, 0].cpu().numpy()
        probability = cv2.resize(small, self._full[::-1], interpolation=cv2.INTER_LINEAR)
        if self.connected:
            parts, _ = ndimage.label(probability > self.threshold)
            clicked = [parts[c.y, c.x] for c in clicks if c.positive and parts[c.y, c.x] > 0]
            probability = np.where(np.isin(parts, clicked), probability, np.float32(0))
        return probability

    def _distances(self, clicks: Sequence[Click]) -> Tensor:
        """Distance to the nearest click in network pixels, see ``encode_distances``, float32 (1, 1, h, w)."""
        free = np.ones(self._size, dtype=np.uint8)
        for click in clicks:
            # the published program scales with these factors, then truncates
            row = int(click.y * (self._size[0] / self._full[0]))
            col = int(click.x * (self._size[1] / self._full[1]))
            free[row, col] = 0
        distances = ndimage.distance_transform_edt(free) if clicks else np.full(self._size, FARTHEST)
        return encode_distances(distances)[None, None]


def encode_distances(distances: np.ndarray) -> Tensor:
    """Distances as the published program hands them to the network, cut off at 255 pixels.

    That program multiplies float64 distances by 255, rounds to float32 and divides by 255, as for an image
    (``core.py``, ``CatPointMask`` and ``ToTensor``). A quarter of all distances get another last bit that way than by
    rounding alone.

    Args:
        distances: float64 (h, w), pixels.

    Returns:
        float32 (h, w), in [0, 255].

    Examples:
        >>> encode_distances(np.array([[0.0, 1.0, 300.0]]))
        tensor([[  0.,   1., 255.]])
    """
    return torch.from_numpy(np.minimum(distances, FARTHEST) * 255.0).float().div_(255)
