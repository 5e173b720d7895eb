"""Click runs as one Markdown table, with the published numbers beside it and clearly apart."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from fsannot.data.errors import InputError
from fsannot.evaluation.noc import read_click_table
from fsannot.evaluation.results import read_json

METRICS = ("IoU@1", "IoU@3", "IoU@5", "NoC85", "NoC90")


def measured_table(runs: Sequence[Path]) -> str:
    """Table of runs of ``fsannot clicks`` without early stopping, in their order.

    Args:
        runs: run directories.

    Returns:
        Markdown.

    Raises:
        InputError: no runs, or runs on different datasets.
        ResultsError: a folder without ``clicks.json`` or ``summary.json``.
    """
    if not runs:
        raise InputError("runs=[] is not valid; name at least one run directory of fsannot clicks")
    head = ("baseline", "dataset", "objects", *METRICS, "s / click", "outside the predictor")
    lines, datasets = _head(head, text=2), set()
    for run in runs:
        table, summary = read_click_table(run / "clicks.json"), read_json(run / "summary.json")
        datasets.add((summary["dataset"], table.objects))
        if len(datasets) > 1:
            raise InputError(f"runs on different sets cannot share a table: {sorted(datasets)}")
        cells = [summary["method"], summary["dataset"], str(table.objects)]
        cells += [_iou(table.iou_at.get(k)) for k in (1, 3, 5)]
        cells += [f"{table.noc[t]:.2f}" if t in table.noc else "" for t in (0.85, 0.90)]
        cells += [f"{table.seconds_per_click:.3f}", f"{table.overhead:.1%}"]
        lines.append(_line(cells))
    return "\n".join(lines) + "\n"


def published_table(dataset: str) -> str:
    """Table of the published click numbers on a dataset (``published.csv``); IoU as fractions.

    Args:
        dataset: as ``published.csv`` spells it, e.g. ``"DAVIS"``.

    Returns:
        Markdown; only the head where nothing is published.
    """
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    with files("fsannot.report").joinpath("published.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["dataset"] == dataset and row["metric"] in METRICS:
                key = (row["method"], row["training"], row["source"])
                value = float(row["value"])
                found.setdefault(key, {})[row["metric"]] = (
                    _iou(value / 100) if row["unit"] == "%" else f"{value:.2f}"
                )
    lines = _head(("method", "trained on", "source", *METRICS), text=3)
    lines += [_line([*key, *(values.get(m, "") for m in METRICS)]) for key, values in found.items()]
    return "\n".join(lines) + "\n"


def _iou(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _head(names: Sequence[str], *, text: int) -> list[str]:
    return [_line(names), _line(["---"] * text + ["---:"] * (len(names) - text))]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
