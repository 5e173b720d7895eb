"""f-BRS-B with its published ResNet-101."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from torch import Tensor

from fsannot.clicks.checkpoint import network_state
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.refinement import ScaleBiasRefinement, click_squares
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.clicks.predictors.zoomed import ZoomedPredictor
from fsannot.data.errors import InputError
from fsannot.networks.fbrs import FBRSNetwork
from fsannot.networks.images import imagenet_normalize
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

PUBLISHED = (
    "https://github.com/SamsungLabs/fbrs_interactive_segmentation/releases (resnet101_dh256_sbd.pth, MPL-2.0)"
)
UNUSED = {
    "aspp_dropout"
}  # a rate of training, which some files of the f-BRS repository keep beside the tensors
CLICKS_SEEN = 8  # by the network; the refinement sees all


class FBRSPredictor(ZoomedPredictor):
    """f-BRS-B: a DeepLab fed with clicks, whose intermediate features are scaled and shifted until it meets the clicks.

    Sofiiuk et al., CVPR 2020, arXiv:2001.10331.

    Args:
        weights: path of ``resnet101_dh256_sbd.pth``.
        zoom_size: long side of the zoomed crop, pixels; 400, and 600 on DAVIS in the published evaluation.
        flip: average with the mirror image, as in the published evaluation.
        evaluations: most evaluations of the refinement per click; 0 turns it off.
        threshold: a pixel is object where its probability is above it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``fsannot.weights``.

    Examples:
        >>> predictor = FBRSPredictor(weights="resnet101_dh256_sbd.pth")  # doctest: +SKIP
    """

    name = "fbrs"

    def __init__(
        self,
        *,
        weights: str | Path | None = None,
        zoom_size: int = 400,
        flip: bool = True,
        evaluations: int = 20,
        threshold: float = 0.49,
        device: str = "auto",
    ) -> None:
        if evaluations < 0:
            raise InputError(f"fbrs: evaluations={evaluations} is not valid; 0 or more")
        zoom = ZoomIn(target=zoom_size)
        super().__init__(zoom=zoom, flip=flip, threshold=threshold, device=device)
        self.zoom_size, self.evaluations = zoom_size, evaluations
        self._file = weights_file(weights, what="f-BRS", published=PUBLISHED, setting="baseline.weights")
        state = network_state(load_checkpoint(self._file), source=str(self._file))
        state = {name: tensor for name, tensor in state.items() if name not in UNUSED}
        network = FBRSNetwork()
        load_into(network, state, source=str(self._file))
        self._network = network.eval().requires_grad_(False).to(self.device)
        self._refinement = ScaleBiasRefinement(
            channels=network.feature_channels, threshold=threshold, evaluations=evaluations
        )

    def _settings(self) -> dict[str, object]:
        return {"zoom_size": self.zoom_size, "flip": self._flip, "evaluations": self.evaluations}

    def _weights_digest(self) -> str:
        return digest_file(self._file)

    def _begin(self, image: np.ndarray) -> None:
        super()._begin(image)
        self._image = imagenet_normalize(self._image)  # before the zoom, as published
        self._features: Tensor | None = None
        self._refinement.reset()

    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        size = (image.shape[2], image.shape[3])
        clicks = len(batch[0])
        if self._features is None or moved or clicks <= CLICKS_SEEN:
            slots = click_slots([points.first(CLICKS_SEEN) for points in batch]).to(self.device)
            self._features = self._network.features(image, slots)

        def decode(features: Tensor) -> Tensor:
            return self._network.decode(features, size)

        if clicks == 1 or self.evaluations == 0:
            return self._refinement.logits(decode, self._features)
        positive, negative = (squares.to(self.device) for squares in click_squares(batch, size))
        return self._refinement.refine(decode, self._features, positive, negative)
