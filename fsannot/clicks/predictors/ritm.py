"""RITM with its published HRNets."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from torch import Tensor

from fsannot.clicks.checkpoint import network_state
from fsannot.clicks.checkpoint_config import ConfigRules, check_config, config_normalization
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.clicks.predictors.zoomed import MaskFeedbackPredictor
from fsannot.data.errors import InputError
from fsannot.networks.ritm import RITMNetwork
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

Backbone = Literal["hrnet18s", "hrnet18", "hrnet32"]

VARIANTS = {  # timm's name, width of the object context's keys, published file
    "hrnet18s": ("hrnet_w18_small_v2", 48, "coco_lvis_h18s_itermask.pth"),
    "hrnet18": ("hrnet_w18", 64, "coco_lvis_h18_itermask.pth or sbd_h18_itermask.pth"),
    "hrnet32": ("hrnet_w32", 128, "coco_lvis_h32_itermask.pth"),
}
RELEASES = "https://github.com/SamsungLabs/ritm_interactive_segmentation/releases"
CONFIG = ConfigRules(
    fixed={
        "use_disks": (True,),
        "norm_radius": (5,),
        "with_prev_mask": (True,),
        "use_leaky_relu": (True,),
        "binary_prev_mask": (False,),
        "use_rgb_conv": (False,),
        "conv_extend": (False,),
        "clicks_groups": (None,),
        # the same at inference: the synchronised one differs in what it averages in training
        "norm_layer": (
            "torch.nn.modules.batchnorm.BatchNorm2d",
            "torch.nn.modules.batchnorm.SyncBatchNorm",
        ),
    },
    free=frozenset(
        # the tensors' shapes tell the first three; auxiliary logits, rates of training and dropout change no answer,
        # and where the click maps are computed neither
        {
            "width",
            "ocr_width",
            "small",
            "with_aux_output",
            "backbone_lr_mult",
            "aspp_dropout",
            "cpu_dist_maps",
        }
    ),
)


class RITMPredictor(MaskFeedbackPredictor):
    """RITM: an HRNet with object context, fed with clicks and the previous mask, without optimisation at inference.

    Sofiiuk et al., *Reviving Iterative Training with Mask Guidance*, arXiv:2102.06583.

    Args:
        weights: path of the published checkpoint. The image is normalised as its config says, by default as for
            ImageNet; a config of another network is refused.
        backbone: ``hrnet18s``, ``hrnet18`` or ``hrnet32``.
        zoom_size: long side of the zoomed crop, pixels; 400, and 600 on DAVIS in the published evaluation.
        flip: average with the mirror image, as in the published evaluation.
        threshold: a pixel is object where its probability is above it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``fsannot.weights``.

    Examples:
        >>> predictor = RITMPredictor(weights="coco_lvis_h18_itermask.pth")  # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        weights: str | Path | None = None,
        backbone: Backbone = "hrnet18",
        zoom_size: int = 400,
        flip: bool = True,
        threshold: float = 0.49,
        device: str = "auto",
    ) -> None:
        if backbone not in VARIANTS:
            raise InputError(f"ritm: backbone={backbone!r} is not valid; choose {', '.join(VARIANTS)}")
        self.name = f"ritm_{backbone}"
        super().__init__(zoom=ZoomIn(target=zoom_size), flip=flip, threshold=threshold, device=device)
        self.zoom_size = zoom_size
        timm_name, ocr_width, file_name = VARIANTS[backbone]
        published = f"{RELEASES} ({file_name}, MIT)"
        self._file = weights_file(weights, what=self.name, published=published, setting="baseline.weights")
        content = load_checkpoint(self._file)
        check_config(content, CONFIG, source=str(self._file))
        state = network_state(content, source=str(self._file))
        normalization = config_normalization(content, source=str(self._file))
        network = RITMNetwork(backbone=timm_name, ocr_width=ocr_width, normalization=normalization)
        load_into(network, state, source=str(self._file))
        self._network = network.eval().requires_grad_(False).to(self.device)

    def _settings(self) -> dict[str, object]:
        return {"zoom_size": self.zoom_size, "flip": self._flip}

    def _weights_digest(self) -> str:
        return digest_file(self._file)

    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        return self._network(image[:, :3], image[:, 3:], click_slots(batch).to(self.device))
