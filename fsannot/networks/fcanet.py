"""First-click attention network (Lin et al., CVPR 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import timm
import torch
from torch import Tensor, nn

from fsannot.networks.encoding import gaussian_maps
from fsannot.networks.images import resize

CLICK_WIDTH, FIRST_CLICK_WIDTH = 10.0, 30.0  # full widths at half maximum, pixels
MULTIGRID = (2, 4, 8)  # dilations of the last stage


def conv_relu(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> list[nn.Module]:
    """A convolution, BatchNorm and ReLU.

    Args:
        inputs: channels of the input.
        outputs: channels of the result.
        kernel: side of the kernel, pixels, odd.
        stride: of the convolution.

    Returns:
        the three layers.
    """
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.ReLU()]


class AtrousConv(nn.Module):
    """A convolution with dilation ``rate`` (1×1 where it is 1, else 3×3), BatchNorm and ReLU."""

    def __init__(self, inputs: int, outputs: int, rate: int) -> None:
        super().__init__()
        kernel, padding = (1, 0) if rate == 1 else (3, rate)
        self.atrous_conv = nn.Conv2d(inputs, outputs, kernel, padding=padding, dilation=rate, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers to ``x``, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return self.relu(self.bn(self.atrous_conv(x)))


class AtrousPyramid(nn.Module):
    """Atrous spatial pyramid pooling at rates 1, 6, 12, 18 and of the image; ``inputs`` to ``outputs`` channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.aspp1 = AtrousConv(inputs, outputs, 1)
        self.aspp2 = AtrousConv(inputs, outputs, 6)
        self.aspp3 = AtrousConv(inputs, outputs, 12)
        self.aspp4 = AtrousConv(inputs, outputs, 18)
        self.global_avg_pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), *conv_relu(inputs, outputs, 1))
        self.conv1 = nn.Conv2d(5 * outputs, outputs, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Apply all branches to ``x`` and join them, float (B, inputs, h, w) → (B, outputs, h, w)."""
        local = [self.aspp1(x), self.aspp2(x), self.aspp3(x), self.aspp4(x)]
        pooled = resize(self.global_avg_pool(x), x.shape[2:])
        return self.relu(self.bn1(self.conv1(torch.cat([*local, pooled], dim=1))))


class Decoder(nn.Module):
    """Joins the pyramid with reduced low-level features.

    Args:
        inputs: channels of the pyramid.
        side: channels of the low-level features.
        reduced: channels that these are reduced to.
        outputs: channels of the result.
    """

    def __init__(self, inputs: int, side: int, reduced: int, outputs: int) -> None:
        super().__init__()
        self.side_conv = nn.Sequential(*conv_relu(side, reduced, 1))
        self.merge_conv = nn.Sequential(*conv_relu(inputs + reduced, outputs), *conv_relu(outputs, outputs))

    def forward(self, x: Tensor, side: Tensor) -> Tensor:
        """Join both.

        Args:
            x: float (B, inputs, h, w), the pyramid.
            side: float (B, side, H/4, W/4), low-level features.

        Returns:
            float (B, outputs, H/4, W/4).
        """
        side = self.side_conv(side)
        return self.merge_conv(torch.cat([resize(x, side.shape[2:]), side], dim=1))


class LogitHead(nn.Module):
    """Two convolutions of half as many channels as ``inputs``, and a logit."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        width = inputs // 2
        self.pred_conv = nn.Sequential(
            *conv_relu(inputs, width), *conv_relu(width, width), nn.Conv2d(width, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits of ``x``, float (B, inputs, h, w) → (B, 1, h, w)."""
        return self.pred_conv(x)


class ConvStack(nn.Module):
    """Convolutions of given ``widths`` and ``strides``, from ``inputs`` channels."""

    def __init__(self, inputs: int, widths: Sequence[int], strides: Sequence[int]) -> None:
        super().__init__()
        sources = [inputs, *widths[:-1]]
        self.convs = nn.Sequential(
            *(nn.Sequential(*conv_relu(i, o, 3, s)) for i, o, s in zip(sources, widths, strides, strict=True))
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers to ``x``, float (B, inputs, h, w) → (B, widths[-1], h/4, w/4) in FCANet."""
        return self.convs(x)


class FCANetwork(nn.Module):
    """Image and click distances → logits; the first click is joined once more after the first stage."""

    def __init__(self) -> None:
        super().__init__()
        net: Any = timm.create_model(
            "resnet101", pretrained=False, in_chans=5, output_stride=16, num_classes=0
        )
        for block, dilation in zip(net.layer4, MULTIGRID, strict=True):
            block.conv2.dilation = block.conv2.padding = (dilation, dilation)
        self.backbone_pre = nn.Sequential()
        for name in ("conv1", "bn1", "act1", "maxpool", "layer1"):
            self.backbone_pre.add_module(name, getattr(net, name))
        self.backbone_last = nn.Sequential()
        for name in ("layer2", "layer3", "layer4"):
            self.backbone_last.add_module(name, getattr(net, name))
        self.my_aspp = AtrousPyramid(2048 + 512, 256)
        self.my_decoder = Decoder(256, side=256, reduced=48, outputs=256)
        self.pred_decoder = LogitHead(256)
        self.first_conv = ConvStack(257, (256, 256, 256, 512, 512, 512), (2, 1, 1, 2, 1, 1))
        self.first_pred_decoder = LogitHead(
            512
        )  # its loss is used in training only; kept for the strict load

    def forward(self, image: Tensor, positive: Tensor, negative: Tensor, first: Tensor) -> Tensor:
        """Logits of image and clicks.

        Args:
            image: float32 (B, 3, H, W) in [0, 1], RGB.
            positive: float32 (B, 1, H, W), distance to the nearest positive click, pixels, at most 255.
            negative: float32 (B, 1, H, W), distance to the nearest negative click.
            first: float32 (B, 1, H, W), distance to the first click.

        Returns:
            float32 (B, 1, H, W).
        """
        clicks = [gaussian_maps(positive, CLICK_WIDTH), gaussian_maps(negative, CLICK_WIDTH)]
        low = self.backbone_pre(torch.cat([image, *clicks], dim=1))
        high = self.backbone_last(low)
        attention = resize(gaussian_maps(first, FIRST_CLICK_WIDTH), low.shape[2:])
        focus = self.first_conv(torch.cat([low, attention], dim=1))
        merged = self.my_decoder(self.my_aspp(torch.cat([focus, high], dim=1)), low)
        return resize(self.pred_decoder(merged), image.shape[2:])
