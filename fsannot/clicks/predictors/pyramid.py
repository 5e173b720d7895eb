"""Networks trained by this project: the small one that it ships, and those on other timm backbones."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from fsannot.clicks.checkpoint import network_state
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.clicks.predictors.zoomed import MaskFeedbackPredictor
from fsannot.data.errors import InputError
from fsannot.device import has_fast_bfloat16
from fsannot.networks.pyramid import ClickPyramid
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

LITE_WEIGHTS = Path(__file__).parents[1] / "weights" / "lite.safetensors"
LITE_BACKBONE, LITE_WIDTH = "tf_efficientnet_lite0", 64
PUBLISHED = "the package itself (reinstall it), or made by fsannot train_clicks"


class PyramidPredictor(MaskFeedbackPredictor):
    """RITM's inference with a ``ClickPyramid``: previous mask, zoom-in, flip.

    The first click is answered on the whole image at the size of the crop, as in SimpleClick and unlike RITM, because
    the network was trained on objects of such sizes. The backbone runs only where the crop has moved.

    Args:
        network: the network; it is put into evaluation mode on ``device``.
        digest: hex digest of its weights.
        name: short name used in results.
        zoom_size: long side of what the network sees, pixels.
        flip: average with the mirror image.
        threshold: a pixel is object where its probability is above it.
        precision: ``fp32``; ``bf16`` runs convolutions under autocast; ``auto`` does so where the processor is faster
            at it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
    """

    def __init__(
        self,
        network: ClickPyramid,
        *,
        digest: str,
        name: str,
        zoom_size: int = 320,
        flip: bool = True,
        threshold: float = 0.49,
        precision: str = "auto",
        device: str = "auto",
    ) -> None:
        self.name = name
        zoom = ZoomIn(target=zoom_size, from_first_click=True)
        super().__init__(zoom=zoom, flip=flip, threshold=threshold, device=device)
        if precision not in ("auto", "fp32", "bf16"):
            raise InputError(f"{name}: precision={precision!r} is not valid; choose auto, fp32 or bf16")
        self.bf16 = precision == "bf16" or (precision == "auto" and has_fast_bfloat16(self.device))
        self.zoom_size = zoom_size
        self._digest = digest
        self._network = network.eval().to(self.device).to(memory_format=torch.channels_last)

    def _settings(self) -> dict[str, object]:
        return {"zoom_size": self.zoom_size, "flip": self._flip, "bf16": self.bf16}

    def _weights_digest(self) -> str:
        return self._digest

    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            if moved:  # as at every first click; the same crop has the same features
                self._features = self._network.features(image[:, :3])
            return self._network.decode(self._features, image[:, 3:], click_slots(batch).to(self.device))


class TrainedPyramidPredictor(PyramidPredictor):
    """A ``ClickPyramid`` as ``fsannot train_clicks`` writes it; without ``weights``, the one in the package.

    The model card beside the weights in the package states their data, licence, training and scores.

    Args:
        weights: a file of that training; None takes the weights in the package, which fit the default network.
        backbone: see ``ClickPyramid``, as in training.
        width: see ``ClickPyramid``, as in training.
        zoom_size: see ``PyramidPredictor``.
        flip: see ``PyramidPredictor``.
        threshold: see ``PyramidPredictor``.
        precision: see ``PyramidPredictor``.
        device: see ``PyramidPredictor``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``fsannot.weights``.

    Examples:
        >>> import numpy as np
        >>> from fsannot.clicks.click import Click
        >>> predictor = TrainedPyramidPredictor(device="cpu", precision="fp32")
        >>> predictor.start(np.zeros((64, 96, 3), np.uint8))
        >>> predictor.predict([Click(32, 48, True)]).shape
        (64, 96)
    """

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        backbone: str = LITE_BACKBONE,
        width: int = LITE_WIDTH,
        zoom_size: int = 320,
        flip: bool = True,
        threshold: float = 0.49,
        precision: str = "auto",
        device: str = "auto",
    ) -> None:
        shipped = backbone == LITE_BACKBONE and width == LITE_WIDTH
        name = "lite" if shipped else f"pyramid_{backbone}"
        file = weights_file(
            LITE_WEIGHTS if weights is None and shipped else weights,
            what=name,
            published=PUBLISHED if shipped else "no place, they are made by: fsannot train_clicks",
            setting="baseline.weights",
        )
        network = ClickPyramid(backbone=backbone, width=width)
        load_pyramid(network, file)
        super().__init__(
            network,
            digest=digest_file(file),
            name=name,
            zoom_size=zoom_size,
            flip=flip,
            threshold=threshold,
            precision=precision,
            device=device,
        )


def load_pyramid(network: ClickPyramid, file: Path) -> None:
    """Load a file of this project's training strictly.

    Args:
        network: takes the weights.
        file: float16 or float32 tensors.

    Raises:
        UnsafeCheckpointError, CheckpointMismatchError: the file holds something else.
    """
    load_into(network, network_state(load_checkpoint(file), source=str(file)), source=str(file))
