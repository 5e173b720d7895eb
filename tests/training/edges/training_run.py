"""A very small training, run by the tests in this process and in one that gets killed."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint

from fsannot.data.synthetic import Synthetic
from fsannot.edges.poolnet_network import PoolNetNetwork, initialise_head
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.data import DatasetMasks, DatasetRegions, EdgeData, Share
from fsannot.training.edges.module import EdgeTraining


def small_data(**options: Any) -> EdgeData:
    scenes = {"images": 6, "size": (64, 96)}
    settings = {
        "boundaries": [Share(DatasetRegions(Synthetic(task="semantic", **scenes)), per_epoch=8)],
        "saliency": [Share(DatasetMasks(Synthetic(**scenes)), per_epoch=8)],
        "validation": DatasetRegions(Synthetic(task="semantic", **scenes)),
        "validation_limit": 1,
        "augmentation": Augmentation(crop=64),
        "batch_size": 2,
    } | options
    return EdgeData(**settings)


def small_training(**options: Any) -> EdgeTraining:
    torch.manual_seed(0)  # of the trunk, which has no trained weights here
    network = PoolNetNetwork(backbone="test_resnet", widths=(4, 8, 8, 8, 8), side_width=4, norm=True)
    initialise_head(network, torch.Generator().manual_seed(0))
    settings = {"lr": 1e-3, "schedule": "cosine", "warmup": 2} | options
    return EdgeTraining(network, **settings)


def fit(
    module: EdgeTraining,
    folder: Path,
    *,
    epochs: int = 3,
    data: EdgeData | None = None,
    callbacks: tuple[pl.Callback, ...] = (),
    **options: Any,
) -> pl.Trainer:
    """Train, going on from ``folder``'s last checkpoint where there is one."""
    last = folder / "last.ckpt"
    saver = ModelCheckpoint(
        folder, filename="last", save_top_k=1, enable_version_counter=False, save_on_train_epoch_end=True
    )
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=epochs,
        callbacks=[saver, *callbacks],
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        **({"logger": False} | options),
    )
    trainer.fit(
        module, data or small_data(), ckpt_path=str(last) if last.is_file() else None, weights_only=True
    )
    return trainer


class Kill(pl.Callback):
    """Kills its own process in the middle of an epoch, as a machine would."""

    def on_train_batch_end(self, trainer: pl.Trainer, *_: Any) -> None:
        if trainer.current_epoch == 1 and trainer.global_step == 6:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    torch.set_num_threads(1)
    fit(small_training(), Path(sys.argv[1]), callbacks=(Kill(),))
