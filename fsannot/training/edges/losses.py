"""Losses of PoolNet's joint training; sums over pixels, means over the batch, unlabelled pixels left out."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from fsannot.data.sample import IGNORE

NEGATIVE_WEIGHT = 1.1


def balanced_edge_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Class-balanced cross entropy: the sum over all outputs, as a mean over the images.

    In each image a boundary pixel has the weight negatives / labelled, and another pixel 1.1 · positives / labelled,
    so that both classes matter although one pixel in twenty is a boundary (Xie and Tu, ICCV 2015; the factor is
    PoolNet's).

    Args:
        logits: float (B, outputs, H, W), fused and sides alike.
        target: int8 (B, 1, H, W): 1 boundary, 0 none, ``IGNORE`` unknown.

    Returns:
        scalar, float32 ().
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
    """Cross entropy: the sum over labelled pixels, as a mean over the images.

    Args:
        logits: float (B, 1, H, W).
        target: int8 (B, 1, H, W): 1 object, 0 other, ``IGNORE`` unknown.

    Returns:
        scalar, float32 ().
    """
    labelled = target != IGNORE
    loss = F.binary_cross_entropy_with_logits(
        logits.float(), (target == 1).float(), weight=labelled.float(), reduction="sum"
    )
    return loss / len(logits)
