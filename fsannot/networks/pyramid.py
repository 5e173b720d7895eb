"""A feature pyramid on any timm backbone, fed with clicks and the previous mask."""

from __future__ import annotations

from typing import Any, cast

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.networks.encoding import disk_maps, tanh_maps

FINEST = 4
"""Stride of the finest level; logits are upsampled from there, as RITM's are."""

COARSEST = 32
"""Sides are padded to a multiple of it, so that every level's cells align with the image."""

CLICK_MAPS = 5  # disks and distances of positive and negative clicks, previous mask
REFERENCES = 3  # what a cell is compared with: positive clicks, negative clicks, previous mask

COARSE_BLOCKS = 2
"""Residual blocks of each level but the finest, which has one: they cost little there and see far."""


class ClickPyramid(nn.Module):
    """Image, previous probability and clicks → logits; the image is encoded separately from the clicks.

    The backbone sees the image alone, so its features serve every object and every click of an image. Each of its
    levels then gets the inputs of RITM's network (Sofiiuk et al., arXiv:2102.06583), pooled to its cells:

    * disks of radius 5 around the clicks, and the previous mask;
    * the distances to the clicks (tanh(2d / 260), as in f-BRS), which reach where a disk does not;
    * the similarity of each cell to those under the positive clicks, the negative clicks and the previous mask,
      because what looks like the clicked object may lie far from the click.

    A top-down pyramid (Lin et al., CVPR 2017) of residual blocks leads to stride 4.

    Args:
        backbone: a timm model that offers ``features_only``, with levels of stride 4 to at most 32.
        width: channels of the pyramid, at least 8.

    Raises:
        InputError: unknown backbone, one without such levels, or fewer than 8 channels.
    """

    def __init__(self, *, backbone: str = "tf_efficientnet_lite0", width: int = 64) -> None:
        super().__init__()
        if not timm.is_model(backbone):
            raise InputError(f"backbone={backbone!r} is no timm model; timm.list_models() names them")
        if width < 8:
            raise InputError(f"width={width} is not valid; at least 8 channels")
        self.backbone = timm.create_model(backbone, pretrained=False, features_only=True)
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
        self.clues = nn.ModuleList(_normed(CLICK_MAPS + REFERENCES, width, 1) for _ in channels)
        self.context = nn.Sequential(nn.Conv2d(channels[-1], width, 1), nn.ReLU(inplace=True))
        self.smooth = nn.ModuleList(
            nn.ModuleList(_normed(width, width, 3) for _ in range(1 if level == 0 else COARSE_BLOCKS))
            for level in range(len(channels))
        )
        self.last = _normed(width, width, 3)
        self.score = nn.Conv2d(width, 1, 1)

    def forward(self, image: Tensor, previous: Tensor, slots: Tensor) -> Tensor:
        """Logits of image, previous mask and clicks.

        Args:
            image: float32 (B, 3, H, W) in [0, 1], RGB, of any size.
            previous: float32 (B, 1, H, W), probability after the previous click, zeros at first.
            slots: float64 (B, 2, N, 2), clicks, see ``encoding``.

        Returns:
            float32 (B, 1, H, W).
        """
        return self.decode(self.features(image), previous, slots)

    def features(self, image: Tensor) -> list[Tensor]:
        """Levels of the backbone.

        Args:
            image: float32 (V, 3, H, W) in [0, 1], RGB, V images.

        Returns:
            float (V, C, h, w) each, fine to coarse.
        """
        mean, std = (image.new_tensor(values).view(1, 3, 1, 1) for values in (self.mean, self.std))
        below, right = (-side % COARSEST for side in image.shape[2:])
        x = F.pad((image - mean) / std, (0, right, 0, below), mode="replicate")
        x = x.contiguous(memory_format=torch.channels_last)
        if torch.is_grad_enabled() and x.device.type == "cpu":
            # bf16 depthwise convolutions take longer backwards than fp32 ones there
            with torch.autocast("cpu", enabled=False):
                features = self.backbone(x.float())
        else:
            features = self.backbone(x)
        return [features[i] for i in self.used]

    def decode(self, features: list[Tensor], previous: Tensor, slots: Tensor) -> Tensor:
        """Logits of K objects in each of V images, the objects of an image one after another.

        Args:
            features: of the images, see ``features``.
            previous: float32 (V·K, 1, H, W), see ``forward``.
            slots: float64 (V·K, 2, N, 2), clicks.

        Returns:
            float32 (V·K, 1, H, W).
        """
        size = (previous.shape[2], previous.shape[3])
        each = len(previous) // len(features[0])
        maps = _click_maps(previous, slots, (features[0].shape[2], features[0].shape[3]))
        x: Tensor | None = None
        for level in reversed(range(len(features))):
            f = features[level]
            pooled = _pooled(maps, f)
            references = torch.cat([pooled[:, :2], pooled[:, -1:]], dim=1)
            clues = torch.cat([pooled, similarities(f, references)], dim=1).to(f.dtype)
            clues = self.clues[level](clues.contiguous(memory_format=torch.channels_last))
            own = self.lateral[level](f)
            if x is None:
                own = own + self.context(f.mean((2, 3), keepdim=True))
            # of an image, to each of its objects
            own = (own.unsqueeze(1) + clues.unflatten(0, (len(f), each))).flatten(0, 1)
            if x is not None:
                own = own + F.interpolate(x, size=f.shape[2:], mode="bilinear", align_corners=False)
            x = F.relu(own)
            for block in cast(nn.ModuleList, self.smooth[level]):
                x = F.relu(x + block(x))
        assert x is not None
        logits = self.score(F.relu(self.last(x))).float()
        logits = F.interpolate(logits, scale_factor=FINEST, mode="bilinear", align_corners=False)
        return logits[:, :, : size[0], : size[1]]


