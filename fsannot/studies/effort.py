"""Quality against human seconds, robots and click baselines together: budgets, areas, times to a level, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.methods import Measures, Method
from fsannot.evaluation.rows import write_rows
from fsannot.report.effort_figure import Line, Mark, draw_effort
from fsannot.runs.directory import RunDirectory
from fsannot.studies.effort_rows import effort_rows, published_rows
from fsannot.studies.launching import Plan
from fsannot.studies.method_runs import by_method
from fsannot.studies.paper_tables import baselines
from fsannot.studies.selection import choices
from fsannot.studies.table_program import Table, TableProgram

CLICK_REMARK = (
    "clicks: quality is the best of all rules of stopping at that time, linear between k and k + 1 clicks an image; "
    "without a click the mask is empty. A person who stops when satisfied knows the true quality. Sessions are steps"
)


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
    """Curves of every robot and baseline on every dataset, compared at the same human seconds.

    Writes ``effort_curves.csv`` and ``effort-<dataset>.svg`` and ``.png`` beside the table's files.

    Args:
        program: settings of the table.

    Returns:
        the table.

    Raises:
        InputError: a setting is not valid.
        ResultsError: runs to compare are of different images.
    """
    cfg = program.cfg
    measures = _measures(cfg)
    table = Table("effort", f"Effort: quality over the first {measures.until:g} human seconds an image")
    selection = program.datasets(choices("dataset", cfg.datasets), None)
    table.skipped += selection.skipped
    clicked, absent = baselines(program)
    table.skipped += [{"what": f"baseline {name}", "why": why} for name, why in absent.items()]
    plans = [
        plan
        for name in selection.present
        for robot in choices("robot", cfg.robots, needed=not cfg.runs)
        for plan in _seeded(
            program, "annotate", f"{name}-{robot}", (f"dataset={name}", f"robot={robot}"), cfg.seeds
        )
    ]
    # a robot that clicks the centre draws nothing, so that every seed would give the same
    click_seeds = cfg.seeds if cfg.clicker.jitter > 0 or cfg.clicker.place_tie == "random" else []
    plans += [
        plan
        for name in selection.present
        for baseline, chosen in clicked.items()
        for plan in _seeded(
            program, "clicks", f"{name}-{baseline}", (f"dataset={name}", *chosen), click_seeds
        )
    ]
    runs = [*program.run(plans), *program.added()]
    points: list[EffortPoint] = []
    for dataset in selection.present.values():
        members = [run for run in runs if run.summary.dataset == dataset.name]
        table.runs += members
        points += _compare(program, table, dataset, members, measures)
    write_rows(program.folder / "effort_curves.csv", EffortPoint, points)
    return table


def _compare(
    program: TableProgram, table: Table, dataset: Dataset, runs: Sequence[RunDirectory], measures: Measures
) -> list[EffortPoint]:
    """Rows and figure of one dataset; the points of the figure."""
    for run in runs[1:]:
        if run.images != runs[0].images:
            raise ResultsError(f"{run.path} and {runs[0].path} are of different images; run them on the same")
    clock = program.cfg.clock
    methods = by_method(runs)
    rows, curves = effort_rows(methods, runs[0].images, measures, check=program.cfg.check_seconds)
    published = published_rows(dataset.name, clock.first_click, clock.further_click)
    table.rows += [*rows, *published]
    if any(of.clicks for of in methods):
        table.remarks = [CLICK_REMARK]
    lines = _lines(curves)
    marks = [
        Mark(row.method, float(row.metric.split()[2]), float(row.published or 0.0)) for row in published
    ]  # fmt: skip
    measure = "mean IoU" if dataset.task == "foreground" else "pixel agreement"
    draw_effort(
        program.folder / f"effort-{dataset.name}",
        lines, marks=marks, measure=measure, title=f"{dataset.name}, {len(dataset)} images", until=measures.until,
    )  # fmt: skip
    return [
        EffortPoint(dataset.name, line.name, float(s), float(q))
        for line in lines
        for s, q in zip(line.seconds, line.quality, strict=True)
    ]


def _lines(curves: Mapping[str, Method]) -> list[Line]:
    found = []
    for number, (name, method) in enumerate(curves.items()):
        for kind, curve in method.curves().items():
            called = f"{name}, {kind}" if kind else name
            found.append(
                Line(called, curve.seconds, curve.quality, linear=curve.linear, color=number, thin=bool(kind))
            )
    return found


def _seeded(
    program: TableProgram, kind: str, name: str, chosen: Sequence[str], seeds: Sequence[int]
) -> list[Plan]:
    if not seeds:
        return [program.plan(kind, name, *chosen)]
    return [program.plan(kind, f"{name}-{seed}", *chosen, f"seed={seed}") for seed in seeds]


def _measures(cfg: DictConfig) -> Measures:
    """What is measured, checked."""
    for key in ("until", "levels", "budgets"):
        values = [cfg[key]] if key == "until" else list(cfg[key])
        if not all(isinstance(v, int | float) and not isinstance(v, bool) and v > 0 for v in values):
            raise InputError(f"{key}={cfg[key]!r} is not valid; numbers above 0 are needed")
    seeds = list(cfg.seeds)
    if len(set(seeds)) < len(seeds):
        raise InputError(f"seeds={seeds} is not valid; name each seed once")
    until = float(cfg.until)
    return Measures(tuple(map(float, cfg.budgets)), until, tuple(map(float, cfg.levels)))
