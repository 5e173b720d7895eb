"""A very small click training, run by the tests in this process and in one that gets killed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger

from fsannot.data.synthetic import Synthetic
from fsannot.training.clicks.data import ClickData, Remembered
from fsannot.training.clicks.module import ClickTraining
from fsannot.training.clicks.start import timm_start
from fsannot.training.devices import TrainingDevices
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.data import DatasetRegions, Share
from fsannot.training.trainer import fit


def small_data(**options: Any) -> ClickData:
    source = Remembered(DatasetRegions(Synthetic(images=4, size=(64, 96), task="semantic")))
    settings = {
        "sources": [Share(source, per_epoch=8)],
        "validation": source,
        "validation_limit": 1,
        "augmentation": Augmentation(crop=64),
        "batch_size": 2,
    } | options
    return ClickData(**settings)


def small_training(**options: Any) -> ClickTraining:
    network = timm_start(backbone="test_resnet", width=8, backbone_weights="random", seed=0)
    return ClickTraining(network, **{"warmup": 2} | options)


def train(module: ClickTraining, folder: Path, *, epochs: int = 3, **options: Any) -> dict[str, Any]:
    """Train, going on from ``folder``'s last checkpoint where there is one."""
    settings = {
        "devices": TrainingDevices("cpu"),
        "epochs": epochs,
        "precision": "fp32",
        "logger": CSVLogger(folder, name="", version="log"),
        "resume": True,
    } | options
    return fit(module, settings.pop("data", None) or small_data(), folder, **settings)


class Kill(pl.Callback):
    """Kills its own process in the middle of an epoch, as a machine would."""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.current_epoch == 1 and trainer.global_step == 6:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(small_training(), Path(sys.argv[1]), callbacks=(Kill(),))
