"""How these networks see an image: scaling, normalisation, resizing."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def image_tensor(image: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) → float32 (1, 3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None].float().div_(255)


def imagenet_normalize(image: Tensor) -> Tensor:
    """RGB (B, 3, H, W) in [0, 1] → zero mean, unit variance over ImageNet."""
    mean = image.new_tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    std = image.new_tensor(IMAGENET_STD).view(1, 3, 1, 1)
    return (image - mean) / std


def resize(maps: Tensor, size: tuple[int, int] | torch.Size) -> Tensor:
    """Bilinear with corners aligned, as the whole f-BRS family resizes; maps (B, C, h, w) → (B, C, *size)."""
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=True)
