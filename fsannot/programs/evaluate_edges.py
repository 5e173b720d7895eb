"""Measure ODS, OIS and AP of an edge model on BSDS500.

fsannot evaluate_edges edges=hed data_root=<folder that holds BSDS500>
fsannot evaluate_edges edges=multiscale edges@edges.model.model=gradient limit=20 workers=2

Writes edge_scores.json, curve.csv and images.csv into the run directory, with the seconds per image.
"""

from __future__ import annotations

import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.data.bsds import BSDS500
from fsannot.data.errors import InputError
from fsannot.edges.model import EdgeModel
from fsannot.evaluation.edges import BoundaryCounts, count_boundaries, even_thresholds, score_boundaries
from fsannot.programs.program import report_errors
from fsannot.progress import counted


@dataclass
class Predictions:
    """Edge maps of some images."""

    maps: list[np.ndarray]
    seconds: list[float]  # wall clock, one an image
    cpu_seconds: list[
        float
    ]  # of this process, all threads together; other programs on the machine do not count


def predict(model: EdgeModel, data: BSDS500, indices: range) -> Predictions:
    """Edge maps of some images, one after the other, with the seconds each took.

    Args:
        model: the edge model.
        data: the images.
        indices: of the images.

    Returns:
        maps and seconds, in the order of ``indices``.

    Raises:
        InputError: the model needs class labels, which the dataset does not have.
    """
    if model.needs_target:
        raise InputError(f"edges={model.name} needs class labels, BSDS500 has none; choose another")
    done = Predictions([], [], [])
    for i in counted(indices, "edges", unit="image"):
        image = data.image(i)
        wall, cpu = time.perf_counter(), time.process_time()
        done.maps += model.predict([image])
        done.seconds.append(time.perf_counter() - wall)
        done.cpu_seconds.append(time.process_time() - cpu)
    return done


def compare(maps: list[np.ndarray], data: BSDS500, indices: range, cfg: DictConfig) -> list[BoundaryCounts]:
    """Compare edge maps with the boundaries people drew.

    Args:
        maps: float32 (H, W) each, in [0, 1].
        data: the images with their boundaries.
        indices: of the images, in the order of ``maps``.
        cfg: ``thresholds``, ``tolerance`` and ``workers``.

    Returns:
        the counts of each image.
    """
    work = [(m, data.boundaries(i)) for m, i in zip(maps, indices, strict=True)]
    options = {"thresholds": even_thresholds(cfg.thresholds), "tolerance": cfg.tolerance}
    if cfg.workers == 1:
        return [count_boundaries(*item, **options) for item in counted(work, "boundaries", unit="image")]
    # spawned, not forked: forking a process in which torch runs threads can hang
    with ProcessPoolExecutor(cfg.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(count_boundaries, *item, **options) for item in work]
        return [job.result() for job in counted(jobs, "boundaries", unit="image")]


def run(cfg: DictConfig, folder: Path) -> dict[str, object]:
    """Evaluate an edge model and write ``edge_scores.json``, ``curve.csv`` and ``images.csv``.

    Args:
        cfg: as ``conf/evaluate_edges.yaml`` describes it.
        folder: run directory, exists.

    Returns:
        content of ``edge_scores.json``.
    """
    data = BSDS500(Path(cfg.data_root) / "BSDS500", cfg.split)
    model: EdgeModel = build(cfg, "edges")
    indices = range(len(data))[: cfg.limit]
    predictions = predict(model, data, indices)
    counts = compare(predictions.maps, data, indices, cfg)
    thresholds = even_thresholds(cfg.thresholds)
    scores = score_boundaries(counts, thresholds)
    best = [int(np.argmax(c.f)) for c in counts]
    pd.DataFrame(
        {"threshold": thresholds, "precision": scores.precision, "recall": scores.recall, "f": scores.f}
    ).to_csv(folder / "curve.csv", index=False)
    pd.DataFrame(
        {
            "image": [data.ids[i] for i in indices],
            "best_f": [float(c.f[k]) for c, k in zip(counts, best, strict=True)],
            "best_threshold": thresholds[best],
            "seconds": predictions.seconds,
            "cpu_seconds": predictions.cpu_seconds,
        }
    ).to_csv(folder / "images.csv", index=False)
    summary: dict[str, object] = {
        "edges": model.name,
        "fingerprint": model.fingerprint(),
        "split": cfg.split,
        "images": len(indices),
        "ods": scores.ods,
        "ods_threshold": scores.ods_threshold,
        "ois": scores.ois,
        "ap": scores.ap,
        # the first image pays for warming up
        "seconds_per_image": float(np.median(predictions.seconds)),
        "cpu_seconds_per_image": float(np.median(predictions.cpu_seconds)),
        "torch_threads": torch.get_num_threads(),
        "dataset_fingerprint": data.fingerprint(),
    }
    (folder / "edge_scores.json").write_text(json.dumps(summary, indent=2) + "\n")
    return summary


@report_errors("evaluate_edges")
def main(cfg: DictConfig) -> None:
    """ODS, OIS and AP of an edge model on BSDS500, and its seconds per image.

    Args:
        cfg: composed by Hydra from ``conf/evaluate_edges.yaml`` and the command line.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    summary = run(cfg, folder)
    print(f"{'edges':<24}{'images':>7}{'ODS':>8}{'OIS':>8}{'AP':>8}{'s/image':>9}{'CPU s':>8}")
    print(
        f"{summary['edges']:<24}{summary['images']:>7}{summary['ods']:>8.3f}{summary['ois']:>8.3f}"
        f"{summary['ap']:>8.3f}{summary['seconds_per_image']:>9.2f}{summary['cpu_seconds_per_image']:>8.2f}"
    )
    print(folder / "edge_scores.json")