def similarities(features: Tensor, maps: Tensor) -> Tensor:
    """Cosine of each cell with the mean direction under each of M maps, both relative to the mean cell of the image.

    Args:
        features: float (V, C, h, w).
        maps: float (V·K, M, h, w), weights of K objects per image, not negative; a map of zeros gives 0.

    Returns:
        float32 (V·K, M, h, w) in [−1, 1].
    """
    cells = features.float().flatten(2)  # (V, C, hw)
    cells = F.normalize(cells - cells.mean(2, keepdim=True), dim=1)
    weights = maps.float().reshape(len(cells), -1, cells.shape[2])  # (V, KM, hw)
    means = F.normalize(weights @ cells.transpose(1, 2), dim=2)  # (V, KM, C)
    return (means @ cells).view(maps.shape)


def _click_maps(previous: Tensor, slots: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, ``CLICK_MAPS``, h, w) on the finest level's cells: disks, distances, previous mask."""
    below, right = (cells * FINEST - side for cells, side in zip(size, previous.shape[2:], strict=True))
    mask = F.avg_pool2d(F.pad(previous.float(), (0, right, 0, below)), FINEST)
    # a disk of radius 5 holds the centre of the cell its click is in
    disks, distances = (maps(slots, size, stride=FINEST) for maps in (disk_maps, tanh_maps))
    return torch.cat([disks, distances, mask], dim=1)


def _pooled(maps: Tensor, like: Tensor) -> Tensor:
    """Click maps at a level's size: a cell with a click in it has one; other maps' cells are means."""
    size = (like.shape[2], like.shape[3])
    if maps.shape[2:] == size:
        return maps
    disks, others = maps[:, :2], maps[:, 2:]
    return torch.cat([F.adaptive_max_pool2d(disks, size), F.adaptive_avg_pool2d(others, size)], dim=1)


def _normed(inputs: int, outputs: int, side: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False), nn.BatchNorm2d(outputs)
    )
