"""Training of PoolNet: edges and saliency together, or boundary fine-tuning alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.edges.poolnet_network import PoolNetNetwork
from fsannot.training.backbone import BackboneTraining
from fsannot.training.edges.losses import balanced_edge_loss, saliency_loss
from fsannot.training.edges.validation import tolerant_f_measure
from fsannot.training.gather import gathered

MARGIN, STRIDE = 16, 32  # pixels around a validation image, and the multiple its sides are brought to

Score = Callable[[Sequence[np.ndarray], Sequence[Sequence[np.ndarray]]], float]
"""Edge maps and each image's annotators → a number, larger is better."""


class EdgeTraining(BackboneTraining):
    """Edge loss on the fused and every side map, plus the saliency loss where a batch has masks.

    The defaults are those of PoolNet's own joint training: Adam, lr 5e-5, weight decay 5e-4, a tenth of it
    after 8 epochs (of 11), BatchNorm of the trunk frozen. Each step takes an edge and a saliency batch and
    adds their losses.

    Args:
        network: what is trained.
        lr: of the head.
        backbone_lr: of the trunk; None for the same.
        weight_decay: part of the gradient for ``adam``, decoupled for ``adamw``.
        optimizer: ``adam`` or ``adamw``.
        schedule: ``step`` divides by ten after ``milestones``; ``cosine`` falls to zero over the whole
            training, after ``warmup`` steps of linear rise.
        milestones: epochs.
        warmup: optimiser steps, for ``cosine``.
        frozen_batchnorm: the trunk's BatchNorm keeps its statistics and its scale.
        frozen_levels: first so many feature levels of the trunk keep their weights.
        score: measures validation images; the default is ``tolerant_f_measure``.

    Logs ``loss``, ``edge_loss``, ``saliency_loss`` and ``val_f``, an epoch's each, of all devices together.
    """

    network: PoolNetNetwork

    def __init__(
        self,
        network: PoolNetNetwork,
        *,
        lr: float = 5e-5,
        backbone_lr: float | None = None,
        weight_decay: float = 5e-4,
        optimizer: Literal["adam", "adamw"] = "adam",
        schedule: Literal["step", "cosine"] = "step",
        milestones: Sequence[int] = (8,),
        warmup: int = 0,
        frozen_batchnorm: bool = True,
        frozen_levels: int = 0,
        score: Score = tolerant_f_measure,
    ) -> None:
        if lr <= 0 or (backbone_lr is not None and backbone_lr <= 0) or weight_decay < 0 or warmup < 0:
            raise InputError(
                f"training: lr={lr}, backbone_lr={backbone_lr}, weight_decay={weight_decay}, warmup={warmup} "
                "is not valid; rates must be positive, the others not negative"
            )
        if optimizer not in ("adam", "adamw") or schedule not in ("step", "cosine"):
            raise InputError(
                f"training: optimizer={optimizer!r}, schedule={schedule!r} is not valid; "
                "choose adam or adamw, step or cosine"
            )
        if not 0 <= frozen_levels <= len(network.lateral):
            raise InputError(
                f"training: frozen_levels={frozen_levels} is not valid; the trunk has {len(network.lateral)}"
            )
        super().__init__(network, frozen_batchnorm=frozen_batchnorm, frozen_levels=frozen_levels)
        # plain values only: a checkpoint with other objects cannot be read safely
        self.save_hyperparameters(
            {
                "lr": lr,
                "backbone_lr": backbone_lr,
                "weight_decay": weight_decay,
                "optimizer": optimizer,
                "schedule": schedule,
                "milestones": [int(m) for m in milestones],
                "warmup": warmup,
                "frozen_batchnorm": frozen_batchnorm,
                "frozen_levels": frozen_levels,
            }
        )
        self.score = score
        self._validated: dict[int, tuple[np.ndarray, list[np.ndarray]]] = {}

    def configure_optimizers(self) -> Any:
        h = self.hparams
        groups = self.parameter_groups(head=h["lr"], backbone=h["backbone_lr"] or h["lr"])
        kind = torch.optim.Adam if h["optimizer"] == "adam" else torch.optim.AdamW
        optimizer = kind(groups, weight_decay=h["weight_decay"])
        if h["schedule"] == "step":
            schedule: Any = torch.optim.lr_scheduler.MultiStepLR(optimizer, h["milestones"], gamma=0.1)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "epoch"}}
        return self.cosine(optimizer, h["warmup"])

    def training_step(self, batch: dict[str, dict[str, Tensor]], batch_idx: int) -> Tensor:
        """Loss of a step.

        Args:
            batch: ``edges`` and, where there are masks, ``saliency``: ``image`` float32 (B, 3, H, W) in 0 to 255 and
                ``target`` int8 (B, 1, H, W).
            batch_idx: not used.

        Returns:
            scalar.
        """
        edges = self.network.edges(_channels_last(batch["edges"]["image"]))
        loss = balanced_edge_loss(torch.cat([edges.fused, edges.sides], dim=1), batch["edges"]["target"])
        self.log("edge_loss", loss.detach(), on_step=False, on_epoch=True, sync_dist=True)
        if "saliency" in batch:
            logits = self.network.saliency(_channels_last(batch["saliency"]["image"]))
            extra = saliency_loss(logits, batch["saliency"]["target"])
            self.log("saliency_loss", extra.detach(), on_step=False, on_epoch=True, sync_dist=True)
            loss = loss + extra
        self.log("loss", loss.detach(), on_step=False, on_epoch=True, sync_dist=True)
        return loss

    @torch.no_grad()
    def predict_map(self, image: np.ndarray) -> np.ndarray:
        """Fused edge map in the network's current state.

        Args:
            image: uint8 (H, W, 3), RGB.

        Returns:
            float32 (H, W) in [0, 1].
        """
        h, w = image.shape[:2]
        # the network answers to the frame; reflected outwards as in use, it is not seen
        below, right = (MARGIN + (-(side + 2 * MARGIN)) % STRIDE for side in (h, w))
        padded = np.pad(image, ((MARGIN, below), (MARGIN, right), (0, 0)), mode="reflect")
        tensor = torch.from_numpy(padded).to(self.device).permute(2, 0, 1)[None].float()
        logits = self.network.edges(_channels_last(tensor)).fused[0, 0]
        return torch.sigmoid(logits[MARGIN : MARGIN + h, MARGIN : MARGIN + w].float()).cpu().numpy()

    def validation_step(self, item: dict[str, Any], batch_idx: int) -> None:
        """Keep the edge map of ``item`` (see ``WholeImages``) until the epoch ends; ``batch_idx`` is not used."""
        self._validated[item["index"]] = self.predict_map(item["image"]), item["boundaries"]

    def on_validation_epoch_end(self) -> None:
        maps, annotators = zip(*gathered(self._validated), strict=True)
        self._validated.clear()
        # a measure of all images together: no mean of what each device could say of its share
        score = self.score(maps, annotators) if self.global_rank == 0 else math.nan
        self.log("val_f", self.trainer.strategy.broadcast(score), sync_dist=True)


def export_weights(network: nn.Module, path: Path) -> None:
    """Write a state dict as float16 safetensors: half the size, and edge maps differ by less than 0.01.

    Args:
        network: whose weights are written.
        path: the file; its folder is created.
    """
    state = {name: _half(tensor.detach().cpu()) for name, tensor in network.state_dict().items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)


def _half(tensor: Tensor) -> Tensor:
    return (tensor.half() if tensor.is_floating_point() else tensor).contiguous()


def _channels_last(images: Tensor) -> Tensor:
    return images.contiguous(memory_format=torch.channels_last)
