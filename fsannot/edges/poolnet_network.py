"""PoolNet with its edge branch as a plain torch module over any timm backbone."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import timm
import torch
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.edges.poolnet_layers import (
    EdgeFeatures,
    EdgeRefinement,
    EdgeScores,
    FeatureAggregation,
    PyramidPooling,
    conv,
    resize,
)


class Edges(NamedTuple):
    """Logits of the edge branch: ``fused`` (B, 1, H, W), ``sides`` (B, levels, H, W) coarse to fine."""

    fused: Tensor
    sides: Tensor


@dataclass(frozen=True)
class InputNorm:
    """How an RGB image of values 0–255 enters the network: channel order, then (x − mean) / std."""

    order: Literal["rgb", "bgr"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]

    def __call__(self, image: Tensor) -> Tensor:
        """Float RGB (B, 3, H, W) in 0–255 → the network's input."""
        if self.order == "bgr":
            image = image.flip(1)
        mean = torch.tensor(self.mean, device=image.device, dtype=image.dtype).view(3, 1, 1)
        std = torch.tensor(self.std, device=image.device, dtype=image.dtype).view(3, 1, 1)
        return (image - mean) / std


PUBLISHED_NORM = InputNorm("bgr", (104.00699, 116.66877, 122.67892), (1.0, 1.0, 1.0))
"""What the published PoolNet was trained with."""


