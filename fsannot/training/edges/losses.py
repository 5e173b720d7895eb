"""Losses of PoolNet's joint training; sums over pixels, means over the batch, unlabelled pixels left out."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fsannot.data.sample import IGNORE

NEGATIVE_WEIGHT = 1.1


def balanced_edge_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Class-balanced cross entropy, scalar: the sum of all outputs' losses, a mean over the images.

    In each image a boundary pixel weighs (negatives / labelled) and another 1.1 · (positives / labelled), so
    that both classes matter although one pixel in twenty is a boundary (Xie and Tu 2015; the factor is
    PoolNet's).

    Args:
        logits: float (B, outputs, H, W), fused and sides alike.
        target: (B, 1, H, W); 1 boundary, 0 none, ``IGNORE`` unknown.
    """
    positive = (target == 1).float()
    negative = (target == 0).float()
    positives = positive.sum((1, 2, 3), keepdim=True)
    negatives = negative.sum((1, 2, 3), keepdim=True)
    labelled = (positives + negatives).clamp(min=1)
    weight = (positive * negatives + NEGATIVE_WEIGHT * negative * positives) / labelled
    loss = F.binary_cross_entropy_with_logits(
        logits.float(), positive.expand_as(logits), weight=weight.expand_as(logits), reduction="sum"
    )
    return loss / len(logits)


def saliency_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Cross entropy, scalar, of (B, 1, H, W) each; ``target``: 1 object, 0 other, ``IGNORE`` unknown."""
    labelled = target != IGNORE
    loss = F.binary_cross_entropy_with_logits(
        logits.float(), (target == 1).float(), weight=labelled.float(), reduction="sum"
    )
    return loss / len(logits)
