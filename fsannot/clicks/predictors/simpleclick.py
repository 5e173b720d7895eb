"""SimpleClick with its published plain vision transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from torch import Tensor

from fsannot.clicks.checkpoint import check_config, load_without_objects, network_state
from fsannot.clicks.networks.simpleclick import WINDOW_SIDE, SimpleClickNetwork
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.clicks.predictors.zoomed import MaskFeedbackPredictor
from fsannot.data.errors import InputError
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

Size = Literal["base", "large", "huge"]

VARIANTS = {  # timm's name, channels of the feature pyramid
    "base": ("vit_base_patch16_224", (128, 256, 512, 1024)),
    "large": ("vit_large_patch16_224", (192, 384, 768, 1536)),
    "huge": ("vit_huge_patch14_224", (240, 480, 960, 1920)),
}
PUBLISHED = "https://github.com/uncbiag/SimpleClick (section Download: cocolvis_vit_{size}.pth, MIT)"
CONFIG = {"use_disks": True, "norm_radius": 5, "with_prev_mask": True}


class SimpleClickPredictor(MaskFeedbackPredictor):
    """SimpleClick: clicks and the previous mask into a plain vision transformer.

    Liu et al., *SimpleClick: Interactive Image Segmentation with Simple Vision Transformers*, ICCV 2023,
    arXiv:2210.11006. The first click squashes the image to a square, later ones zoom in where the object is
    small.

    Args:
        weights: path of the published checkpoint, or of its state dict (also safetensors, or torch's format from
            before 1.6).
        size: ``base``, ``large`` or ``huge``.
        crop_side: side of the square the network sees, a multiple of 224; 448, and 672 on DAVIS in the
            published evaluation.
        flip: average with the mirror image; the published evaluation does.
        threshold: a pixel is object above it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``load_without_objects``.
    """

    def __init__(
        self,
        *,
        weights: str | Path | None = None,
        size: Size = "base",
        crop_side: int = 448,
        flip: bool = True,
        threshold: float = 0.49,
        device: str = "auto",
    ) -> None:
        if size not in VARIANTS:
            raise InputError(f"simpleclick: size={size!r} is not valid; choose {', '.join(VARIANTS)}")
        if crop_side < WINDOW_SIDE or crop_side % WINDOW_SIDE:
            raise InputError(f"simpleclick: crop_side={crop_side} is not valid; a multiple of {WINDOW_SIDE}")
        self.name = f"simpleclick_{size}"
        zoom = ZoomIn(target=(crop_side, crop_side), from_first_click=True)
        super().__init__(zoom=zoom, flip=flip, threshold=threshold, device=device)
        self.crop_side = crop_side
        published = PUBLISHED.format(size=size)
        self._file = weights_file(weights, what=self.name, published=published, setting="baseline.weights")
        safe = self._file.suffix == ".safetensors"
        content = load_checkpoint(self._file) if safe else load_without_objects(self._file)
        check_config(content, CONFIG, source=str(self._file))
        state = network_state(content, source=str(self._file))
        timm_name, pyramid = VARIANTS[size]
        network = SimpleClickNetwork(backbone=timm_name, pyramid=pyramid)
        load_into(network, state, source=str(self._file))
        self._network = network.eval().requires_grad_(False).to(self.device)

    def _settings(self) -> dict[str, object]:
        return {"crop_side": self.crop_side, "flip": self._flip}

    def _weights_digest(self) -> str:
        return digest_file(self._file)

    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        return self._network(image[:, :3], image[:, 3:], click_slots(batch).to(self.device))