class PoolNetNetwork(nn.Module):
    """Image → edge logits, and image → saliency logits.

    Args:
        backbone: a timm model that offers ``features_only``; its levels must get coarser from first to last.
        widths: channels of the lateral connections, fine to coarse, one a level of the backbone. They fix the
            whole head: aggregation *k* leads from one lateral's width to the next finer one's, the deepest is
            also the pyramid's.
        side_width: channels of a side output before its score.
        output_stride: stride of the deepest level; 16 dilates a last stage that would be 32.
        norm: BatchNorm in the head; the published network has none.
        align_corners: of every bilinear resampling; the published network aligns them.
        coarse_guides: convolve the guidance before it is upsampled instead of after. Nearly the same
            function, without 3×3 convolutions of the deepest width at the finest level.
        input_norm: None takes the backbone's own mean and std, RGB.

    Raises:
        InputError: unknown backbone, or widths that do not fit its levels.
    """

    def __init__(
        self,
        *,
        backbone: str = "resnet50",
        widths: Sequence[int] = (128, 256, 256, 512, 512),
        side_width: int = 16,
        output_stride: int = 16,
        norm: bool = False,
        align_corners: bool = True,
        coarse_guides: bool = False,
        input_norm: InputNorm | None = None,
    ) -> None:
        super().__init__()
        if not timm.is_model(backbone):
            raise InputError(f"backbone={backbone!r} is no timm model; timm.list_models() names them")
        self.backbone = timm.create_model(
            backbone, pretrained=False, features_only=True, output_stride=output_stride
        )
        info: Any = self.backbone.feature_info
        levels: list[int] = info.channels()
        strides: list[int] = info.reduction()
        if len(widths) != len(levels) or len(levels) < 3 or strides != sorted(strides):
            raise InputError(
                f"backbone={backbone!r} has levels of strides {strides}; widths={tuple(widths)} "
                "must have one entry a level, and there must be at least three, fine to coarse"
            )
        if min(widths) < 4:
            raise InputError(f"widths={tuple(widths)}: at least 4 channels a level")
        self.input_norm = input_norm or _backbone_norm(backbone)
        self.coarse_guides = coarse_guides
        self.align_corners = align_corners
        style = {"norm": norm, "align_corners": align_corners}
        deep_to_fine = tuple(reversed(widths))
        self.lateral = nn.ModuleList(
            conv(c, w, 1, norm=norm, relu=True) for c, w in zip(levels, widths, strict=True)
        )
        self.pyramid = PyramidPooling(levels[-1], deep_to_fine[0], **style)
        self.guides = nn.ModuleList(
            conv(deep_to_fine[0], w, 3, norm=norm, relu=True) for w in deep_to_fine[1:]
        )
        pairs = list(itertools.pairwise(deep_to_fine))
        self.aggregate = nn.ModuleList(FeatureAggregation(a, b, **style) for a, b in pairs)
        self.refine = nn.ModuleList(EdgeRefinement(b, side_width) for _, b in pairs)
        self.edge_scores = EdgeScores(len(pairs), side_width, align_corners=align_corners)
        finest = deep_to_fine[-1]
        self.last_aggregate = FeatureAggregation(finest, finest, fuse=False, **style)
        self.edge_features = EdgeFeatures(side_width * len(pairs), finest, align_corners=align_corners)
        self.saliency_score = nn.Conv2d(2 * finest, 1, 3, padding=1)

    def _resize(self, x: Tensor, size: Sequence[int]) -> Tensor:
        return resize(x, size, self.align_corners)

    def _trunk(self, image: Tensor) -> list[Tensor]:
        if self.training and image.device.type == "cpu":
            # bf16 depthwise convolutions take three times as long backwards as fp32 ones there
            with torch.autocast("cpu", enabled=False):
                return self.backbone(self.input_norm(image.float()))
        return self.backbone(self.input_norm(image))

    def _levels(self, image: Tensor) -> list[Tensor]:
        """Aggregated features, coarse to fine, one a pair of neighboring backbone levels."""
        features = self._trunk(image)
        context = self.pyramid(features[-1])
        laterals = [layer(x) for layer, x in zip(self.lateral, features, strict=True)]
        merged, levels = laterals[-1], []
        for aggregate, guide, lateral in zip(self.aggregate, self.guides, laterals[-2::-1], strict=True):
            size = lateral.shape[-2:]
            flow = (
                self._resize(guide(context), size)
                if self.coarse_guides
                else guide(self._resize(context, size))
            )
            merged = aggregate(merged, lateral, flow)
            levels.append(merged)
        return levels

    def _refined(self, levels: Sequence[Tensor]) -> list[Tensor]:
        return [refine(x) for refine, x in zip(self.refine, levels, strict=True)]

    def edges(self, image: Tensor) -> Edges:
        """Edge logits of a batch.

        Args:
            image: float (B, 3, H, W), RGB in 0–255.

        Returns:
            fused float32 (B, 1, H, W) and sides float32 (B, levels, H, W).
        """
        fused, sides = self.edge_scores(self._refined(self._levels(image)), image.shape[-2:])
        return Edges(fused, sides)

    def saliency(self, image: Tensor) -> Tensor:
        """Saliency logits of a batch; the edge branch informs them and gets no gradient from them.

        Args:
            image: float (B, 3, H, W), RGB in 0–255.

        Returns:
            float (B, 1, H, W).
        """
        levels = self._levels(image)
        finest = self.last_aggregate(levels[-1])
        edge = self.edge_features([x.detach() for x in self._refined(levels)], finest.shape[-2:])
        return self._resize(self.saliency_score(torch.cat([finest, edge], dim=1)), image.shape[-2:])

    def forward(self, image: Tensor) -> Edges:
        """Edge logits of a batch, as ``edges``.

        Args:
            image: float (B, 3, H, W), RGB in 0–255.

        Returns:
            fused float32 (B, 1, H, W) and sides float32 (B, levels, H, W).
        """
        return self.edges(image)


def initialise_head(network: PoolNetNetwork, generator: torch.Generator, *, std: float | None = None) -> None:
    """Draw new weights for the head, biases zero; the backbone keeps its weights.

    Args:
        network: changed in place.
        generator: of the weights.
        std: standard deviation (published: 0.01); None for He's fan-out rule (He et al. 2015,
            10.1109/ICCV.2015.123).
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d) and not name.startswith("backbone."):
            fan_out = module.out_channels * module.kernel_size[0] * module.kernel_size[1]
            scale = std if std is not None else (2.0 / fan_out) ** 0.5
            if module.out_channels == 1:
                scale = 0.01  # start undecided: logits near zero, whatever the features' scale
            nn.init.normal_(module.weight, 0.0, scale, generator=generator)
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _backbone_norm(backbone: str) -> InputNorm:
    config = timm.get_pretrained_cfg(backbone)
    if config is None:
        raise InputError(f"backbone={backbone!r}: timm records no mean and std; set input_norm")
    mean, std = ((255.0 * a, 255.0 * b, 255.0 * c) for a, b, c in (config.mean, config.std))
    return InputNorm("rgb", mean, std)
