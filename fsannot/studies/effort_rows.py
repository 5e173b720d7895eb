"""Rows of the effort table: quality at several budgets, area, seconds to a level, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.intervals import Interval
from fsannot.evaluation.methods import Measures, Method, Resampled, resample
from fsannot.report.comparison import TableRow, make_row, published_row
from fsannot.report.published import Published, published_numbers
from fsannot.studies.method_runs import MethodRuns

OTHER_FRAMES = (
    "published; on all images of the literature's set, not on these, with weights that are not here"
)


def effort_rows(
    methods: Sequence[MethodRuns],
    images: Sequence[str],
    measures: Measures,
    *,
    check: float | None,
) -> tuple[list[TableRow], Mapping[str, Method]]:
    """Rows of all methods on one dataset; differences are the first method less each other one.

    Args:
        methods: at least one.
        images: ids, in order.
        measures: budgets, end of the area, and levels.
        check: seconds for checking an image and going to the next, for another row of each click method; None = none.

    Returns:
        the rows, and the curves of each method by name.
    """
    until = measures.until
    curves: dict[str, Method] = {of.name: of.method(images, until=until) for of in methods}
    runs = {of.name: of for of in methods}
    every = dict(curves)
    if check:
        for of in methods:
            if of.clicks:
                name = f"{of.name}, {check:g} s to check an image"
                every[name], runs[name] = of.method(images, until=until, check=check, hull=False), of
    group_of = {row.image: row.group for row in methods[0].first.rows}
    drawn = clusters([group_of[image] for image in images], images)
    found = resample(every, drawn.units, measures, seed=methods[0].first.summary.seed)
    leader = methods[0]
    names = _measure_names(measures)
    rows: list[TableRow] = []
    for (name, kind), values in found.items():
        of = runs[name]
        called = f"{name}, {kind}" if kind else name
        over = f"{drawn.kind} and seeds" if len(of.runs) > 1 else drawn.kind
        for k, (metric, unit) in enumerate(names):
            rows.append(_row(of, called, metric, unit, values, k, over, "", until))
        if of is not leader:
            both = f"{drawn.kind} and seeds" if len(of.runs) + len(leader.runs) > 2 else drawn.kind
            difference = found[leader.name, ""].less(values)
            for k, (metric, unit) in enumerate(names[: len(measures.budgets) + 1]):
                less = f"{leader.name} − {called}: {metric}"
                rows.append(
                    _row(of, called, less, unit, difference, k, both, f"paired over {drawn.kind}", until)
                )
    return rows, curves


def published_rows(dataset: str, first_click: float, further_click: float) -> list[TableRow]:
    """Published networks after 3 and 5 clicks, at what those cost; the best first.

    Args:
        dataset: its name.
        first_click, further_click: human seconds.

    Returns:
        rows; none where nothing is published on the dataset.
    """
    found: list[tuple[int, Published]] = []
    for number in published_numbers():
        if number.dataset.casefold() != dataset.casefold():
            continue
        for clicks in (3, 5):
            if number.metric == f"IoU@{clicks}" or (
                number.metric == "mean IoU" and number.method.endswith(f"({clicks} clicks)")
            ):
                found.append((clicks, number))
    rows = []
    for clicks, number in sorted(found, key=lambda pair: (-pair[0], -pair[1].value)):
        seconds = first_click + further_click * (clicks - 1)
        name = number.method.removesuffix(f" ({clicks} clicks)")
        called = replace(number, method=f"{name}, {clicks} clicks", metric=f"quality at {seconds:g} s")
        rows.append(published_row(called, dataset, OTHER_FRAMES))
    return rows


def _measure_names(measures: Measures) -> list[tuple[str, str]]:
    """Name and unit of each measure, in the order of ``Measures.of``."""
    return [
        *((f"quality at {budget:g} s", "fraction") for budget in measures.budgets),
        (f"area to {measures.until:g} s", "fraction"),
        *((f"seconds to {level:g}", "s/image") for level in measures.levels),
    ]


def _row(
    of: MethodRuns,
    name: str,
    metric: str,
    unit: str,
    values: Resampled,
    k: int,
    over: str,
    note: str,
    until: float,
) -> TableRow:
    interval = values.interval(k)
    if not np.isfinite(interval.value):
        nothing = make_row(
            of.first, name, metric, unit, Interval(0.0, 0.0, 0.0), note="never reached", over=over
        )
        return replace(nothing, value=None, low=None, high=None)
    missed = float(np.mean(~np.isfinite(values.drawn[:, k])))
    if missed:
        note = "; ".join(text for text in (note, f"{missed:.0%} of the resamples never get there") if text)
    reached = values.drawn[np.isfinite(values.drawn[:, k]), k]
    high = interval.high if np.isfinite(interval.high) else float(reached.max(initial=until))
    low = interval.low if np.isfinite(interval.low) else high
    return make_row(of.first, name, metric, unit, Interval(interval.value, low, high), note=note, over=over)
