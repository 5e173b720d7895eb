"""What the training programs share: logger, precision, and a fit that goes on where it was killed."""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint, TQDMProgressBar
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger
from torch import nn

from fsannot.data.errors import InputError
from fsannot.device import has_fast_bfloat16
from fsannot.training.devices import TrainingDevices
from fsannot.training.edges.module import export_weights
from fsannot.training.log import EpochLog

log = logging.getLogger(__name__)


def make_logger(kind: str, folder: Path, wandb_mode: str, *, project: str) -> Logger:
    """A Lightning logger.

    Args:
        kind: ``csv``, ``tensorboard`` or ``wandb``.
        folder: where it writes.
        wandb_mode: ``offline`` or ``online``.
        project: name of the project in wandb.

    Returns:
        the logger.

    Raises:
        InputError: another kind or mode.
    """
    if kind == "csv":
        return CSVLogger(folder, name="", version="log")
    if kind == "tensorboard":
        return TensorBoardLogger(folder, name="", version="log")
    if kind == "wandb" and wandb_mode in ("offline", "online"):
        return WandbLogger(save_dir=folder, project=project, offline=wandb_mode == "offline")
    raise InputError(
        f"training_logger={kind!r}, wandb_mode={wandb_mode!r} is not valid; choose csv, tensorboard or wandb, "
        "offline or online"
    )


def trainer_precision(name: str, device: torch.device) -> Any:
    """Lightning's name of a precision.

    Args:
        name: ``auto`` (bf16 where the processor is faster at it), ``fp32`` or ``bf16``.
        device: that the training runs on.

    Returns:
        ``"bf16-mixed"`` or ``"32-true"``.

    Raises:
        InputError: another name.
    """
    if name not in ("auto", "fp32", "bf16"):
        raise InputError(f"precision={name!r} is not valid; choose auto, fp32 or bf16")
    fast = name == "bf16" or (name == "auto" and has_fast_bfloat16(device))
    return "bf16-mixed" if fast else "32-true"


def fit(
    module: pl.LightningModule,
    data: pl.LightningDataModule,
    folder: Path,
    *,
    devices: TrainingDevices,
    epochs: int,
    precision: str,
    logger: Logger,
    resume: bool,
    accumulate: int = 1,
    validate_every: int = 1,
    unused_parameters: bool = False,
    callbacks: Sequence[pl.Callback] = (),
) -> dict[str, Any] | None:
    """Train, from the last checkpoint in ``folder`` on where there is one and ``resume`` is set.

    With several devices, each process calls this and returns with the same weights; the first one alone writes files.

    Args:
        module: network and losses.
        data: batches.
        folder: for checkpoints.
        devices: each trains on batches of the data's ``batch_size``.
        epochs: number of epochs.
        precision: see ``trainer_precision``.
        logger: see ``make_logger``.
        resume: continue from the last checkpoint.
        accumulate: batches per optimiser step.
        validate_every: epochs from one validation to the next.
        unused_parameters: some parameters have no part in the loss.
        callbacks: of Lightning.

    Returns:
        epochs, steps, scores, seconds, device, devices, num_nodes and precision, for the run's summary; None in every
        process but the first.

    Raises:
        InputError: see ``trainer_precision``.
    """
    # save_top_k=0 with save_last would write nothing before the end: Lightning's "last" follows a saved one
    saver = ModelCheckpoint(
        folder / "checkpoints",
        filename="last",
        save_top_k=1,
        enable_version_counter=False,
        save_on_train_epoch_end=True,
    )
    shown = [TQDMProgressBar()] if sys.stderr.isatty() else []
    trainer = pl.Trainer(
        **devices.trainer_options(unused_parameters=unused_parameters),
        precision=trainer_precision(precision, devices.torch_device),
        max_epochs=epochs,
        accumulate_grad_batches=accumulate,
        check_val_every_n_epoch=validate_every,
        callbacks=[saver, EpochLog(log), *callbacks, *shown],
        logger=logger,
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
    )
    last = folder / "checkpoints" / "last.ckpt"
    if going_on := resume and last.is_file():
        log.info("going on from %s", last)
    start = time.perf_counter()
    # a frozen trunk's BatchNorm is in evaluation mode on purpose
    warnings.filterwarnings("ignore", message=r"Found \d+ module\(s\) in eval mode")
    trainer.fit(module, data, ckpt_path=str(last) if going_on else None, weights_only=True)
    if not trainer.is_global_zero:
        return None
    scores = {k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("val_")}
    return {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        **scores,
        "machine_seconds": time.perf_counter() - start,
        "device": str(devices.torch_device),
        "devices": devices.devices,
        "num_nodes": devices.num_nodes,
        "precision": str(trainer.precision),
    }


def write_training(network: nn.Module, folder: Path, summary: dict[str, Any]) -> dict[str, Any]:
    """Write ``weights.safetensors`` and ``summary.json``.

    Args:
        network: trained.
        folder: of the run.
        summary: what ``fit`` returned.

    Returns:
        the summary, with the name of the weights' file.
    """
    export_weights(network, folder / "weights.safetensors")
    summary = {**summary, "weights": "weights.safetensors"}
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary
