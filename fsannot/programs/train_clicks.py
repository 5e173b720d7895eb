r"""Train a click network.

fsannot train_clicks data_root=<folder> hydra.run.dir=runs/clicks    # baseline=lite
fsannot train_clicks click_network=timm click_network.backbone=resnet18 \
    click_network.backbone_weights=<file> data_root=<folder>
fsannot train_clicks click_training=quick                            # generated scenes, a minute

Writes checkpoints/last.ckpt, log/ (the logger's files), weights.safetensors (what `baseline=lite
baseline.weights=<file>` takes, or `baseline=pyramid_timm` for another backbone) and summary.json.

A killed run resumes when it is started again with the same hydra.run.dir.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.programs.program import report_errors
from fsannot.training.clicks.module import ClickTraining
from fsannot.training.devices import TrainingDevices
from fsannot.training.trainer import fit, make_logger, write_training


def train(cfg: DictConfig, folder: Path) -> dict[str, Any] | None:
    """Train as ``conf/train_clicks.yaml`` describes it.

    Args:
        cfg: of the program.
        folder: run directory; a training in it goes on.

    Returns:
        content of ``summary.json`` in the first process of the training, None in the others.
    """
    devices = TrainingDevices.of(cfg)
    network = build(cfg, "click_network")
    data = build(cfg, "click_training.data")
    module: ClickTraining = build(cfg, "click_training.training")(network)
    summary = fit(
        module,
        data,
        folder,
        devices=devices,
        epochs=cfg.click_training.epochs,
        precision=cfg.precision,
        logger=make_logger(cfg.training_logger, folder, cfg.wandb_mode, project="fsannot-clicks"),
        resume=cfg.resume,
        validate_every=cfg.click_training.validate_every,
    )
    return summary and write_training(network, folder, summary)


@report_errors("train_clicks")
def main(cfg: DictConfig) -> None:
    """Train a click network; a killed run goes on where it was when started again in its directory.

    Args:
        cfg: composed by Hydra from ``conf/train_clicks.yaml`` and the command line.
    """
    summary = train(cfg, Path(HydraConfig.get().runtime.output_dir))
    if summary is not None:
        print(json.dumps(summary))
