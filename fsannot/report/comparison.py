"""Rows of a comparison: our value with its interval, the published one, and where each comes from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.data.errors import ResultsError
from fsannot.evaluation.clusters import Clusters, clusters
from fsannot.evaluation.intervals import Interval, Statistic, bootstrap_interval
from fsannot.evaluation.results import ResultRow, check_protocol
from fsannot.report.published import Published
from fsannot.runs.config_text import parsed_config
from fsannot.runs.directory import RunDirectory

WITH_WEIGHTS = ("edges", "features", "baseline")
"""Parts of a run that may load weights, if it used them."""


@dataclass(frozen=True)
class TableRow:
    """One number of a table. ``None`` = not measured here, or not published.

    Attributes:
        dataset, images, instances: what it was measured on; no instances where the unit is the image.
        method: what labelled it.
        metric, unit: e.g. ``"mean IoU"``, ``"fraction"``.
        value, low, high: ours with its 95 % bootstrap interval.
        interval_over: what the interval draws, ``groups`` or ``images``: see ``fsannot.evaluation.clusters``.
        published, published_as: the published value, and whose it is.
        difference: ours − published.
        weights: of edge model, features or baseline, each with the first digits of its fingerprint.
        data: first digits of the dataset's fingerprint.
        run: run directory, relative to the table's.
        note: what must be known to compare the two.
        over: what the interval draws; None = what the run's own intervals draw.
    """

    dataset: str
    images: int | None
    instances: int | None
    method: str
    metric: str
    unit: str
    value: float | None
    low: float | None
    high: float | None
    interval_over: str
    published: float | None
    difference: float | None
    published_as: str
    weights: str
    data: str
    run: str
    note: str


def make_row(
    run: RunDirectory,
    method: str,
    metric: str,
    unit: str,
    measured: Interval,
    reference: Published | None = None,
    note: str = "",
    over: str | None = None,
) -> TableRow:
    """A measured number of a run, compared with a published one.

    Args:
        run: whose number it is.
        method: name of the robot or baseline in the table.
        metric: e.g. ``"mean IoU"``.
        unit: e.g. ``"fraction"``.
        measured: the number with its interval.
        reference: the published number; None = there is none.
        note: what must be known to compare the two.

    Returns:
        the row; values are rounded to ten digits.
    """
    notes = [text for text in (note, reference.note if reference else "") if text]
    return TableRow(
        dataset=run.summary.dataset,
        images=run.summary.images,
        instances=sum(row.instance is not None for row in run.rows) or None,
        method=method,
        metric=metric,
        unit=unit,
        value=_rounded(measured.value),
        low=_rounded(measured.low),
        high=_rounded(measured.high),
        interval_over=run_clusters(run).kind if over is None else over,
        published=reference.value if reference else None,
        difference=_rounded(measured.value - reference.value) if reference else None,
        published_as=f"{reference.method}, {reference.source}" if reference else "",
        weights=weights_of(run),
        data=str(run.provenance.get("dataset", {}).get("fingerprint", ""))[:8],
        run=run.path.name,
        note="; ".join(dict.fromkeys(notes)),
    )


def published_row(reference: Published, dataset: str, note: str) -> TableRow:
    """A published number without a measured one.

    Args:
        reference: the published number.
        dataset: name in the table.
        note: why nothing was measured.

    Returns:
        the row.
    """
    return TableRow(
        dataset=dataset, images=None, instances=None, method=reference.method, metric=reference.metric,
        unit=reference.unit, value=None, low=None, high=None, interval_over="",
        published=reference.value, difference=None,
        published_as=f"{reference.method}, {reference.source}", weights="", data="", run="", note=note,
    )  # fmt: skip


def over_rows(
    run: RunDirectory, value: Callable[[ResultRow], float | None], statistic: Statistic = np.mean
) -> Interval:
    """A statistic over the rows of a run with its interval, over groups or images, see ``clusters``.

    Args:
        run: the run.
        value: row → its value, or None where it has none.
        statistic: ``np.mean`` or ``np.median``.

    Returns:
        the statistic with its 95 % interval.

    Raises:
        ResultsError: the column is empty in some rows; names the file.
    """
    values = [value(row) for row in run.rows]
    filled = [v for v in values if v is not None]
    if len(filled) != len(values):
        raise ResultsError(f"{run.path / 'results.csv'}: {len(values) - len(filled)} rows lack the measure")
    return bootstrap_interval(
        filled, statistic=statistic, units=run_clusters(run).units, seed=run.summary.seed
    )


def run_clusters(run: RunDirectory) -> Clusters:
    """What the intervals of a run draw, one unit a row of its results.

    Args:
        run: the run.

    Returns:
        one unit a row, and what the units are.
    """
    return clusters([row.group for row in run.rows], [row.image for row in run.rows])


def check_one_selection(runs: Sequence[RunDirectory]) -> None:
    """Refuse runs of a table that cannot be compared: protocol versions, or images of a dataset, differ.

    Args:
        runs: of one table.

    Raises:
        ResultsError: names the first pair that differs, and in what.
    """
    check_protocol([run.summary for run in runs], [str(run.path) for run in runs])
    first: dict[str, RunDirectory] = {}
    for run in runs:
        other = first.setdefault(run.summary.dataset, run)
        if run.images != other.images:
            raise ResultsError(
                f"{run.path} has {len(run.images)} images of {run.summary.dataset}, {other.path} has "
                f"{len(other.images)}, and they are not the same: they cannot be in one table; "
                "run both on the same selection"
            )
        ours, theirs = (r.provenance.get("dataset", {}).get("fingerprint") for r in (run, other))
        if ours != theirs:
            raise ResultsError(
                f"{run.path / 'provenance.json'}: dataset.fingerprint {ours} differs from {theirs} of {other.path}: "
                f"two copies of {run.summary.dataset} cannot be in one table; run both on the same one"
            )


def weights_of(run: RunDirectory) -> str:
    """Weights a run used, in words.

    Args:
        run: the run.

    Returns:
        ``name (file) fingerprint`` of each, or ``none``.

    Raises:
        ResultsError: ``config.yaml`` is not YAML; names the file.
    """
    config = parsed_config(run.config, run.path / "config.yaml") or {}
    used = run.provenance.get("models", {})
    found = []
    for part in WITH_WEIGHTS:
        if part in used and isinstance(config.get(part), dict):
            found += [f"{text} {str(used[part])[:8]}" for text in _weights(config[part])]
    return ", ".join(found) or "none"


def _weights(part: dict[str, Any]) -> list[str]:
    """``name (weights)`` of a part of the configuration and of the parts in it."""
    found = []
    if "weights" in part:
        name = part.get("name") or str(part.get("_target_", "")).rpartition(".")[2]
        stored = part["weights"]
        found.append(f"{name} ({'packaged' if stored is None else Path(str(stored)).name})")
    for inner in part.values():
        if isinstance(inner, dict):
            found += _weights(inner)
    return found


def _rounded(value: float) -> float:
    """Ten digits: enough for any reader, and the same on every machine."""
    return float(json.dumps(round(float(value), 10)))
