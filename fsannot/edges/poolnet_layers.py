"""The parts of PoolNet's head: pyramid pooling and guidance, feature aggregation, edge branch.

Liu, Hou, Cheng, Feng, Jiang, *A Simple Pooling-Based Design for Real-Time Salient Object Detection*,
CVPR 2019, doi:10.1109/CVPR.2019.00404; edge branch as in its joint training with boundaries.

All take and return float tensors (B, C, H, W). Two keywords depart from the published network, which has
``norm=False, align_corners=True``: ``norm`` adds BatchNorm, so that a head trained from scratch stands a
large learning rate; ``align_corners=False`` resamples alike everywhere in the image, whatever its size.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

POOL_SIZES = (2, 4, 8)
PYRAMID_SIZES = (1, 3, 5)


def resize(x: Tensor, size: Sequence[int], align_corners: bool) -> Tensor:
    """Bilinear resampling; returns the tensor itself where the size agrees.

    Args:
        x: float (B, C, h, w).
        size: (H, W) wanted.
        align_corners: as of ``torch.nn.functional.interpolate``.

    Returns:
        float (B, C, H, W).
    """
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode="bilinear", align_corners=align_corners)


def conv(inputs: int, outputs: int, kernel: int, *, norm: bool = False, relu: bool = False) -> nn.Sequential:
    """Convolution without bias that keeps the size, then BatchNorm and ReLU where wanted.

    Args:
        inputs: channels that go in.
        outputs: channels that come out.
        kernel: odd side of the kernel, pixels.
        norm: add BatchNorm.
        relu: add ReLU.

    Returns:
        the layers in sequence.
    """
    layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False)]
    if norm:
        layers.append(nn.BatchNorm2d(outputs))
    if relu:
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)


class PyramidPooling(nn.Module):
    """Context of the whole image: the deepest features averaged on grids of 1², 3² and 5² cells.

    Args:
        inputs: channels of the deepest features.
        width: channels of the context.
        norm: BatchNorm in the last convolution.
        align_corners: of every bilinear resampling.
    """

    def __init__(self, inputs: int, width: int, *, norm: bool, align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.reduce = nn.Conv2d(inputs, width, 1, bias=False)
        self.levels = nn.ModuleList(conv(width, width, 1, relu=True) for _ in PYRAMID_SIZES)
        self.merge = conv(width * (1 + len(PYRAMID_SIZES)), width, 3, norm=norm, relu=True)

    def forward(self, x: Tensor) -> Tensor:
        """Context of a batch.

        Args:
            x: float (B, inputs, h, w), deepest features of the backbone.

        Returns:
            float (B, width, h, w).
        """
        x = self.reduce(x)
        levels = [x]
        for size, level in zip(PYRAMID_SIZES, self.levels, strict=True):
            levels.append(resize(level(F.adaptive_avg_pool2d(x, size)), x.shape[-2:], self.align_corners))
        return self.merge(torch.cat(levels, dim=1))


class FeatureAggregation(nn.Module):
    """Sums features with averages of themselves over 2², 4² and 8² pixels, then joins the next finer level.

    Args:
        inputs: channels of the features.
        outputs: channels of the result.
        fuse: False for the last one, which has no finer level to join.
        norm: BatchNorm in the convolutions.
        align_corners: of every bilinear resampling.
    """

    def __init__(
        self, inputs: int, outputs: int, *, fuse: bool = True, norm: bool, align_corners: bool
    ) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.pooled = nn.ModuleList(nn.Conv2d(inputs, inputs, 3, padding=1, bias=False) for _ in POOL_SIZES)
        self.sum = conv(inputs, outputs, 3, norm=norm)
        self.join = conv(outputs, outputs, 3, norm=norm) if fuse else None

    def forward(self, x: Tensor, lateral: Tensor | None = None, guide: Tensor | None = None) -> Tensor:
        """Aggregated features of a batch.

        Args:
            x: float (B, inputs, h, w).
            lateral: float (B, outputs, H, W), the next finer level; None with ``fuse=False``.
            guide: float (B, outputs, H, W), context of the whole image; None with ``fuse=False``.

        Returns:
            float (B, outputs, H, W), or (B, outputs, h, w) where nothing is joined.
        """
        total = x
        for size, layer in zip(POOL_SIZES, self.pooled, strict=True):
            # an image smaller than the window still has one average
            window = (min(size, x.shape[-2]), min(size, x.shape[-1]))
            total = total + resize(layer(F.avg_pool2d(x, window)), x.shape[-2:], self.align_corners)
        total = F.relu(total)
        if self.join is None or lateral is None or guide is None:
            return self.sum(total)
        total = self.sum(resize(total, lateral.shape[-2:], self.align_corners))
        return self.join(total + lateral + guide)


class EdgeRefinement(nn.Module):
    """Two residual bottlenecks, then a 1×1 convolution to the few channels of a side output.

    Args:
        inputs: channels of a level.
        outputs: channels of the side output.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = self._bottleneck(inputs)
        self.second = self._bottleneck(inputs)
        self.out = nn.Conv2d(inputs, outputs, 1, bias=False)

    @staticmethod
    def _bottleneck(width: int) -> nn.Sequential:
        inner = width // 4
        return nn.Sequential(
            nn.Conv2d(width, inner, 1, bias=False),
            nn.Conv2d(inner, inner, 3, padding=1, bias=False),
            nn.Conv2d(inner, width, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Refined features of one level.

        Args:
            x: float (B, inputs, h, w).

        Returns:
            float (B, outputs, h, w).
        """
        x = F.relu(x + self.first(x))
        x = F.relu(x + self.second(x))
        return self.out(x)


class EdgeScores(nn.Module):
    """One edge map from each level and one fused from all, as logits.

    Args:
        levels: number of levels.
        width: channels of a refined level.
        align_corners: of every bilinear resampling.
    """

    def __init__(self, levels: int, width: int, *, align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.sides = nn.ModuleList(nn.Conv2d(width, 1, 1) for _ in range(levels))
        self.fuse = nn.Conv2d(levels, 1, 1)

    def forward(self, levels: Sequence[Tensor], size: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Edge logits of a batch.

        Args:
            levels: float (B, width, h, w) each, coarse to fine.
            size: (H, W) of the result.

        Returns:
            fused float32 (B, 1, H, W) and sides float32 (B, levels, H, W), coarse to fine.
        """
        # in bf16 a map would have only some thousand different values, and watersheds need an order
        with torch.autocast(levels[0].device.type, enabled=False):
            maps = [side(x.float()) for side, x in zip(self.sides, levels, strict=True)]
            sides = torch.cat([resize(x, size, self.align_corners) for x in maps], dim=1)
            return self.fuse(sides), sides


class EdgeFeatures(nn.Module):
    """Edge information for the saliency branch: the refined levels concatenated, then four convolutions.

    Args:
        inputs: channels of all refined levels together.
        outputs: channels of the result.
        align_corners: of every bilinear resampling.
    """

    def __init__(self, inputs: int, outputs: int, *, align_corners: bool) -> None:
        super().__init__()
        self.align_corners = align_corners
        self.layers = nn.Sequential(
            conv(inputs, inputs, 3, relu=True),
            conv(inputs, outputs, 3, relu=True),
            conv(outputs, outputs, 3, relu=True),
            conv(outputs, outputs, 3, relu=True),
        )

    def forward(self, levels: Sequence[Tensor], size: Sequence[int]) -> Tensor:
        """Edge features of a batch.

        Args:
            levels: float (B, c, h, w) each, refined levels.
            size: (H, W) of the result.

        Returns:
            float (B, outputs, H, W).
        """
        return self.layers(torch.cat([resize(x, size, self.align_corners) for x in levels], dim=1))
