"""Plain vision transformer fed with clicks: the network of SimpleClick (Liu et al., ICCV 2023, arXiv:2210.11006)."""

from __future__ import annotations

from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fsannot.networks.encoding import disk_maps
from fsannot.networks.images import IMAGENET, Normalization, normalize, resize

PRETRAINED_SIDE = 448  # px; the published position embeddings are for this side
WINDOW_SIDE = 224  # px; attention stays within windows of this side but for four (or two) global blocks
HEAD_WIDTH = 256


class CoordinatePatches(nn.Module):
    """Patch embedding of the previous mask and the click maps: ``width`` channels, patches of ``patch`` pixels."""

    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, maps: Tensor) -> Tensor:
        """Embed ``maps``, float (B, 3, H, W) → (B, width, H/patch, W/patch)."""
        return self.proj(maps)


class FeaturePyramid(nn.Module):
    """Strides 4, 8, 16, 32 from the one stride of a plain transformer (Li et al. 2022, arXiv:2203.16527).

    Args:
        width: channels of the transformer.
        outputs: channels of each stride, fine to coarse.
    """

    def __init__(self, width: int, outputs: tuple[int, int, int, int]) -> None:
        super().__init__()
        quarter, eighth, sixteenth, last = outputs
        wide, half, double = max(2 * quarter, width // 2), max(eighth, width // 2), max(last, 2 * width)
        self.down_4 = nn.Sequential(
            nn.ConvTranspose2d(width, wide, 2, stride=2),
            nn.GroupNorm(1, wide),
            nn.GELU(),
            nn.ConvTranspose2d(wide, wide // 2, 2, stride=2),
            nn.GroupNorm(1, wide // 2),
            *_project(wide // 2, quarter),
        )
        self.down_8 = nn.Sequential(
            nn.ConvTranspose2d(width, half, 2, stride=2), nn.GroupNorm(1, half), *_project(half, eighth)
        )
        self.down_16 = nn.Sequential(*_project(width, sixteenth))
        self.down_32 = nn.Sequential(
            nn.Conv2d(width, double, 2, stride=2), nn.GroupNorm(1, double), *_project(double, last)
        )

    def forward(self, x: Tensor) -> list[Tensor]:
        """Levels of the pyramid.

        Args:
            x: float (B, width, h, w).

        Returns:
            four maps, float (B, C, 4h, 4w) to (B, C, h/2, w/2), fine to coarse.
        """
        return [self.down_4(x), self.down_8(x), self.down_16(x), self.down_32(x)]


def _project(inputs: int, outputs: int) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, 1), nn.GroupNorm(1, outputs), nn.GELU()]


class ConvReLU(nn.Module):
    """1×1 convolution from ``inputs`` to ``outputs`` channels and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Apply both to ``x``, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return F.relu(self.conv(x))


class PointwiseHead(nn.Module):
    """Brings every level to one width, resizes it to the finest and fuses them: the all-MLP head of SegFormer.

    Args:
        inputs: channels of each level, fine to coarse.
    """

    def __init__(self, inputs: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.conv_seg = nn.Conv2d(HEAD_WIDTH, 1, 1)
        self.convs = nn.ModuleList(ConvReLU(width, HEAD_WIDTH) for width in inputs)
        self.fusion_conv = ConvReLU(len(inputs) * HEAD_WIDTH, HEAD_WIDTH)
        # the published checkpoints carry these for a finer output they do not use
        self.up_conv1 = _doubling(HEAD_WIDTH)
        self.up_conv2 = _doubling(HEAD_WIDTH // 2)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Logits from all levels.

        Args:
            maps: float (B, C, h, w) each, fine to coarse.

        Returns:
            float (B, 1, h, w), at the size of the finest.
        """
        size = maps[0].shape[2:]
        same = [
            F.interpolate(conv(x), size=size, mode="bilinear", align_corners=False)
            for conv, x in zip(self.convs, maps, strict=True)
        ]
        return self.conv_seg(self.fusion_conv(torch.cat(same, dim=1)))


def _doubling(width: int) -> nn.Sequential:
    half = width // 2
    return nn.Sequential(
        nn.ConvTranspose2d(width, half, 2, stride=2), nn.GroupNorm(1, half), *_project(half, half)
    )


class SimpleClickNetwork(nn.Module):
    """Image, previous probability and clicks → logits.

    Args:
        backbone: a timm ViT, ``vit_base_patch16_224``, ``vit_large_patch16_224`` or ``vit_huge_patch14_224``.
        pyramid: channels of the feature pyramid at strides 4, 8, 16, 32.
        normalization: of the image; ImageNet's in the published networks.
    """

    def __init__(
        self, *, backbone: str, pyramid: tuple[int, int, int, int], normalization: Normalization = IMAGENET
    ) -> None:
        super().__init__()
        self.normalization = normalization
        # its classifier and final norm are unused, but part of the published state dict
        vit: Any = timm.create_model(
            backbone,
            pretrained=False,
            img_size=PRETRAINED_SIDE,
            num_classes=1000,
            global_pool="avg",
            weight_init="skip",
        )
        width: int = vit.embed_dim
        self.patch: int = vit.patch_embed.patch_size[0]
        self.patch_embed_coords = CoordinatePatches(width, self.patch)
        self.backbone: Any = vit
        self.neck = FeaturePyramid(width, pyramid)
        self.head = PointwiseHead(pyramid)

    def positions(self, grid: tuple[int, int]) -> Tensor:
        """Position embedding, resized bicubically where the crop is not the published one.

        Args:
            grid: rows gh and columns gw of patches.

        Returns:
            float32 (1, gh·gw, C).
        """
        tokens = self.backbone.pos_embed[:, 1:]  # without the class token
        side = PRETRAINED_SIDE // self.patch
        if grid == (side, side):
            return tokens
        maps = tokens.transpose(1, 2).reshape(1, -1, side, side)
        return F.interpolate(maps, size=grid, mode="bicubic", align_corners=False).flatten(2).transpose(1, 2)

    def encode(self, image: Tensor, maps: Tensor) -> Tensor:
        """Features of the transformer with patches of p pixels.

        Args:
            image: float32 (B, 3, H, W), RGB, normalised.
            maps: float32 (B, 3, H, W), previous mask and click maps.

        Returns:
            float32 (B, C, H/p, W/p).
        """
        x = self.backbone.patch_embed.proj(image) + self.patch_embed_coords(maps)
        batch, width, height, length = x.shape
        x = x.flatten(2).transpose(1, 2) + self.positions((height, length))
        w = WINDOW_SIDE // self.patch
        rows, cols = height // w, length // w
        blocks = self.backbone.blocks
        every = 6 if len(blocks) == 12 else len(blocks) // 4
        windowed = False
        for number, block in enumerate(blocks, start=1):
            if number % every and not windowed:
                x = x.view(batch, rows, height // rows, cols, length // cols, width).transpose(2, 3)
                x = x.reshape(batch * rows * cols, -1, width)
            elif number % every == 0:  # the block before was windowed
                x = x.view(batch, rows, cols, height // rows, length // cols, width).transpose(2, 3)
                x = x.reshape(batch, height * length, width)
            windowed = number % every != 0
            x = block(x)
        return x.transpose(1, 2).reshape(batch, width, height, length)

    def forward(self, image: Tensor, previous: Tensor, slots: Tensor) -> Tensor:
        """Logits of image, previous mask and clicks. H and W are multiples of 224.

        Args:
            image: float32 (B, 3, H, W) in [0, 1], RGB.
            previous: float32 (B, 1, H, W), probability after the previous click, zeros at first.
            slots: float64 (B, 2, N, 2), clicks, see ``encoding``.

        Returns:
            float32 (B, 1, H, W).
        """
        size = (image.shape[2], image.shape[3])
        maps = torch.cat([previous, disk_maps(slots, size)], dim=1)
        return resize(self.head(self.neck(self.encode(normalize(image, self.normalization), maps))), size)
