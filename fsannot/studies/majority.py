"""Majority labels of a partition: what its segments allow without any split (the paper's Table 2)."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.data.chosen import CHOSEN_ON
from fsannot.data.dataset import Dataset, require_truth
from fsannot.edges.model import EdgeModel
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.effort import CurvePoint, write_curve
from fsannot.evaluation.iou import labelled, majority_labels
from fsannot.evaluation.results import ResultRow, Summary, write_results, write_summary
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.summary import summarize
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.progress import counted
from fsannot.report.page import write_report
from fsannot.runs.gallery import choose_examples, write_gallery
from fsannot.runs.masks import write_mask
from fsannot.runs.provenance import provenance
from fsannot.runs.run_folder import begin_run
from fsannot.simulation.results import unit_scores
from fsannot.studies.finished_scores import FinishedScores

log = logging.getLogger(__name__)
METHOD = "majority_vote"


def run_majority(
    *,
    dataset: Dataset,
    edges: EdgeModel,
    hierarchy: Partitioner,
    finishing: Finisher | None = None,
    folder: Path,
    cache: Path,
    workers: int = 1,
    batch_size: int = 4,
    seed: int = 0,
    chosen_on: str = CHOSEN_ON,
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Give every segment the class most of its pixels have, and write the files every run has.

    Nobody labels here, so human seconds and actions are 0; what the labels are is read off the ground truth.
    Preparation is that of edges and hierarchies, measured when they were computed.

    Args:
        dataset: images and ground truth.
        edges: the edge model.
        hierarchy: criterion and threshold of the partitions.
        finishing: improves the masks; None leaves them as the segments are.
        folder: run directory; made when missing.
        cache: store of stage artefacts; runs and processes may share it.
        workers: processes that build hierarchies.
        batch_size: images the edge model sees at once.
        seed: of the intervals.
        chosen_on: images that the settings were chosen on, in words.
        config: the composed configuration, as plain values, for ``config.yaml``; without, it describes the classes and
            arguments of the parts.

    Returns:
        content of ``summary.json``.

    Raises:
        ResultsError: a file cannot be written.
    """
    require_truth(dataset, "majority labels")
    finishing = finishing or NoFinisher()
    parts = {"dataset": dataset, "edges": edges, "hierarchy": hierarchy, "finishing": finishing}
    settings = {
        "seed": seed,
        "chosen_on": chosen_on,
        "cache": cache,
        "workers": workers,
        "batch_size": batch_size,
    }
    begin_run(folder, config, parts | settings)
    store = Store(cache)
    stages = Stages(
        dataset=dataset, edge_model=edges, partitioner=hierarchy, store=store,
        workers=workers, batch_size=batch_size,
    )  # fmt: skip
    prepare(stages, range(len(dataset)), until="hierarchy")
    spent = stages.seconds
    prepared = (spent["edges"] + spent["hierarchy"]) / len(dataset)
    rows: list[ResultRow] = []
    confusion: list[np.ndarray] = []
    segments = 0
    finished = None if isinstance(finishing, NoFinisher) else FinishedScores(dataset, finishing.name)
    for index in counted(range(len(dataset)), "majority labels", unit="image"):
        sample, label_map = dataset[index], stages.partition(index)
        segments += int(label_map.max()) + 1
        if dataset.task == "foreground":  # a segment of two half objects is still mostly object
            target, classes = np.where(sample.truth > 0, 1, sample.truth), 2
        else:
            target, classes = sample.truth, len(dataset.classes)
        labels = labelled(label_map, majority_labels(label_map, target, classes))
        mask = labels
        if finished is not None:
            start = time.perf_counter()
            edge_map = stages.edge_map(index) if finishing.needs_edges else None
            mask = finishing.finish(sample.image, labels, label_map, edge_map).labels
            finished.add(sample, mask, unit_scores(dataset, sample, mask), time.perf_counter() - start)
        write_mask(folder, sample.id, mask, task=dataset.task)
        if dataset.task == "semantic":
            confusion.append(confusion_matrix(labels, target, classes))
        scores = unit_scores(dataset, sample, labels)
        for instance, score in scores.items():
            rows.append(
                ResultRow(
                    method=METHOD,
                    dataset=dataset.name,
                    group=sample.group,
                    image=sample.id,
                    instance=instance,
                    iou=score["iou"],
                    agreement=score["agreement"],
                    human_seconds=0.0,
                    waiting_seconds=0.0,
                    preparation_seconds=round(prepared / len(scores), 6),
                    actions=0,
                    seed=seed,
                )
            )
    units = clusters(dataset.groups, dataset.ids).units
    of_classes = class_ious(confusion, dataset.classes, units=units, seed=seed) if confusion else None
    summary = summarize(rows, segments=segments, classes=of_classes, bootstrap_seed=seed)
    if finished is not None:
        rows = list(finished.rows(rows))
        summary = finished.summary(summary, rows)
    write_results(folder / "results.csv", rows)
    point = CurvePoint(0.0, 0.0, summary.iou_mean, summary.agreement, 0)
    write_curve(folder / "curve.csv", [point])
    record = provenance(
        seed=seed,
        dataset=dataset,
        chosen_on=chosen_on,
        models={
            "edges": edges.fingerprint(),
            "hierarchy": hierarchy.fingerprint(),
            "finishing": finishing.fingerprint(),
        },
        stage_seconds=spent,
    )
    write_atomically(folder / "provenance.json", (json.dumps(record, indent=2) + "\n").encode())
    chosen = choose_examples(rows)
    position = {name: i for i, name in enumerate(dataset.ids)}
    write_gallery(folder, chosen, (dataset[position[name]] for name in chosen), dataset.classes)
    write_summary(folder / "summary.json", summary)
    write_report([folder], folder / "report.html", title=f"Majority labels on {dataset.name}")
    log.info("store: %s", store.summary())
    return summary
