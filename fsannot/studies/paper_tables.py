"""The paper's Tables 1 to 3 and its Cityscapes experiment, each as rows of a comparison.

Bragantini, Falcão, Najman: Rethinking Interactive Image Segmentation: Feature Space Annotation, Pattern
Recognition 2022, sections 4.2 to 4.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter

import numpy as np
import yaml
from omegaconf import DictConfig

from fsannot.configuration.build import build
from fsannot.data.errors import InputError, MissingWeightsError, ResultsError
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.intervals import Interval, bootstrap_interval
from fsannot.evaluation.noc import ClickPoint, read_click_table
from fsannot.evaluation.results import ResultRow
from fsannot.evaluation.rows import read_rows
from fsannot.report.comparison import TableRow, make_row, over_rows, published_row
from fsannot.report.published import Published, first_published, published
from fsannot.runs.directory import RunDirectory
from fsannot.studies.launching import Plan
from fsannot.studies.selection import choices
from fsannot.studies.table_program import Table, TableProgram

PAPER_CLICKS = {"fbrs": "f-BRS-B", "fcanet": "FCANet"}
OTHER_CLICKS = {"ritm_h18": ("PiClick", "RITM HRNet18"), "simpleclick_base": ("PiClick", "SimpleClick ViT-B")}
POLYGON_SECONDS = 5400.0
"""Per image of Cityscapes, by its own annotators (Cordts et al., CVPR 2016, and section 4.5 of the paper)."""
CLICK_SECONDS = 39000.0
"""For 98 images of Cityscapes: 6500 instances of 6 s (section 4.5)."""
PAPER_IMAGES = 98
CUT = "the tool's segments cut along the mask"
REGIONS = "regions of the ground truth (ideal)"
TOTAL_TIME = "the published time is human and machine seconds together; preparation is apart"


def table1(program: TableProgram) -> Table:
    """A robot labels perfect segments: the cost of labelling in the projection where the partition has no errors.

    In two readings: the tool's own partition cut along the object's mask, which is the paper's wording and stands
    beside its numbers; and connected regions of the ground truth, an ideal.

    Args:
        program: settings of the table.

    Returns:
        the table.
    """
    table = Table("table1", "Table 1: perfect segments")
    method = "feature space annotation (perfect segments)"
    ideal = program.fixed([str(setting) for setting in program.cfg.ideal])
    for run in _robots(program, table, "foreground", also={"ideal": ideal}):
        perfect = _of_the_truth(run)
        name = f"{run.summary.method}, {REGIONS if perfect else CUT}"
        _foreground_rows(table, run, "" if perfect else "paper table 1", method, name)
    return table


def _of_the_truth(run: RunDirectory) -> bool:
    """Whether the segments of a run are regions of the ground truth, not the tool's own."""
    edges = (yaml.safe_load(run.config) or {}).get("edges") or {}
    return str(edges.get("_target_", "")).endswith(".PerfectEdges")


def table2(program: TableProgram) -> Table:
    """Majority labels of one cut of the hierarchy: the bound without any split.

    Args:
        program: settings of the table.

    Returns:
        the table.
    """
    table = Table("table2", "Table 2: one cut of the hierarchy, majority labels")
    selection = program.datasets(choices("dataset", program.cfg.datasets), "foreground")
    table.skipped += selection.skipped
    runs = program.run([program.plan("majority", name, f"dataset={name}") for name in selection.present])
    for run in [*runs, *program.added()]:
        table.runs.append(run)
        segments = f"{(run.summary.segments or 0) / run.summary.images:.1f} segments an image"
        table.rows += _iou_rows(
            run, "paper table 2", "hierarchical cut + majority vote", run.summary.method, segments
        )
    return table


def table3(program: TableProgram) -> Table:
    """Robots against click baselines after some clicks; per instance where the dataset's unit is that.

    Args:
        program: settings of the table.

    Returns:
        the table.

    Raises:
        InputError: ``clicks`` does not list positive whole numbers.
    """
    check_clicks(program.cfg)
    table = Table("table3", "Table 3: feature space annotation against clicks")
    clicked, absent = baselines(program)
    names = choices("dataset", program.cfg.datasets)
    for run in _robots(program, table, "foreground"):
        _foreground_rows(table, run, "paper table 3", "feature space annotation", run.summary.method)
    table.skipped += [{"what": f"baseline {name}", "why": why} for name, why in absent.items()]
    present = program.datasets(names, "foreground").present
    plans = [
        program.plan("clicks", f"{name}-{baseline}", f"dataset={name}", *chosen)
        for name in present
        for baseline, chosen in clicked.items()
    ]
    runs = dict(zip(((n, b) for n in present for b in clicked), program.run(plans), strict=True))
    for name, dataset in present.items():
        done = [(baseline, run) for (of, baseline), run in runs.items() if of == name]
        done += [(run.summary.method, run) for run in program.added_of(dataset.name, clicks=True)]
        for baseline, run in done:
            table.runs.append(run)
            for clicks in program.cfg.clicks:
                table.rows += _click_rows(run, baseline, int(clicks))
        for baseline in absent:
            for clicks in program.cfg.clicks:
                reference = _click_reference(baseline, dataset.name, int(clicks))
                if reference is not None:
                    table.rows.append(published_row(reference, dataset.name, "not run here: no weights"))
    return table


