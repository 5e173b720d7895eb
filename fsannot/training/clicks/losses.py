"""The loss of RITM's training."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from fsannot.data.sample import IGNORE


def normalised_focal_loss(logits: Tensor, target: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Focal loss whose pixel weights have mean 1 in each image, so that gradients do not vanish with easy pixels.

    With p the probability of the pixel's own class, it is ``mean(w · (−log p))``, ``w = (1 − p)^γ / mean((1 −
    p)^γ)``; no gradient flows through the mean (Sofiiuk, Barinova, Konushin, *AdaptIS*, ICCV 2019; RITM trains with γ
    = 2 and both classes alike).

    Args:
        logits: float (B, 1, H, W).
        target: int8 (B, 1, H, W): 1 object, 0 background, ``IGNORE`` left out.
        gamma: exponent γ.

    Returns:
        scalar, mean over the images; an image without a known pixel counts 0.
    """
    logits, known = logits.float(), (target != IGNORE).float()
    wanted = (target == 1).float()
    cross_entropy = F.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    focus = (1.0 - torch.exp(-cross_entropy)) ** gamma * known
    size = known.sum((1, 2, 3)).clamp(min=1.0)
    mean_focus = focus.detach().sum((1, 2, 3)) / size
    weighted = (focus * cross_entropy).sum((1, 2, 3)) / size
    return (weighted / mean_focus.clamp(min=1e-6)).mean()
