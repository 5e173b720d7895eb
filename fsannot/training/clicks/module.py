"""RITM's iterative training: the network practises on its own mistakes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictors.pyramid import PyramidPredictor
from fsannot.clicks.protocol import run_episode
from fsannot.data.errors import InputError
from fsannot.device import has_fast_bfloat16
from fsannot.networks.pyramid import ClickPyramid
from fsannot.training.backbone import BackboneTraining
from fsannot.training.clicks.data import Practice
from fsannot.training.clicks.losses import normalised_focal_loss
from fsannot.training.clicks.points import next_click
from fsannot.training.gather import gathered

VALIDATED_CLICKS = (1, 3, 5)
"""IoU after so many clicks is logged."""


class ClickTraining(BackboneTraining):
    """A step is an episode: 0 to ``iterations`` clicks of the robot are answered without gradient, the last with.

    Sofiiuk, Petrov, Konushin, *Reviving Iterative Training with Mask Guidance*, arXiv:2102.06583: after the random
    first clicks the network, in evaluation mode, answers; the robot clicks into the deeper error of each view; and
    so on, a random number of times for the whole batch. The network then sees all clicks and its previous answer
    and learns from the normalised focal loss. For a fifth of the objects the previous answer is withheld. The
    backbone runs once a view, whatever is clicked in it.

    Args:
        network: what is trained.
        lr: of the head.
        backbone_lr: of the backbone.
        weight_decay: decoupled (AdamW).
        warmup: optimiser steps of linear rise, before the cosine falls to zero over the whole training.
        iterations: most clicks of the robot in a step; 0 trains on random clicks alone.
        withheld: chance that the previous answer is withheld.
        frozen_batchnorm: the backbone's BatchNorm keeps its statistics and its scale.
        frozen_levels: first so many feature levels of the backbone keep their weights.
        threshold: a pixel is object above it, for the robot and in validation.
        seed: of the robot's draws; with epoch and step it fixes them, so that a resumed training goes on the same.

    Logs, an epoch's each and of all devices together, ``loss``, and ``val_iou_1``, ``_3``, ``_5`` where there is
    something to validate on: mean IoU after so many clicks of the evaluation's robot.
    """

    network: ClickPyramid

    def __init__(
        self,
        network: ClickPyramid,
        *,
        lr: float = 1e-3,
        backbone_lr: float = 3e-4,
        weight_decay: float = 1e-4,
        warmup: int = 50,
        iterations: int = 3,
        withheld: float = 0.2,
        frozen_batchnorm: bool = True,
        frozen_levels: int = 0,
        threshold: float = 0.49,
        seed: int = 0,
    ) -> None:
        if lr <= 0 or backbone_lr <= 0 or weight_decay < 0 or warmup < 0 or iterations < 0:
            raise InputError(
                f"training: lr={lr}, backbone_lr={backbone_lr}, weight_decay={weight_decay}, warmup={warmup}, "
                f"iterations={iterations} is not valid; rates must be positive, the others not negative"
            )
        if not 0 <= withheld <= 1 or not 0 < threshold < 1:
            raise InputError(
                f"training: withheld={withheld}, threshold={threshold} is not valid; a chance in [0, 1] and a "
                "probability between 0 and 1"
            )
        info: Any = network.backbone.feature_info
        levels = len(info.channels())
        if not 0 <= frozen_levels <= levels:
            raise InputError(
                f"training: frozen_levels={frozen_levels} is not valid; the backbone has {levels}"
            )
        # channels last as in evaluation, which would change it midway: another layout rounds differently
        super().__init__(
            network.to(memory_format=torch.channels_last),
            frozen_batchnorm=frozen_batchnorm,
            frozen_levels=frozen_levels,
        )
        # plain values only: a checkpoint with other objects cannot be read safely
        self.save_hyperparameters(
            {
                "lr": lr,
                "backbone_lr": backbone_lr,
                "weight_decay": weight_decay,
                "warmup": warmup,
                "iterations": iterations,
                "withheld": withheld,
                "frozen_batchnorm": frozen_batchnorm,
                "frozen_levels": frozen_levels,
                "threshold": threshold,
                "seed": seed,
            }
        )
        self._validated: dict[int, np.ndarray] = {}

    def configure_optimizers(self) -> Any:
        h = self.hparams
        groups = self.parameter_groups(head=h["lr"], backbone=h["backbone_lr"])
        return self.cosine(torch.optim.AdamW(groups, weight_decay=h["weight_decay"]), h["warmup"])

    def training_step(self, batch: dict[str, Tensor], batch_idx: int) -> Tensor:
        """Loss of a step.

        Args:
            batch: see ``ObjectViews``, with a batch dimension: ``image`` float32 (V, 3, H, W), ``target`` int8 (V, K,
                H, W) and ``slots`` float64 (V, K, 2, N, 2).
            batch_idx: seeds the draws, together with seed and epoch.

        Returns:
            scalar.
        """
        rng = np.random.default_rng([self.hparams["seed"], self.current_epoch, batch_idx])
        features = self.network.features(batch["image"])
        target, slots = batch["target"].flatten(0, 1)[:, None], batch["slots"].flatten(0, 1)
        slots, previous = self.practise(features, target, slots, rng)
        logits = self.network.decode(features, previous, slots)
        loss = normalised_focal_loss(logits, target)
        self.log("loss", loss.detach(), on_step=False, on_epoch=True, sync_dist=True)
        return loss

    @torch.no_grad()
    def practise(
        self, features: list[Tensor], target: Tensor, slots: Tensor, rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        """Let the robot click a random number of times; the head is in evaluation mode meanwhile.

        Args:
            features: of the views, see ``ClickPyramid.features``.
            target: int8 (B, 1, H, W), the objects of the first view, of the second, and so on.
            slots: float64 (B, 2, M, 2), first clicks.
            rng: draws the number of clicks, their places, and whose previous answer is withheld.

        Returns:
            clicks (B, 2, N, 2) and previous answer float32 (B, 1, H, W).
        """
        used = int((slots >= 0).any(3).any(0).any(0).sum())  # clicks come first in their slots
        slots = slots[:, :, :used]
        previous = torch.zeros(target.shape, device=target.device)
        # the same on all devices, which wait for each other; what is drawn for the views is each one's own
        count = int(rng.integers(self.hparams["iterations"] + 1))
        if self.global_rank:
            rng = rng.spawn(self.global_rank)[-1]
        if count == 0:
            return slots, previous
        targets = target[:, 0].cpu().numpy()
        fast = has_fast_bfloat16(self.device)
        self.eval()
        for _ in range(count):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=fast):
                previous = self.network.decode(features, previous, slots).sigmoid()
            masks = (previous[:, 0] > self.hparams["threshold"]).cpu().numpy()
            slots = torch.cat([slots, _next_slots(targets, masks, rng).to(slots)], dim=2)
        self.train()
        seen = torch.from_numpy(rng.random(len(target)) >= self.hparams["withheld"]).to(previous)
        return slots, previous * seen.view(-1, 1, 1, 1)

    def validation_step(self, item: Practice, batch_idx: int) -> None:
        """Click on the object ``item`` and keep its IoU for the end of the epoch; ``batch_idx`` is not used."""
        predictor = PyramidPredictor(
            self.network,
            digest="in training",
            name="in training",
            threshold=self.hparams["threshold"],
            device=str(self.device),
        )
        episode = run_episode(
            predictor, item.image, item.gt, Clicker(), max_clicks=VALIDATED_CLICKS[-1], name=item.name
        )
        # an episode without an error left keeps its last value
        self._validated[item.number] = np.pad(
            episode.ious, (0, VALIDATED_CLICKS[-1] - len(episode.ious)), mode="edge"
        )

    def on_validation_epoch_end(self) -> None:
        means = np.mean(gathered(self._validated), axis=0)
        for k in VALIDATED_CLICKS:
            self.log(f"val_iou_{k}", float(means[k - 1]), sync_dist=True)
        self._validated.clear()


def _next_slots(targets: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> Tensor:
    """The robot's next click of each view as float64 (B, 2, 1, 2), −1 where it has none."""
    slots = np.full((len(targets), 2, 1, 2), -1.0)
    for b, (target, mask) in enumerate(zip(targets, masks, strict=True)):
        click = next_click(target, mask, rng)
        if click is not None:
            positive, place = click
            slots[b, 0 if positive else 1, 0] = place
    return torch.from_numpy(slots)
