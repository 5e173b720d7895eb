"""How these networks see an image: scaling, normalisation, resizing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class Normalization:
    """Mean and standard deviation of red, green and blue in [0, 1] that a network was trained with."""

    mean: tuple[float, float, float]
    std: tuple[float, float, float]


IMAGENET = Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def image_tensor(image: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) → float32 (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float().div_(255)


def normalize(image: Tensor, by: Normalization) -> Tensor:
    """RGB (B, 3, H, W) in [0, 1] → minus the mean, divided by the standard deviation."""
    mean, std = (image.new_tensor(three).view(1, 3, 1, 1) for three in (by.mean, by.std))
    return (image - mean) / std


def imagenet_normalize(image: Tensor) -> Tensor:
    """RGB (B, 3, H, W) in [0, 1] → zero mean, unit variance over ImageNet."""
    return normalize(image, IMAGENET)


def resize(maps: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    """Bilinear with corners aligned, as the whole f-BRS family resizes; maps (B, C, h, w) → (B, C, *size)."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=True)
