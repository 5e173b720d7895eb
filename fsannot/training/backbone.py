"""Training on a backbone that is trained already: parts of it stay as they are, the rest learns at its own rate."""

from __future__ import annotations

import math
from typing import Any, Self

import pytorch_lightning as pl
import torch
from torch import nn


class BackboneTraining(pl.LightningModule):
    """What trainings of a ``network`` with a timm ``backbone`` inside share.

    Args:
        network: what is trained.
        frozen_batchnorm: the backbone's BatchNorm keeps its statistics and its scale.
        frozen_levels: first so many feature levels of the backbone keep their weights.
    """

    network: nn.Module

    def __init__(self, network: nn.Module, *, frozen_batchnorm: bool, frozen_levels: int) -> None:
        super().__init__()
        self.network = network
        backbone: Any = network.backbone
        kinds = nn.modules.batchnorm._BatchNorm
        self._norms = [m for m in backbone.modules() if isinstance(m, kinds) and frozen_batchnorm]
        for parameter in frozen_parameters(backbone, frozen_levels):
            parameter.requires_grad_(False)
        for norm in self._norms:
            norm.requires_grad_(False)
        self._freeze()

    def train(self, mode: bool = True) -> Self:
        """Training mode with the frozen BatchNorm in evaluation mode: Lightning calls this after validation."""
        super().train(mode)
        self._freeze()
        return self

    def _freeze(self) -> None:
        for norm in self._norms:
            norm.eval()

    def parameter_groups(self, *, head: float, backbone: float) -> list[dict[str, Any]]:
        """What learns, for an optimiser: the head and the backbone, each at its rate; none of them empty."""
        trunk = [p for p in self.network.backbone.parameters() if p.requires_grad]  # type: ignore[union-attr]
        inside = {id(p) for p in trunk}
        rest = [p for p in self.network.parameters() if p.requires_grad and id(p) not in inside]
        groups: list[dict[str, Any]] = [{"params": rest, "lr": head}, {"params": trunk, "lr": backbone}]
        return [group for group in groups if group["params"]]

    def cosine(self, optimizer: torch.optim.Optimizer, warmup: int) -> dict[str, Any]:
        """The optimiser with a rate that rises linearly for ``warmup`` steps and falls to zero over the training."""
        steps = max(1, int(self.trainer.estimated_stepping_batches))

        def share(step: int) -> float:
            rise = min(1.0, (step + 1) / (warmup + 1))
            return rise * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / steps)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def frozen_parameters(backbone: torch.nn.Module, levels: int) -> list[torch.nn.Parameter]:
    """Parameters that the first ``levels`` levels of a timm backbone depend on, found by asking autograd."""
    if levels == 0:
        return []
    parameters = [p for p in backbone.parameters() if p.requires_grad]
    was_training = backbone.training
    backbone.eval()  # one image of 64 pixels must not move running statistics
    features = backbone(torch.zeros(1, 3, 64, 64, device=parameters[0].device))[:levels]
    backbone.train(was_training)
    total = torch.stack([f.float().sum() for f in features]).sum()
    gradients = torch.autograd.grad(total, parameters, allow_unused=True)
    return [p for p, g in zip(parameters, gradients, strict=True) if g is not None]
