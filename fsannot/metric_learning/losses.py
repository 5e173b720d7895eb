"""Losses on small batches of unit vectors as dense matrices.

They equal those of pytorch-metric-learning (a test compares them), which lists pairs and triplets by index and
spends on that ten times what the head's own step costs.
"""

from __future__ import annotations

import torch
from torch import Tensor


def supervised_contrastive_loss(embedded: Tensor, classes: Tensor, temperature: float) -> Tensor:
    """Supervised contrastive loss (Khosla et al., arXiv:2004.11362, eq. 2), mean over anchors with a positive.

    Args:
        embedded: float (B, d), unit rows.
        classes: int (B,).
        temperature: divides similarities.

    Returns:
        float scalar.
    """
    others = ~torch.eye(len(classes), dtype=torch.bool, device=embedded.device)
    positive = (classes[:, None] == classes) & others
    logits = (embedded @ embedded.T / temperature).masked_fill(~others, -torch.inf)
    likelihood = (logits - logits.logsumexp(1, keepdim=True)).masked_fill(~positive, 0)
    count = positive.sum(1)
    return -(likelihood.sum(1) / count.clamp(min=1)).sum() / (count > 0).sum().clamp(min=1)


def triplet_margin_loss(embedded: Tensor, classes: Tensor, margin: float) -> Tensor:
    """max(0, ‖a − p‖ − ‖a − n‖ + margin), mean over the triplets where it is above 0.

    Args:
        embedded: float (B, d), unit rows; memory grows with B³.
        classes: int (B,).
        margin: in units of distance.

    Returns:
        float scalar.
    """
    # the floor keeps the root's gradient finite where two vectors agree
    distance = (2 - 2 * embedded @ embedded.T).clamp(min=1e-8).sqrt()
    same = classes[:, None] == classes
    positive = same & ~torch.eye(len(classes), dtype=torch.bool, device=embedded.device)
    valid = positive[:, :, None] & ~same[:, None, :]
    violation = (distance[:, :, None] - distance[:, None, :] + margin).relu() * valid
    return violation.sum() / (violation > 0).sum().clamp(min=1)
