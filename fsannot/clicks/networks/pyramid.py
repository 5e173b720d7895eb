"""A feature pyramid on any timm backbone, fed with clicks and the previous mask."""

from __future__ import annotations

from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fsannot.clicks.networks.encoding import disk_maps
from fsannot.data.errors import InputError

FINEST = 4
"""Stride of the finest level; logits are upsampled from there, as RITM's are."""

COARSEST = 32
"""Sides are padded to a multiple of it, so that every level's cells align with the image."""

CLICK_MAPS = 3  # positive clicks, negative clicks, previous mask


class ClickPyramid(nn.Module):
    """Image, previous probability and clicks → logits, with the inputs of RITM's network.

    Disks of radius 5 around the clicks and the previous mask are three more channels of the backbone's input
    (Sofiiuk et al., arXiv:2102.06583, *Conv1E*), and of each level's, pooled, so that a click is still there
    where the image has shrunk to a few cells. A top-down pyramid (Lin et al., CVPR 2017) leads to stride 4.
    Half-way, the cosine similarity of each cell to the mean cell of the positive clicks, of the negative
    clicks and of the previous mask joins in: what looks like the clicked object may lie far from the click.

    Args:
        backbone: a timm model that offers ``features_only``, with levels of stride 4 to at most 32.
        width: channels of the pyramid.

    Raises:
        InputError: unknown backbone, one without such levels, or fewer than 8 channels.
    """

    def __init__(self, *, backbone: str = "tf_efficientnet_lite0", width: int = 64) -> None:
        super().__init__()
        if not timm.is_model(backbone):
            raise InputError(f"backbone={backbone!r} is no timm model; timm.list_models() names them")
        if width < 8:
            raise InputError(f"width={width} is not valid; at least 8 channels")
        self.backbone = timm.create_model(
            backbone, pretrained=False, features_only=True, in_chans=3 + CLICK_MAPS
        )
        info: Any = self.backbone.feature_info
        strides: list[int] = info.reduction()
        self.used = [i for i, stride in enumerate(strides) if stride >= FINEST]
        kept = [strides[i] for i in self.used]
        if len(kept) < 2 or kept != sorted(kept) or kept[0] != FINEST or kept[-1] > COARSEST:
            raise InputError(
                f"backbone={backbone!r} has levels of strides {strides}; the pyramid needs {FINEST} and "
                f"coarser ones up to {COARSEST}, fine to coarse"
            )
        config = timm.get_pretrained_cfg(backbone)
        if config is None:
            raise InputError(f"backbone={backbone!r}: timm records no mean and std of its input")
        self.mean, self.std = config.mean, config.std
        inputs = [info.channels()[i] + CLICK_MAPS for i in self.used]
        inputs[0] += CLICK_MAPS  # the similarities
        self.lateral = nn.ModuleList(_convolution(n, width, 1) for n in inputs)
        self.context = nn.Sequential(nn.Conv2d(inputs[-1], width, 1), nn.ReLU(inplace=True))
        self.smooth = nn.ModuleList(_convolution(width, width, 3) for _ in inputs)
        self.embed = nn.Conv2d(width, width, 1)
        self.score = nn.Sequential(_convolution(width, width, 3), nn.Conv2d(width, 1, 1))

    def forward(self, image: Tensor, previous: Tensor, slots: Tensor) -> Tensor:
        """Logits (B, 1, H, W).

        Args:
            image: RGB (B, 3, H, W) in [0, 1], of any size.
            previous: (B, 1, H, W) probability after the previous click, zeros at first.
            slots: clicks (B, 2, N, 2), see ``encoding``.
        """
        height, width = image.shape[2:]
        below, right = -height % COARSEST, -width % COARSEST
        maps = torch.cat([disk_maps(slots, (height, width)), previous], dim=1)
        image = F.pad(self._normalise(image), (0, right, 0, below), mode="replicate")
        maps = F.pad(maps, (0, right, 0, below))
        logits = self._pyramid(self._features(torch.cat([image, maps], dim=1)), maps)
        logits = F.interpolate(logits.float(), size=image.shape[2:], mode="bilinear", align_corners=False)
        return logits[:, :, :height, :width]

    def _normalise(self, image: Tensor) -> Tensor:
        mean, std = (image.new_tensor(values).view(1, 3, 1, 1) for values in (self.mean, self.std))
        return (image - mean) / std

    def _features(self, x: Tensor) -> list[Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        if torch.is_grad_enabled() and x.device.type == "cpu":
            # bf16 depthwise convolutions take longer backwards than fp32 ones there
            with torch.autocast("cpu", enabled=False):
                features = self.backbone(x.float())
        else:
            features = self.backbone(x)
        return [features[i] for i in self.used]

    def _pyramid(self, features: list[Tensor], maps: Tensor) -> Tensor:
        pooled = [_pooled(maps, level) for level in features]
        joined = [torch.cat([f, m.to(f.dtype)], dim=1) for f, m in zip(features, pooled, strict=True)]
        x = self.lateral[-1](joined[-1]) + self.context(joined[-1].mean((2, 3), keepdim=True))
        x = x + self.smooth[-1](x)
        for level in range(len(features) - 2, 0, -1):
            x = _enlarged(x, features[level]) + self.lateral[level](joined[level])
            x = x + self.smooth[level](x)
        alike = similarities(self.embed(x), _pooled(maps, x))
        finest = torch.cat([joined[0], _enlarged(alike.to(joined[0].dtype), features[0])], dim=1)
        x = _enlarged(x, features[0]) + self.lateral[0](finest)
        return self.score(x + self.smooth[0](x))


def similarities(embedding: Tensor, maps: Tensor) -> Tensor:
    """Cosine of each cell of (B, C, h, w) with the mean direction under each of K maps.

    Args:
        maps: (B, K, h, w) weights, not negative; a map of zeros is similar to nothing.

    Returns:
        float32 (B, K, h, w) in [−1, 1].
    """
    cells = F.normalize(embedding.float().flatten(2), dim=1)  # (B, C, hw)
    means = F.normalize(maps.float().flatten(2) @ cells.transpose(1, 2), dim=2)  # (B, K, C)
    return (means @ cells).view(*maps.shape[:2], *embedding.shape[2:])


def _pooled(maps: Tensor, like: Tensor) -> Tensor:
    """Click maps at a level's size: a cell with a click in it has one; the mask's cells are means."""
    size = (like.shape[2], like.shape[3])
    disks, previous = maps[:, :2], maps[:, 2:]
    return torch.cat([F.adaptive_max_pool2d(disks, size), F.adaptive_avg_pool2d(previous, size)], dim=1)


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def _convolution(inputs: int, outputs: int, side: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
