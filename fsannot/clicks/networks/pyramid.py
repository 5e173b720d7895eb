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
    (Sofiiuk et al., arXiv:2102.06583, *Conv1E*). Each level gets them once more, pooled, so that a click is still
    there where the image has shrunk to a few cells, together with the similarity of each cell to those under the
    positive clicks, the negative clicks and the previous mask: what looks like the clicked object may lie far from
    the click. A top-down pyramid (Lin et al., CVPR 2017) leads to stride 4.

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
        channels: list[int] = [info.channels()[i] for i in self.used]
        self.lateral = nn.ModuleList(_normed(c, width, 1) for c in channels)
        # normed apart from the features: a few channels would drown among hundreds
        self.clues = nn.ModuleList(_normed(2 * CLICK_MAPS, width, 1) for _ in channels)
        self.context = nn.Sequential(nn.Conv2d(channels[-1], width, 1), nn.ReLU(inplace=True))
        self.smooth = nn.ModuleList(_normed(width, width, 3) for _ in channels)
        self.last = _normed(width, width, 3)
        self.score = nn.Conv2d(width, 1, 1)

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
        x: Tensor | None = None
        for level in reversed(range(len(features))):
            f = features[level]
            pooled = _pooled(maps, f)
            clues = torch.cat([pooled, similarities(f, pooled)], dim=1).to(f.dtype)
            own = self.lateral[level](f) + self.clues[level](clues)
            if x is None:
                x = own + self.context(f.mean((2, 3), keepdim=True))
            else:
                x = own + F.interpolate(x, size=f.shape[2:], mode="bilinear", align_corners=False)
            x = F.relu(x)
            x = F.relu(x + self.smooth[level](x))
        assert x is not None
        return self.score(F.relu(self.last(x)))


def similarities(features: Tensor, maps: Tensor) -> Tensor:
    """Cosine of each cell with the mean direction under each of K maps, both from the image's mean cell.

    Args:
        features: (B, C, h, w).
        maps: (B, K, h, w) weights, not negative; a map of zeros is similar to nothing.

    Returns:
        float32 (B, K, h, w) in [−1, 1].
    """
    cells = features.float().flatten(2)  # (B, C, hw)
    cells = F.normalize(cells - cells.mean(2, keepdim=True), dim=1)
    means = F.normalize(maps.float().flatten(2) @ cells.transpose(1, 2), dim=2)  # (B, K, C)
    return (means @ cells).view(*maps.shape[:2], *features.shape[2:])


def _pooled(maps: Tensor, like: Tensor) -> Tensor:
    """Click maps at a level's size: a cell with a click in it has one; the mask's cells are means."""
    size = (like.shape[2], like.shape[3])
    disks, previous = maps[:, :2], maps[:, 2:]
    return torch.cat([F.adaptive_max_pool2d(disks, size), F.adaptive_avg_pool2d(previous, size)], dim=1)


def _normed(inputs: int, outputs: int, side: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False), nn.BatchNorm2d(outputs)
    )
