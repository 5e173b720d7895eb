"""HRNet with object context, fed with clicks and the previous mask: the network of RITM (arXiv:2102.06583)."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn

from fsannot.networks.encoding import disk_maps
from fsannot.networks.images import IMAGENET, Normalization, normalize, resize
from fsannot.networks.object_context import ObjectContext, gather_objects


class LearnedScale(nn.Module):
    """Multiplies by the magnitude of one learned number, so that click maps enter a pretrained network gently.

    Args:
        initial: first value of the number.
    """

    def __init__(self, initial: float = 0.05) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((1,), initial))

    def forward(self, x: Tensor) -> Tensor:
        """Scale ``x``, float of any shape such as (B, C, H, W)."""
        return x * self.scale.abs()


def click_transform(outputs: int = 64) -> nn.Sequential:
    """Layers that turn previous mask and click maps into features.

    Args:
        outputs: channels of the features.

    Returns:
        float (B, 3, H, W) → (B, outputs, H/2, W/2).
    """
    return nn.Sequential(
        nn.Conv2d(3, 16, 1), nn.LeakyReLU(0.2), nn.Conv2d(16, outputs, 3, stride=2, padding=1), LearnedScale()
    )


def fuse(module: Any, branches: list[Tensor]) -> list[Tensor]:
    """One exchange unit of HRNet with bilinear upsampling.

    timm's own forward repeats pixels by a fixed factor. RITM interpolates to the size of the target branch with
    aligned corners, which also serves sizes that are not a multiple of 32.

    Args:
        module: timm's ``HighResolutionModule``.
        branches: float (B, C, h, w) each, fine to coarse.

    Returns:
        the fused branches, of the same sizes.
    """
    branches = [branch(x) for branch, x in zip(module.branches, branches, strict=True)]
    fused = []
    for i, row in enumerate(module.fuse_layers):
        total: Tensor | None = None
        for j, layer in enumerate(row):
            x = branches[j]
            x = (
                resize(layer[1](layer[0](x)), branches[i].shape[2:]) if j > i else layer(x)
            )  # [2] is timm's upsample
            total = x if total is None else total + x
        fused.append(module.fuse_act(total))
    return fused


class HRNetOCR(nn.Module):
    """HRNet whose branches are joined at a quarter of the resolution, with an object-context head.

    Args:
        backbone: timm name; the classification head is not built.
        ocr_width: channels of the attention's keys; features have twice as many.
    """

    conv1: Any  # timm's modules, adopted by name
    bn1: Any
    act1: Any
    conv2: Any
    bn2: Any
    act2: Any
    layer1: Any
    transition1: Any
    transition2: Any
    transition3: Any
    stage2: Any
    stage3: Any
    stage4: Any

    def __init__(self, backbone: str, ocr_width: int) -> None:
        super().__init__()
        net: Any = timm.create_model(backbone, pretrained=False, head="")
        for name, module in net.named_children():
            if name not in ("global_pool", "head_drop", "classifier"):
                self.add_module(name, module)
        joined = sum(net.stage4_cfg["num_channels"])
        width = 2 * ocr_width
        self.conv3x3_ocr = nn.Sequential(
            nn.Conv2d(joined, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        self.ocr_distri_head = ObjectContext(width, ocr_width)
        self.cls_head = nn.Conv2d(width, 1, 1)
        self.aux_head = nn.Sequential(
            nn.Conv2d(joined, joined, 1),
            nn.BatchNorm2d(joined),
            nn.ReLU(inplace=True),
            nn.Conv2d(joined, 1, 1),
        )

    def backbone(self, image: Tensor, clicks: Tensor) -> Tensor:
        """Joined branches of the HRNet; clicks are added after its stem.

        Args:
            image: float32 (B, 3, H, W), RGB, normalised.
            clicks: float32 (B, 64, H/2, W/2), features of the clicks.

        Returns:
            float32 (B, 15·w, H/4, W/4), with w the width of the HRNet.
        """
        x = self.act1(self.bn1(self.conv1(image))) + clicks
        x = self.layer1(self.act2(self.bn2(self.conv2(x))))
        branches = [x]
        for transition, stage in (
            (self.transition1, self.stage2),
            (self.transition2, self.stage3),
            (self.transition3, self.stage4),
        ):
            # a new branch starts from the lowest resolution there is
            branches = [step(branches[min(i, len(branches) - 1)]) for i, step in enumerate(transition)]
            for module in stage:
                branches = fuse(module, branches)
        size = branches[0].shape[2:]
        return torch.cat([branches[0], *(resize(b, size) for b in branches[1:])], dim=1)

    def forward(self, image: Tensor, clicks: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and auxiliary logits.

        Args:
            image: float32 (B, 3, H, W), RGB, normalised.
            clicks: float32 (B, 64, H/2, W/2), features of the clicks.

        Returns:
            float32 (B, 1, H/4, W/4) each.
        """
        joined = self.backbone(image, clicks)
        coarse = self.aux_head(joined)
        features = self.conv3x3_ocr(joined)
        features = self.ocr_distri_head(features, gather_objects(features, coarse))
        return self.cls_head(features), coarse


class RITMNetwork(nn.Module):
    """Image, previous probability and clicks → logits.

    Args:
        backbone: ``hrnet_w18``, ``hrnet_w32`` or ``hrnet_w18_small_v2`` (published as HRNet-18s).
        ocr_width: 64, 128 and 48 in the published networks.
        normalization: of the image; ImageNet's in the published networks.
    """

    def __init__(
        self, *, backbone: str = "hrnet_w18", ocr_width: int = 64, normalization: Normalization = IMAGENET
    ) -> None:
        super().__init__()
        self.normalization = normalization
        self.maps_transform = click_transform()
        self.feature_extractor = HRNetOCR(backbone, ocr_width)

    def forward(self, image: Tensor, previous: Tensor, slots: Tensor) -> Tensor:
        """Logits of image, previous mask and clicks.

        Args:
            image: float32 (B, 3, H, W) in [0, 1], RGB.
            previous: float32 (B, 1, H, W), probability after the previous click, zeros at first.
            slots: float64 (B, 2, N, 2), clicks, see ``encoding``.

        Returns:
            float32 (B, 1, H, W).
        """
        size = (image.shape[2], image.shape[3])
        clicks = self.maps_transform(torch.cat([previous, disk_maps(slots, size)], dim=1))
        logits, _ = self.feature_extractor(normalize(image, self.normalization), clicks)
        return resize(logits, size)
