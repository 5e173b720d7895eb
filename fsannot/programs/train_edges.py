r"""Train or fine-tune an edge model.

fsannot train_edges data_root=<folder> hydra.run.dir=runs/lite    # the shipped poolnet_lite
fsannot train_edges edge_training=camvid edge_network.weights=shipped data_root=<folder>
fsannot train_edges edge_training=joint edge_network=resnet50 \
    edge_network.backbone_weights=<file>

Writes checkpoints/last.ckpt, metrics.csv (or the logger's files), figures/epoch_*.png, weights.safetensors
(what `edges=poolnet_lite edges.weights=<file>` takes) and summary.json.

A killed run resumes when it is started again with the same hydra.run.dir.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.evaluation.edges import count_boundaries, even_thresholds, score_boundaries
from fsannot.programs.program import report_errors
from fsannot.training.devices import TrainingDevices
from fsannot.training.edges.data import EdgeData
from fsannot.training.edges.grid import PredictionGrid
from fsannot.training.edges.module import EdgeTraining
from fsannot.training.edges.validation import tolerant_f_measure
from fsannot.training.trainer import fit, make_logger, write_training


def benchmark_ods(edge_maps: Sequence[np.ndarray], annotators: Sequence[Sequence[np.ndarray]]) -> float:
    """ODS of the benchmark at nine thresholds, matched one-to-one.

    Args:
        edge_maps: float32 (H, W) each, in [0, 1].
        annotators: of each image, its boundaries: bool (H, W), one an annotator.

    Returns:
        F-measure in [0, 1].
    """
    thresholds = even_thresholds(9)
    counts = [count_boundaries(m, b, thresholds) for m, b in zip(edge_maps, annotators, strict=True)]
    return score_boundaries(counts, thresholds).ods


SCORES = {"benchmark": benchmark_ods, "quick": tolerant_f_measure}


def train(cfg: DictConfig, folder: Path) -> dict[str, Any] | None:
    """Train as ``conf/train_edges.yaml`` describes it.

    Args:
        cfg: of the program.
        folder: run directory; a training in it goes on.

    Returns:
        content of ``summary.json`` in the first process of the training, None in the others.
    """
    devices = TrainingDevices.of(cfg)
    network = build(cfg, "edge_network")
    data: EdgeData = build(cfg, "edge_training.data")
    module: EdgeTraining = build(cfg, "edge_training.training")(network, score=SCORES[cfg.validation_score])
    network.to(memory_format=torch.channels_last)
    callbacks: list[pl.Callback] = []
    if cfg.grid_images and data.validation is not None:
        shown = [data.validation.read(i)[0] for i in range(min(cfg.grid_images, len(data.validation)))]
        callbacks.append(PredictionGrid(shown, folder / "figures"))
    summary = fit(
        module,
        data,
        folder,
        devices=devices,
        epochs=cfg.edge_training.epochs,
        precision=cfg.precision,
        logger=make_logger(cfg.training_logger, folder, cfg.wandb_mode, project="fsannot-edges"),
        resume=cfg.resume,
        accumulate=cfg.edge_training.accumulate,
        unused_parameters=not data.shares["masks"],  # those of the saliency branch
        callbacks=callbacks,
    )
    return summary and write_training(network, folder, summary)


@report_errors("train_edges")
def main(cfg: DictConfig) -> None:
    """Train or fine-tune an edge model; a killed run goes on where it was when started again in its directory.

    Args:
        cfg: composed by Hydra from ``conf/train_edges.yaml`` and the command line.
    """
    summary = train(cfg, Path(HydraConfig.get().runtime.output_dir))
    if summary is not None:
        print(json.dumps(summary))