def cityscapes(program: TableProgram) -> Table:
    """Agreement, hours of the annotator, and how many times faster that is than polygons and than clicks.

    Args:
        program: settings of the table.

    Returns:
        the table.
    """
    table = Table("cityscapes", "Semantic annotation of street scenes")
    for run in _robots(program, table, "semantic"):
        name, images = run.summary.dataset, run.summary.images
        method = run.summary.method

        def reference(metric: str, name: str = name) -> Published | None:
            return published("paper section 4.5", "feature space annotation", name, metric)

        agreement = over_rows(run, lambda row: row.agreement)
        table.rows.append(
            make_row(run, method, "pixel agreement", "fraction", agreement, reference("pixel agreement"))
        )
        seconds = over_rows(run, _time)
        total = reference("time")
        hours = Interval(*(value * images / 3600 for value in seconds))
        note = TOTAL_TIME if total else ""
        theirs = _hours(total, images)
        table.rows.append(make_row(run, method, "time, human + waiting", "h in all", hours, theirs, note))
        if name == "cityscapes":
            clicked = CLICK_SECONDS / PAPER_IMAGES
            for metric, other in (
                ("times faster than polygons", POLYGON_SECONDS),
                ("times faster than clicks", clicked),
            ):
                # the slowest end of the time is the lowest of the ratio
                ratio = Interval(*(other / max(s, 1e-9) for s in (seconds.value, seconds.high, seconds.low)))
                note = f"{other:g} s an image taken for the other; {TOTAL_TIME}"
                table.rows.append(make_row(run, method, metric, "×", ratio, _faster(total, other), note))
        table.rows += _measured_rows(run, method)
    return table


def _robots(
    program: TableProgram, table: Table, task: str, also: Mapping[str, Sequence[str]] | None = None
) -> list[RunDirectory]:
    """Sessions of every robot on every dataset, and those added; fills in the table's runs and skips.

    ``also``: end of a run's name → settings of further runs, instead of the table's own.
    """
    selection = program.datasets(choices("dataset", program.cfg.datasets), task)
    table.skipped += selection.skipped
    plans = [
        program.plan(
            "annotate",
            "-".join(filter(None, (name, robot, end))),
            f"dataset={name}",
            f"robot={robot}",
            overrides=settings,
        )
        for name in selection.present
        for robot in choices("robot", needed=not program.cfg.runs)
        for end, settings in (("", None), *(also or {}).items())
    ]
    runs = program.run(plans)
    names = {dataset.name for dataset in selection.present.values()}
    runs += [run for name in names for run in program.added_of(name, clicks=False)]
    table.runs += runs
    return runs


