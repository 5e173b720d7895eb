"""Scaling, normalisation and resizing of images for the networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Normalization:
    """The normalisation of the images that a network was trained with.

    Attributes:
        mean: of red, green and blue in [0, 1].
        std: standard deviation of red, green and blue in [0, 1].
    """

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


IMAGENET = Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def image_tensor(image: np.ndarray) -> Tensor:
    """An image as a batch of one.

    Args:
        image: uint8 (H, W, 3), RGB.

    Returns:
        float32 (1, 3, H, W) in [0, 1].
    """
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float().div_(255)


def normalize(image: Tensor, by: Normalization) -> Tensor:
    """Subtract the mean and divide by the standard deviation.

    Args:
        image: float32 (B, 3, H, W) in [0, 1], RGB.
        by: mean and standard deviation.

    Returns:
        float32 (B, 3, H, W).
    """
    mean, std = (image.new_tensor(three).view(1, 3, 1, 1) for three in (by.mean, by.std))
    return (image - mean) / std


def imagenet_normalize(image: Tensor) -> Tensor:
    """Normalise to zero mean and unit variance over ImageNet.

    Args:
        image: float32 (B, 3, H, W) in [0, 1], RGB.

    Returns:
        float32 (B, 3, H, W).
    """
    return normalize(image, IMAGENET)


def resize(maps: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    """Resize bilinearly with aligned corners, as the whole f-BRS family does.

    Args:
        maps: float (B, C, h, w).
        size: height and width, pixels.

    Returns:
        float (B, C, H, W).
    """
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=True)
