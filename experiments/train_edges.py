r"""Train or fine-tune an edge model; a killed run goes on where it was when started again in its directory.

python experiments/train_edges.py data_root=<folder> hydra.run.dir=runs/lite    # the shipped poolnet_lite
python experiments/train_edges.py edge_training=camvid edge_network.weights=shipped data_root=<folder>
python experiments/train_edges.py edge_training=joint edge_network=resnet50 \
    edge_network.backbone_weights=<file>

Writes checkpoints/last.ckpt, metrics.csv (or the logger's files), figures/epoch_*.png, weights.safetensors
(what `edges=poolnet_lite edges.weights=<file>` takes) and summary.json.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra
import numpy as np
import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from omegaconf import DictConfig
from pytorch_lightning.callbacks import ModelCheckpoint, TQDMProgressBar
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger

from fsannot.data.errors import FsannotError, InputError
from fsannot.device import has_fast_bfloat16, resolve_device
from fsannot.edges.training import EdgeTraining, export_weights
from fsannot.edges.training_data import EdgeData
from fsannot.edges.training_grid import PredictionGrid
from fsannot.edges.training_log import EpochLog
from fsannot.edges.training_validation import tolerant_f_measure
from fsannot.evaluation.edges import count_boundaries, even_thresholds, score_boundaries

log = logging.getLogger(__name__)


def benchmark_ods(edge_maps: Sequence[np.ndarray], annotators: Sequence[Sequence[np.ndarray]]) -> float:
    """ODS at nine thresholds, matched one-to-one: the benchmark's, only coarser."""
    thresholds = even_thresholds(9)
    counts = [count_boundaries(m, b, thresholds) for m, b in zip(edge_maps, annotators, strict=True)]
    return score_boundaries(counts, thresholds).ods


SCORES = {"benchmark": benchmark_ods, "quick": tolerant_f_measure}


def make_logger(kind: str, folder: Path, wandb_mode: str) -> Logger:
    if kind == "csv":
        return CSVLogger(folder, name="", version="log")
    if kind == "tensorboard":
        return TensorBoardLogger(folder, name="", version="log")
    if kind == "wandb" and wandb_mode in ("offline", "online"):
        return WandbLogger(save_dir=folder, project="fsannot-edges", offline=wandb_mode == "offline")
    raise InputError(
        f"training_logger={kind!r}, wandb_mode={wandb_mode!r} is not valid; choose csv, tensorboard or wandb, "
        "offline or online"
    )


def trainer_precision(name: str, device: torch.device) -> Any:
    if name not in ("auto", "fp32", "bf16"):
        raise InputError(f"precision={name!r} is not valid; choose auto, fp32 or bf16")
    fast = name == "bf16" or (name == "auto" and has_fast_bfloat16(device))
    return "bf16-mixed" if fast else "32-true"


def train(cfg: DictConfig, folder: Path) -> dict[str, Any]:
    device = resolve_device(cfg.device)
    network = hydra.utils.instantiate(cfg.edge_network)
    data: EdgeData = hydra.utils.instantiate(cfg.edge_training.data, _convert_="all")
    if cfg.validation_score not in SCORES:
        raise InputError(
            f"validation_score={cfg.validation_score!r} is not valid; choose one of {', '.join(SCORES)}"
        )
    module: EdgeTraining = hydra.utils.instantiate(cfg.edge_training.training, _convert_="all")(
        network, score=SCORES[cfg.validation_score]
    )
    network.to(memory_format=torch.channels_last)
    checkpoints = ModelCheckpoint(
        folder / "checkpoints", save_top_k=0, save_last=True, every_n_epochs=1, save_on_train_epoch_end=True
    )
    callbacks: list[pl.Callback] = [checkpoints, EpochLog(log)]
    if cfg.grid_images and data.validation is not None:
        shown = [data.validation.read(i)[0] for i in range(min(cfg.grid_images, len(data.validation)))]
        callbacks.append(PredictionGrid(shown, folder / "figures"))
    if sys.stderr.isatty():
        callbacks.append(TQDMProgressBar())
    trainer = pl.Trainer(
        accelerator="gpu" if device.type == "cuda" else "cpu",
        devices=[device.index or 0] if device.type == "cuda" else 1,
        precision=trainer_precision(cfg.precision, device),
        max_epochs=cfg.edge_training.epochs,
        accumulate_grad_batches=cfg.edge_training.accumulate,
        callbacks=callbacks,
        logger=make_logger(cfg.training_logger, folder, cfg.wandb_mode),
        enable_progress_bar=sys.stderr.isatty(),
        enable_model_summary=False,
        num_sanity_val_steps=0,
        log_every_n_steps=10,
    )
    last = folder / "checkpoints" / "last.ckpt"
    resume = last if cfg.resume and last.is_file() else None
    if resume:
        log.info("going on from %s", resume)
    start = time.perf_counter()
    # the trunk's BatchNorm is in evaluation mode on purpose
    warnings.filterwarnings("ignore", message=r"Found \d+ module\(s\) in eval mode")
    trainer.fit(module, data, ckpt_path=str(resume) if resume else None, weights_only=True)
    export_weights(network, folder / "weights.safetensors")
    score = trainer.callback_metrics.get("val_f")
    summary = {
        "epochs": trainer.current_epoch,
        "steps": trainer.global_step,
        "val_f": None if score is None else float(score),
        "machine_seconds": time.perf_counter() - start,
        "device": str(device),
        "precision": str(trainer.precision),
        "weights": "weights.safetensors",
    }
    (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


@hydra.main(version_base="1.3", config_path="pkg://fsannot.conf", config_name="train_edges")
def main(cfg: DictConfig) -> None:
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        print(json.dumps(train(cfg, folder)))
    except FsannotError as error:
        sys.exit(str(error))
    except InstantiationException as error:
        if isinstance(error.__cause__, FsannotError):
            sys.exit(str(error.__cause__))
        raise


if __name__ == "__main__":
    main()
