"""SimpleClick with its published plain vision transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from torch import Tensor

from fsannot.clicks.checkpoint import load_without_objects, network_state
from fsannot.clicks.checkpoint_config import ConfigRules, check_config, config_normalization
from fsannot.clicks.predictors.points import Points, click_slots
from fsannot.clicks.predictors.zoom import ZoomIn
from fsannot.clicks.predictors.zoomed import MaskFeedbackPredictor
from fsannot.data.errors import InputError
from fsannot.networks.simpleclick import WINDOW_SIDE, SimpleClickNetwork
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

Size = Literal["base", "large", "huge"]

VARIANTS = {  # timm's name, channels of the feature pyramid
    "base": ("vit_base_patch16_224", (128, 256, 512, 1024)),
    "large": ("vit_large_patch16_224", (192, 384, 768, 1536)),
    "huge": ("vit_huge_patch14_224", (240, 480, 960, 1920)),
}
PUBLISHED = "https://github.com/uncbiag/SimpleClick (section Download: cocolvis_vit_{size}.pth, MIT)"


def config_rules(*, heads: int) -> ConfigRules:
    """The supported config of a published file.

    Widths, depths and patch sizes show in the shapes of the tensors; dropout, losses and initial values only matter
    in training. The number of heads is found in the config alone.

    Args:
        heads: attention heads of the transformer.

    Returns:
        the rules, for ``check_config``.
    """
    return ConfigRules(
        fixed={
            "use_disks": (True,),
            "norm_radius": (5,),
            "with_prev_mask": (True,),
            "binary_prev_mask": (False,),
            "use_rgb_conv": (False,),
            "random_split": (False,),
        },
        # without RITM's map transform a leaky rectifier has no place
        free=frozenset({"with_aux_output", "cpu_dist_maps", "use_leaky_relu"}),
        nested={
            "backbone_params": ConfigRules(
                fixed={"num_heads": (heads,), "norm_layer": (None,), "act_layer": (None,)},
                free=frozenset(
                    "img_size patch_size in_chans num_classes embed_dim depth mlp_ratio qkv_bias cls_feature_dim "
                    "global_pool pos_drop_rate attn_drop_rate proj_drop_rate".split()
                ),
            ),
            "neck_params": ConfigRules(fixed={}, free=frozenset({"in_dim", "out_dims"})),
            "head_params": ConfigRules(
                fixed={
                    "in_index": ([0, 1, 2, 3],),
                    "align_corners": (False,),
                    "upsample": ("x1",),
                    "interpolate_mode": ("bilinear",),
                    "conv_cfg": (None,),
                    "norm_cfg": (None,),
                    "act_cfg": ({"type": "ReLU"},),
                },
                free=frozenset(
                    "in_channels channels num_classes dropout_ratio loss_decode ignore_index sampler init_cfg".split()
                ),
            ),
        },
    )


class SimpleClickPredictor(MaskFeedbackPredictor):
    """SimpleClick: a plain vision transformer, fed with clicks and the previous mask.

    Liu et al., *SimpleClick: Interactive Image Segmentation with Simple Vision Transformers*, ICCV 2023,
    arXiv:2210.11006. At the first click the image is squashed to a square; later clicks zoom in where the object is
    small.

    Args:
        weights: path of the published checkpoint, or of its state dict (safetensors, or torch's format from before
            1.6). The image is normalised as its config says, by default as for ImageNet; a config of another network
            is refused.
        size: ``base``, ``large`` or ``huge``.
        crop_side: side of the square that the network sees, pixels, a multiple of 224; 448, and 672 on DAVIS in the
            published evaluation.
        flip: average with the mirror image, as in the published evaluation.
        threshold: a pixel is object where its probability is above it.
        device: see ``resolve_device``.

    Raises:
        InputError: an option outside its domain.
        MissingWeightsError, CheckpointMismatchError, UnsafeCheckpointError: see ``load_without_objects``.

    Examples:
        >>> predictor = SimpleClickPredictor(weights="cocolvis_vit_base.pth")  # doctest: +SKIP
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
        state = network_state(content, source=str(self._file))
        timm_name, pyramid = VARIANTS[size]
        normalization = config_normalization(content, source=str(self._file))
        network = SimpleClickNetwork(backbone=timm_name, pyramid=pyramid, normalization=normalization)
        heads = network.backbone.blocks[0].attn.num_heads
        check_config(content, config_rules(heads=heads), source=str(self._file))
        load_into(network, state, source=str(self._file))
        self._network = network.eval().requires_grad_(False).to(self.device)

    def _settings(self) -> dict[str, object]:
        return {"crop_side": self.crop_side, "flip": self._flip}

    def _weights_digest(self) -> str:
        return digest_file(self._file)

    def _logits(self, image: Tensor, batch: list[Points], moved: bool) -> Tensor:
        return self._network(image[:, :3], image[:, 3:], click_slots(batch).to(self.device))
