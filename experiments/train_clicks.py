r"""Train a click network; a killed run goes on where it was when started again in its directory.

python experiments/train_clicks.py data_root=<folder> hydra.run.dir=runs/clicks    # baseline=lite
python experiments/train_clicks.py click_network=timm click_network.backbone=resnet18 \
    click_network.backbone_weights=<file> data_root=<folder>
python experiments/train_clicks.py click_training=quick                            # generated scenes, a minute

Writes checkpoints/last.ckpt, log/ (the logger's files), weights.safetensors (what `baseline=lite
baseline.weights=<file>` takes, or `baseline=pyramid_timm` for another backbone) and summary.json.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.clicks.training import ClickTraining
from fsannot.pipeline.program import build, report_errors
from fsannot.pipeline.training import fit, make_logger, write_training
from fsannot.pipeline.training_devices import TrainingDevices


def train(cfg: DictConfig, folder: Path) -> dict[str, Any] | None:
    """Train as ``conf/train_clicks.yaml`` describes it; the summary, in the first process of the training."""
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
    summary = train(cfg, Path(HydraConfig.get().runtime.output_dir))
    if summary is not None:
        print(json.dumps(summary))


if __name__ == "__main__":
    main()
