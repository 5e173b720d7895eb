"""DeepLab v3+ with clicks as input: the network of f-BRS (Sofiiuk et al., CVPR 2020, arXiv:2001.10331)."""

from __future__ import annotations

from typing import Any

import timm
import torch
from torch import Tensor, nn

from fsannot.networks.encoding import tanh_maps
from fsannot.networks.images import resize

SKIP_WIDTH = 32


class SeparableConv(nn.Module):
    """Depthwise 3×3 convolution, pointwise convolution, BatchNorm and ReLU; from ``inputs`` to ``outputs`` channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers to ``x``, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return self.body(x)


class ImagePooling(nn.Module):
    """Global average pooling branch, repeated over the map; from ``inputs`` to ``outputs`` channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.gap = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(inputs, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pool ``x``, float (B, inputs, h, w) → (B, outputs, h, w), constant in each image."""
        return resize(self.gap(x), x.shape[2:])


class AtrousPyramid(nn.Module):
    """Atrous spatial pyramid pooling at rate 1, at ``rates`` and of the whole image.

    Args:
        inputs: channels of the input.
        outputs: channels of each branch and of the result.
        rates: dilations of the 3×3 convolutions.
    """

    def __init__(self, inputs: int, outputs: int, rates: tuple[int, ...] = (12, 24, 36)) -> None:
        super().__init__()
        dilated = [
            nn.Sequential(
                nn.Conv2d(inputs, outputs, 3, padding=rate, dilation=rate, bias=False),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            )
            for rate in rates
        ]
        point = nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.concurent = nn.ModuleList([point, *dilated, ImagePooling(inputs, outputs)])
        self.project = nn.Sequential(
            nn.Conv2d((len(rates) + 2) * outputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply all branches to ``x`` and join them, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return self.project(torch.cat([branch(x) for branch in self.concurent], dim=1))


class SkipProject(nn.Module):
    """Reduces low-level features from ``inputs`` to ``outputs`` channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.skip_project = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()
        )

    def forward(self, x: Tensor) -> Tensor:
        """Reduce ``x``, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return self.skip_project(x)


class Fusion(nn.Module):
    """The layers of DeepLab after pyramid and skip features are joined; from ``inputs`` to ``outputs`` channels."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            SeparableConv(inputs, outputs), SeparableConv(outputs, outputs), nn.Conv2d(outputs, outputs, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layers to ``x``, float (B, inputs, h, w) → (B, outputs, h, w)."""
        return self.block(x)


class DeepLab(nn.Module):
    """DeepLab v3+ on a dilated ResNet with a deep stem, output stride 8.

    Args:
        backbone: a timm ResNet of the ``s`` family.
        width: channels of the decoder.
    """

    def __init__(self, backbone: str, width: int) -> None:
        super().__init__()
        net: Any = timm.create_model(backbone, pretrained=False, output_stride=8, num_classes=0)
        self.backbone = net
        self.head = Fusion(width + SKIP_WIDTH, width)
        self.skip_project = SkipProject(net.feature_info[1]["num_chs"], SKIP_WIDTH)
        self.aspp = AtrousPyramid(net.num_features, width)

    def joined(self, x: Tensor) -> Tensor:
        """Pyramid and skip features.

        Args:
            x: float32 (B, 3, H, W), image and clicks mixed to three channels.

        Returns:
            float32 (B, width + 32, H/4, W/4).
        """
        net: Any = self.backbone
        low = net.layer1(net.maxpool(net.act1(net.bn1(net.conv1(x)))))
        high = net.layer4(net.layer3(net.layer2(low)))
        low = self.skip_project(low)
        return torch.cat([resize(self.aspp(high), low.shape[2:]), low], dim=1)


class SeparableHead(nn.Module):
    """Two separable convolutions of ``width`` channels and a logit, from ``inputs`` channels."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            SeparableConv(inputs, width), SeparableConv(width, width), nn.Conv2d(width, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Logits of ``x``, float (B, inputs, h, w) → (B, 1, h, w)."""
        return self.layers(x)


class FBRSNetwork(nn.Module):
    """Image and clicks → logits; f-BRS-B scales and shifts its intermediate features.

    Args:
        backbone: a timm ResNet of the ``s`` family (deep 64-64-128 stem).
        width: channels of the decoder.
    """

    def __init__(self, *, backbone: str = "resnet101s", width: int = 256) -> None:
        super().__init__()
        self.rgb_conv = nn.Sequential(
            nn.Conv2d(5, 8, 1), nn.LeakyReLU(0.2), nn.BatchNorm2d(8), nn.Conv2d(8, 3, 1)
        )
        self.feature_extractor = DeepLab(backbone, width)
        self.head = SeparableHead(width, width // 2)
        self.feature_channels = width + SKIP_WIDTH

    def features(self, image: Tensor, slots: Tensor) -> Tensor:
        """Intermediate features of image and clicks.

        Args:
            image: float32 (B, 3, H, W), RGB, normalised as for ImageNet.
            slots: float64 (B, 2, N, 2), clicks, see ``encoding``.

        Returns:
            float32 (B, 288, H/4, W/4).
        """
        maps = tanh_maps(slots, (image.shape[2], image.shape[3]))
        return self.feature_extractor.joined(self.rgb_conv(torch.cat([image, maps], dim=1)))

    def decode(self, features: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
        """Logits from intermediate features.

        Args:
            features: float32 (B, 288, h, w).
            size: height and width of the result, pixels.

        Returns:
            float32 (B, 1, H, W).
        """
        return resize(self.head(self.feature_extractor.head(features)), size)

    def forward(self, image: Tensor, slots: Tensor) -> Tensor:
        """Logits of image and clicks.

        Args:
            image: float32 (B, 3, H, W), RGB, normalised as for ImageNet.
            slots: float64 (B, 2, N, 2), clicks, see ``encoding``.

        Returns:
            float32 (B, 1, H, W).
        """
        return self.decode(self.features(image, slots), image.shape[2:])
