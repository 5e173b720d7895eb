r"""Measure the mask quality a partition allows, at matched numbers of segments.

fsannot partition_bound data_root=<folder that holds DAVIS>
fsannot partition_bound dataset=davis_dev5 models=[poolnet_lite] criteria=[mean_border_features] data_root=<folder>
fsannot partition_bound dataset=camvid criteria=[area] segments=[30] data_root=<folder> \
    'models=[poolnet_lite,"poolnet_lite edges.weights=runs/camvid/weights.safetensors"]'

Writes partition_bound.csv (one row a model, criterion and number of segments), images.csv (one row an image) and
partition_bound.md (the table) into the run directory, after every model.

Every segment gets the class of the majority of its pixels. Intervals draw whole groups (sequences) where there are
several.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.configuration.refusals import compose
from fsannot.data.dataset import Dataset, require_truth
from fsannot.data.errors import InputError
from fsannot.edges.model import EdgeModel
from fsannot.edges.perfect import PerfectEdges
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.intervals import bootstrap_interval
from fsannot.evaluation.partition import partition_bound
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.programs.program import report_errors


@dataclass
class Predicted:
    """Edge maps of the images of a dataset."""

    edge_maps: list[np.ndarray]
    targets: list[np.ndarray]
    cpu_seconds: float  # of the edge model, all threads together, median of the images


def edge_model(entry: str, cfg: DictConfig) -> EdgeModel:
    """The edge model an entry of ``models`` names, with the overrides after it.

    Args:
        entry: file of ``conf/edges/``, and overrides after it, separated by spaces.
        cfg: gives ``device`` and ``seed``.

    Returns:
        the model, with its weights.

    Raises:
        InputError: the entry cannot be composed, or the model cannot be made; names the entry.
    """
    name, *overrides = entry.split()
    overrides = [f"edges={name}", *overrides, f"device={cfg.device}", f"seed={cfg.seed}"]
    try:
        return build(compose("evaluate_edges", overrides), "edges")  # its group `edges` is all that is taken
    except InputError as error:
        raise InputError(f"models: {entry!r}: {error}") from error


def partitioner(entry: str, cfg: DictConfig) -> Partitioner:
    """What builds the hierarchies that an entry of ``criteria`` names, with the overrides after it.

    Args:
        entry: file of ``conf/hierarchy/``, and overrides after it, separated by spaces.
        cfg: gives ``min_strength``, ``device`` and ``seed``.

    Returns:
        the partitioner; its threshold is not used.

    Raises:
        InputError: the entry cannot be composed, or the partitioner cannot be made; names the entry.
    """
    name, *overrides = entry.split()
    shared = [f"hierarchy.min_strength={cfg.min_strength}", f"device={cfg.device}", f"seed={cfg.seed}"]
    try:
        return build(compose("scale", [f"hierarchy={name}", *shared, *overrides]), "hierarchy")
    except InputError as error:
        raise InputError(f"criteria: {entry!r}: {error}") from error


def hierarchies(
    chosen: Partitioner, dataset: Dataset, edge_maps: list[np.ndarray]
) -> tuple[list[Hierarchy], float]:
    """Hierarchies of all images of a dataset.

    Args:
        chosen: builds them.
        dataset: the images.
        edge_maps: float32 (H, W) of each.

    Returns:
        the hierarchies, and processor seconds an image, features of the image included, median of the images.
    """
    made, seconds = [], []
    for i, edge_map in enumerate(edge_maps):
        image = dataset.image(i) if chosen.features is not None else None
        start = time.process_time()
        made.append(chosen.build(edge_map, chosen.maps(image)))
        seconds.append(time.process_time() - start)
    return made, float(np.median(seconds))


def predict(model: EdgeModel, dataset: Dataset) -> Predicted:
    """Edge maps of all images of a dataset, with the seconds they took.

    Args:
        model: the edge model; perfect edges are read off the ground truth.
        dataset: the images.

    Returns:
        maps and targets, in the order of the dataset.
    """
    require_truth(dataset, "bounds of a partition")
    edge_maps, targets, seconds = [], [], []
    for i in range(len(dataset)):
        sample = dataset[i]
        start = time.process_time()
        if isinstance(model, PerfectEdges):
            edge_map = model.predict_from_target([sample.image], [sample.truth], [i])[0]
        else:
            edge_map = model.predict([sample.image])[0]
        seconds.append(time.process_time() - start)
        edge_maps.append(edge_map)
        targets.append(sample.truth)
    return Predicted(edge_maps, targets, float(np.median(seconds)))


def markdown(rows: pd.DataFrame, counts: list[int], measure: str) -> str:
    """A line for each model and criterion, a column for each number of segments, with the 95 % interval of the mean;
    then processor seconds an image.

    Args:
        rows: of ``partition_bound.csv``.
        counts: numbers of segments, in the order of the columns.
        measure: ``"IoU"`` or ``"agreement"``.

    Returns:
        Markdown.
    """
    head = ["edges", "criterion", *(f"{measure} at {c} segments" for c in counts), "edges, s", "hierarchy, s"]
    lines = [head, ["---", "---", *["---:"] * (len(head) - 2)]]
    for (entry, criterion), group in rows.groupby(["edges", "criterion"], sort=False):
        cells = [f"{r.mean_value:.3f} [{r.low:.3f}, {r.high:.3f}]" for r in group.itertuples()]
        seconds = group.iloc[0][["cpu_seconds_per_image", "hierarchy_cpu_seconds_per_image"]]
        lines.append([f"`{entry}`", str(criterion), *cells, *(f"{s:.2f}" for s in seconds)])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def run(cfg: DictConfig, folder: Path) -> str:
    """Measure what partitions allow, and write the three files after every model.

    Args:
        cfg: as ``conf/partition_bound.yaml`` describes it.
        folder: run directory, exists.

    Returns:
        the table as Markdown.

    Raises:
        InputError: no model, number of segments or criterion, or one that is not known.
    """
    for key in ("models", "segments", "criteria"):
        if not cfg[key]:
            raise InputError(f"{key}=[]: at least one is needed")
    # all errors before any work
    criteria = [(str(entry), partitioner(str(entry), cfg)) for entry in cfg.criteria]
    dataset: Dataset = build(cfg, "dataset")
    models = [(str(entry), edge_model(str(entry), cfg)) for entry in cfg.models]
    drawn = clusters(dataset.groups, dataset.ids)
    measure = "IoU" if dataset.task == "foreground" else "agreement"
    counts = [int(c) for c in cfg.segments]
    rows, images = [], []
    table = ""
    for entry, model in models:
        predicted = predict(model, dataset)
        for criterion, chosen in criteria:
            made, building = hierarchies(chosen, dataset, predicted.edge_maps)
            for count in counts:
                bound = partition_bound(
                    made,
                    predicted.targets,
                    segments=count,
                    task=dataset.task,
                    n_classes=len(dataset.classes),
                )
                mean, low, high = bootstrap_interval(bound.values, units=drawn.units, seed=int(cfg.seed))
                rows.append(
                    {
                        "dataset": dataset.name,
                        "criterion": criterion,
                        "edges": entry,
                        "wanted": count,
                        "segments": bound.segments,
                        "threshold": bound.threshold,
                        "measure": measure,
                        "mean_value": mean,
                        "low": low,
                        "high": high,
                        "ci_over": drawn.kind,
                        "median_value": float(np.median(bound.values)),
                        "cpu_seconds_per_image": predicted.cpu_seconds,
                        "hierarchy_cpu_seconds_per_image": building,
                    }
                )
                images += [
                    {"edges": entry, "criterion": criterion, "wanted": count, "image": name, "value": value}
                    for name, value in zip(dataset.ids, bound.values, strict=True)
                ]
        table = markdown(pd.DataFrame(rows), counts, measure)
        pd.DataFrame(rows).to_csv(folder / "partition_bound.csv", index=False)
        pd.DataFrame(images).to_csv(folder / "images.csv", index=False)
        (folder / "partition_bound.md").write_text(table)
        print(f"{entry}: {len(dataset)} images, {predicted.cpu_seconds:.2f} CPU s / image", flush=True)
    return table


@report_errors("partition_bound")
def main(cfg: DictConfig) -> None:
    """Mask quality a partition allows: every segment gets its majority's class, at matched numbers of segments.

    Args:
        cfg: composed by Hydra from ``conf/partition_bound.yaml`` and the command line.
    """
    folder = Path(HydraConfig.get().runtime.output_dir)
    print(run(cfg, folder))
    print(folder / "partition_bound.md")
