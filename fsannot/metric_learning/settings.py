"""Settings of fine-tuning a backbone, checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fsannot.data.errors import InputError


@dataclass(frozen=True)
class FineTuning:
    """How a backbone is fine-tuned on triplets (Bragantini et al. 2022).

    Args:
        margin: of triplet loss and miner.
        epochs: passes of ``samples`` crops.
        samples: crops an epoch, drawn with equal frequency from all classes.
        samples_per_class: crops of one class in a row of the sampler.
        batch_size: crops a step.
        lr: of SGD in the first epoch.
        lr_decay: factor on ``lr`` after each epoch.
        momentum: of SGD.
        weight_decay: of SGD.
        batch_norm: ``train`` normalises by the batch and moves the running statistics, as a plain training
            loop does; ``frozen`` keeps the statistics the backbone came with.

    Raises:
        InputError: a value outside its range; names the key.
    """

    margin: float = 0.05
    epochs: int = 3
    samples: int = 1000
    samples_per_class: int = 5
    batch_size: int = 40
    lr: float = 0.1
    lr_decay: float = 0.1
    momentum: float = 0.8
    weight_decay: float = 5e-4
    batch_norm: Literal["train", "frozen"] = "train"

    def __post_init__(self) -> None:
        for key, least in (("epochs", 1), ("samples", 4), ("samples_per_class", 2), ("batch_size", 4)):
            if getattr(self, key) < least:
                raise InputError(f"metric.{key}={getattr(self, key)} must be at least {least}")
        for key in ("margin", "lr", "lr_decay"):
            if not getattr(self, key) > 0:
                raise InputError(f"metric.{key}={getattr(self, key)} must be above 0")
        if not 0 <= self.momentum < 1 or self.weight_decay < 0:
            raise InputError(
                f"metric.momentum={self.momentum} must be in [0, 1) "
                f"and metric.weight_decay={self.weight_decay} at least 0"
            )
        if self.batch_norm not in ("train", "frozen"):
            raise InputError(f"metric.batch_norm={self.batch_norm!r} is not valid; choose train or frozen")
