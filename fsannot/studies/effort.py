"""Quality against human seconds for robots and click baselines together: areas, times to a level, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.effort import area_difference, area_under_curve, seconds_to_reach
from fsannot.evaluation.image_curves import ImageCurves, read_image_curves
from fsannot.evaluation.intervals import RESAMPLES, Interval, bootstrap_interval
from fsannot.evaluation.rows import write_rows
from fsannot.report.comparison import TableRow, make_row, run_clusters
from fsannot.report.effort_figure import Line, draw_effort
from fsannot.runs.directory import RunDirectory
from fsannot.studies.paper_tables import baselines
from fsannot.studies.selection import choices
from fsannot.studies.table_program import Table, TableProgram


@dataclass(frozen=True)
class EffortPoint:
    """A point of the figure.

    Attributes:
        dataset, method: whose curve.
        human_seconds_per_image: human seconds so far.
        quality: mean IoU or agreement, in [0, 1].
    """

    dataset: str
    method: str
    human_seconds_per_image: float
    quality: float


def effort(program: TableProgram) -> Table:
    """Curves of every robot and baseline on every dataset, compared over the same human seconds.

    Writes ``effort_curves.csv`` and ``effort-<dataset>.svg`` and ``.png`` beside the table's files.

    Args:
        program: settings of the table.

    Returns:
        the table.

    Raises:
        InputError: ``until`` or ``levels`` is not above 0.
        ResultsError: runs to compare are of different images.
    """
    cfg = program.cfg
    for key in ("until", "levels"):
        values = [cfg[key]] if key == "until" else list(cfg[key])
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and v > 0 for v in values):
            raise InputError(f"{key}={cfg[key]!r} is not valid; numbers above 0 are needed")
    table = Table("effort", f"Effort: quality over the first {cfg.until:g} human seconds an image")
    selection = program.datasets(choices("dataset", cfg.datasets), None)
    table.skipped += selection.skipped
    clicked, absent = baselines(program)
    table.skipped += [{"what": f"baseline {name}", "why": why} for name, why in absent.items()]
    plans = [
        program.plan("annotate", f"{name}-{robot}", f"dataset={name}", f"robot={robot}")
        for name in selection.present
        for robot in choices("robot", cfg.robots, needed=not cfg.runs)
    ]
    plans += [
        program.plan("clicks", f"{name}-{baseline}", f"dataset={name}", *chosen)
        for name in selection.present
        for baseline, chosen in clicked.items()
    ]
    runs = [*program.run(plans), *program.added()]
    points: list[EffortPoint] = []
    for dataset in selection.present.values():
        members = [run for run in runs if run.summary.dataset == dataset.name]
        table.runs += members
        curves = _named({run: read_image_curves(run.path) for run in members})
        table.rows += _rows(curves, float(cfg.until), [float(level) for level in cfg.levels])
        lines = [Line(name, c.seconds, c.quality.mean(1)) for name, (_, c) in curves.items()]
        measure = "mean IoU" if dataset.task == "foreground" else "pixel agreement"
        draw_effort(
            program.folder / f"effort-{dataset.name}",
            lines, measure=measure, title=f"{dataset.name}, {len(dataset)} images", until=float(cfg.until),
        )  # fmt: skip
        points += [
            EffortPoint(dataset.name, line.name, float(s), float(q))
            for line in lines
            for s, q in zip(line.seconds, line.quality, strict=True)
        ]
    write_rows(program.folder / "effort_curves.csv", EffortPoint, points)
    return table


def _named(curves: Mapping[RunDirectory, ImageCurves]) -> dict[str, tuple[RunDirectory, ImageCurves]]:
    """By method; by method and run directory where two runs have the same."""
    methods = [run.summary.method for run in curves]
    return {
        run.summary.method if methods.count(run.summary.method) == 1 else f"{run.summary.method}, {run.path.name}":
        (run, of)
        for run, of in curves.items()
    }  # fmt: skip


def _rows(
    curves: Mapping[str, tuple[RunDirectory, ImageCurves]], until: float, levels: list[float]
) -> list[TableRow]:
    """Area, seconds to each level, and the paired difference of the area to the first method."""
    rows: list[TableRow] = []
    (first_name, (first_run, first)), *_ = curves.items()
    for name, (run, of) in curves.items():
        seed = run.summary.seed
        units = _units(run, of.images)
        area = bootstrap_interval(area_under_curve(of.seconds, of.quality, until), units=units, seed=seed)
        rows.append(make_row(run, name, f"area to {until:g} s", "fraction", area))
        for level in levels:
            reached, note = _time_to(of, level, units, seed)
            if reached is None:
                rows.append(_unreached(run, name, level, note))
            else:
                rows.append(make_row(run, name, f"seconds to {level:g}", "s/image", reached, note=note))
        if run is not first_run:
            if set(of.images) != set(first.images):
                raise ResultsError(
                    f"{run.path} and {first_run.path} are of different images; run them on the same"
                )
            difference = area_difference(
                (first.seconds, first.quality),
                (of.seconds, of.of(first.images)),
                until,
                units=_units(first_run, first.images),
                seed=seed,
            )
            metric = f"area of {first_name} − area of {name}"
            rows.append(
                make_row(
                    run, name, metric, "fraction", difference, note=f"paired over {run_clusters(run).kind}"
                )
            )
    return rows


def _unreached(run: RunDirectory, name: str, level: float, note: str) -> TableRow:
    """A row of a level the mean curve never reaches."""
    nothing = make_row(run, name, f"seconds to {level:g}", "s/image", Interval(0.0, 0.0, 0.0), note=note)
    return TableRow(**{**vars(nothing), "value": None, "low": None, "high": None})


def _units(run: RunDirectory, images: Sequence[str]) -> tuple[str, ...]:
    """What is drawn together, one unit an image."""
    group_of = {row.image: row.group for row in run.rows}
    return clusters([group_of[image] for image in images], images).units


def _time_to(
    curves: ImageCurves, level: float, units: Sequence[str], seed: int
) -> tuple[Interval | None, str]:
    """When the mean curve first reaches a level, with its interval over the units; and what to say of it."""
    value = seconds_to_reach(curves.seconds, curves.quality.mean(1), level)
    if value is None:
        top = float(curves.quality.mean(1).max())
        return None, f"never reached; the best mean is {top:.3f} after {curves.seconds[-1]:.1f} s"
    rng = np.random.default_rng(seed)
    unit = np.unique(np.asarray(units), return_inverse=True)[1]
    many = int(unit.max()) + 1
    drawn = np.empty(RESAMPLES)
    for k in range(RESAMPLES):
        weights = np.bincount(rng.integers(0, many, many), minlength=many)[unit].astype(float)
        weights /= weights.sum()
        hits = np.flatnonzero(curves.quality @ weights.astype(np.float32) >= level)
        drawn[k] = curves.seconds[hits[0]] if hits.size else np.inf
    # rank, not interpolation: a resample may never get there
    low, high = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
    missed = float(np.mean(np.isinf(drawn)))
    note = f"{missed:.0%} of the resamples never get there" if missed else ""
    last = float(curves.seconds[-1])
    return Interval(value, min(float(low), last), min(float(high), last)), note