def baselines(program: TableProgram) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Click baselines a table asks for.

    Args:
        program: settings of the table.

    Returns:
        baseline → the overrides that choose it; and baselines without weights → where they are published.
    """
    cfg = program.cfg
    chosen = {name: [f"baseline={name}"] for name in choices("baseline", cfg.baselines, needed=not cfg.runs)}
    absent: dict[str, str] = {}
    for name, weights in cfg.weights.items():
        if weights is not None:
            chosen[str(name)] = [f"baseline={name}", f"baseline.weights='{weights}'"]
        elif name not in chosen:
            try:
                build(Plan("clicks", str(name), (f"baseline={name}",)).compose(), "baseline")
            except MissingWeightsError as error:
                absent[str(name)] = f"weights.{name}=<file>: {' '.join(str(error).split())}"
    return chosen, absent


def _iou_rows(run: RunDirectory, source: str, reference: str, method: str, note: str = "") -> list[TableRow]:
    found = []
    for metric, statistic in (("mean IoU", np.mean), ("median IoU", np.median)):
        theirs = published(source, reference, run.summary.dataset, metric)
        found.append(
            make_row(
                run, method, metric, "fraction", over_rows(run, lambda r: r.iou, statistic), theirs, note
            )
        )
    return found


def _foreground_rows(table: Table, run: RunDirectory, source: str, reference: str, method: str) -> None:
    """IoU and the seconds of a session."""
    table.rows += _iou_rows(run, source, reference, method)
    theirs = published(source, reference, run.summary.dataset, "time")
    note = TOTAL_TIME if theirs else ""
    seconds = over_rows(run, _time)
    table.rows.append(make_row(run, method, "time, human + waiting", _unit(run), seconds, theirs, note))
    human = over_rows(run, lambda row: row.human_seconds)
    table.rows.append(make_row(run, method, "human time", _unit(run), human))
    table.rows += _measured_rows(run, method)


def _time(row: ResultRow) -> float | None:
    """What the paper calls time: human seconds and waiting together."""
    if row.human_seconds is None or row.waiting_seconds is None:
        return None
    return row.human_seconds + row.waiting_seconds


def _measured_rows(run: RunDirectory, method: str) -> list[TableRow]:
    """Waiting and preparation; the latter only where it is known."""
    found = []
    for metric, name in (("waiting", "waiting_seconds"), ("preparation", "preparation_seconds")):
        values = {getattr(result, name) for result in run.rows}
        if None in values:
            continue
        row = make_row(
            run, method, metric, _unit(run), over_rows(run, attrgetter(name)), None,
            "measured on the machine of provenance.json, stages when they were computed",
        )  # fmt: skip
        # a session's seconds are shared out evenly: no image says anything about another
        found.append(row if len(values) > 1 else replace(row, low=None, high=None, interval_over=""))
    return found


def _unit(run: RunDirectory) -> str:
    return "s/image" if run.rows[0].instance is None else "s/instance"


def _click_rows(run: RunDirectory, baseline: str, clicks: int) -> list[TableRow]:
    """IoU and human seconds after so many clicks on each object."""
    table = read_click_table(run.path / "clicks.json")
    points = read_rows(run.path / "clicks.csv", ClickPoint)
    budget = int(yaml.safe_load(run.config)["protocol"]["max_clicks"])
    if not table.iou_at or clicks > budget:
        raise ResultsError(
            f"{run.path / 'clicks.json'}: IoU after {clicks} clicks is not known (at most {budget} clicks, "
            f"{'early stopping' if not table.iou_at else 'no early stopping'}); run with protocol.max_clicks ≥ "
            f"{clicks} and protocol.target_iou=null"
        )
    last: dict[tuple[str, int | None], ClickPoint] = {}
    for point in points:
        if point.click <= clicks:
            last[point.image, point.instance] = point
    group_of = {row.image: row.group for row in run.rows}
    images = [image for image, _ in last]
    units = clusters([group_of[image] for image in images], images).units

    def interval(values: Sequence[float | None], statistic: object = np.mean) -> Interval:
        filled = [value for value in values if value is not None]
        return bootstrap_interval(filled, statistic=statistic, units=units, seed=run.summary.seed)  # type: ignore[arg-type]

    method = f"{run.summary.method} ({clicks} clicks)"
    reference = _click_reference(baseline, run.summary.dataset, clicks)
    time = published("paper table 3", f"clicks ({clicks})", run.summary.dataset, "time")
    quality = [point.iou for point in last.values()]
    rows = [make_row(run, method, "mean IoU", "fraction", interval(quality), reference)]
    rows.append(make_row(run, method, "median IoU", "fraction", interval(quality, np.median)))
    seconds = interval([point.human_seconds for point in last.values()])
    rows.append(make_row(run, method, "human time", _unit(run), seconds, time))
    waiting = interval([point.waiting_seconds for point in last.values()])
    return [*rows, make_row(run, method, "waiting", _unit(run), waiting)]


def _click_reference(baseline: str, dataset: str, clicks: int) -> Published | None:
    if baseline in PAPER_CLICKS:
        return published("paper table 3", f"{PAPER_CLICKS[baseline]} ({clicks} clicks)", dataset, "mean IoU")
    return (
        first_published([OTHER_CLICKS[baseline]], dataset, f"IoU@{clicks}")
        if baseline in OTHER_CLICKS
        else None
    )


def _hours(total: Published | None, images: int) -> Published | None:
    """The published total in hours, where it is of as many images."""
    if total is None or images != PAPER_IMAGES:
        return None
    return Published(**{**vars(total), "value": total.value / 3600, "unit": "h in all"})


def _faster(total: Published | None, other: float) -> Published | None:
    """The published speed-up over ``other`` seconds an image; it does not depend on how many images are taken."""
    if total is None:
        return None
    return Published(**{**vars(total), "value": other * PAPER_IMAGES / total.value, "unit": "×"})


def check_clicks(cfg: DictConfig) -> None:
    """Check ``clicks`` of a table.

    Args:
        cfg: of the program.

    Raises:
        InputError: it does not list positive whole numbers.
    """
    values = list(cfg.clicks) if hasattr(cfg.clicks, "__iter__") and not isinstance(cfg.clicks, str) else []
    if not values or not all(isinstance(c, int) and not isinstance(c, bool) and c >= 1 for c in values):
        raise InputError(f"clicks={cfg.clicks!r} is not valid; list numbers of clicks, e.g. clicks=[3,5]")
