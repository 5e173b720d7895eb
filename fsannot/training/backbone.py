"""Training on a pretrained backbone: parts of it are frozen, the rest learns at its own rate."""

from __future__ import annotations

import math
from typing import Any, Self

import pytorch_lightning as pl
import torch
from torch import nn


class BackboneTraining(pl.LightningModule):
    """The base of trainings of a ``network`` with a timm ``backbone`` inside.

    Args:
        network: what is trained.
        frozen_batchnorm: the backbone's BatchNorm keeps its statistics and its scale.
        frozen_levels: number of feature levels of the backbone, from the first, that keep their weights.
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
        """Set training ``mode``; frozen BatchNorm stays in evaluation mode. Lightning calls this after validation."""
        super().train(mode)
        self._freeze()
        return self

    def _freeze(self) -> None:
        for norm in self._norms:
            norm.eval()

    def parameter_groups(self, *, head: float, backbone: float) -> list[dict[str, Any]]:
        """The parameters that learn, for an optimiser.

        Args:
            head: learning rate of everything but the backbone.
            backbone: learning rate of the backbone.

        Returns:
            groups with ``params`` and ``lr``, none of them empty.
        """
        trunk = [p for p in self.network.backbone.parameters() if p.requires_grad]  # type: ignore[union-attr]
        inside = {id(p) for p in trunk}
        rest = [p for p in self.network.parameters() if p.requires_grad and id(p) not in inside]
        groups: list[dict[str, Any]] = [{"params": rest, "lr": head}, {"params": trunk, "lr": backbone}]
        return [group for group in groups if group["params"]]

    def cosine(self, optimizer: torch.optim.Optimizer, warmup: int) -> dict[str, Any]:
        """A learning rate that rises linearly and then falls to zero over the training, as a cosine.

        Args:
            optimizer: with the rates at their largest.
            warmup: optimiser steps of the rise.

        Returns:
            optimiser and schedule, as Lightning takes them.
        """
        steps = max(1, int(self.trainer.estimated_stepping_batches))

        def share(step: int) -> float:
            rise = min(1.0, (step + 1) / (warmup + 1))
            return rise * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / steps)))

        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def frozen_parameters(backbone: torch.nn.Module, levels: int) -> list[torch.nn.Parameter]:
    """Parameters that the first feature levels of a timm backbone depend on, found through autograd.

    Args:
        backbone: offers ``features_only``.
        levels: number of levels, 0 or more.

    Returns:
        the parameters.
    """
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
