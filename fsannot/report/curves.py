"""Quality against human seconds of several methods, over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.data.errors import ResultsError
from fsannot.evaluation.clusters import ClusterKind, clusters
from fsannot.evaluation.effort import CurvePoint, area_under_curve, quality_at
from fsannot.evaluation.intervals import Interval, seed_interval
from fsannot.evaluation.results import ResultRow

MOMENTS = 81
"""Points in time at which a band is drawn."""
DASHES = ("-", "--", ":")


@dataclass(frozen=True)
class MethodRow:
    """One run of a study.

    Attributes:
        method: robot, with what it went without.
        seed: of the run.
        quality: mean IoU or agreement at the end, in [0, 1].
        human_seconds_per_image, waiting_seconds_per_image: at the end.
        preparation_seconds_per_image: before the first screen; None where it is not known.
        area: area under the curve up to the study's time, in [0, 1].
    """

    method: str
    seed: int
    quality: float
    human_seconds_per_image: float
    waiting_seconds_per_image: float
    preparation_seconds_per_image: float | None
    area: float


def study_rows(
    curves: Mapping[str, Mapping[int, Sequence[CurvePoint]]],
    preparation: Mapping[str, Mapping[int, float | None]],
    until: float,
) -> list[MethodRow]:
    """One row for each method and seed.

    Args:
        curves: method → seed → curve.
        preparation: method → seed → seconds per image before the first screen.
        until: human seconds per image up to which the area under the curve is taken.

    Returns:
        the rows, method by method.
    """
    rows = []
    for method, runs in curves.items():
        for seed, curve in runs.items():
            seconds, quality = _arrays(curve)
            last = curve[-1]
            area = float(area_under_curve(seconds, quality, until))
            rows.append(
                MethodRow(
                    method,
                    seed,
                    last.quality,
                    last.human_seconds_per_image,
                    last.waiting_seconds_per_image,
                    preparation[method][seed],
                    area,
                )
            )
    return rows


def study_table(
    rows: Sequence[MethodRow], measure: str, intervals: Mapping[str, tuple[Interval, ClusterKind]]
) -> str:
    """Means over seeds. Each column of brackets has one kind of spread, which its head names.

    Args:
        rows: of all methods and seeds.
        measure: ``iou`` or ``agreement``.
        intervals: of each method's quality, see :func:`two_level`.

    Returns:
        Markdown.
    """
    drawn = {kind for _, kind in intervals.values()}
    over = f"over {' or '.join(sorted(drawn))} and seeds"
    lines = [
        f"| method | seeds | {measure} (95 %, {over}) | {measure}, lowest to highest seed | "
        "area under the curve (lowest to highest seed) | human s / image | waiting s / image | preparation s / image |",
        "| --- | ---: | --- | --- | --- | ---: | ---: | ---: |",
    ]
    for method in dict.fromkeys(row.method for row in rows):
        own = [row for row in rows if row.method == method]
        value, low, high = intervals[method][0]
        qualities, areas = [row.quality for row in own], [row.area for row in own]
        cells = [
            f"{value:.4f} ({low:.4f} to {high:.4f})",
            f"{min(qualities):.4f} to {max(qualities):.4f}",
            f"{np.mean(areas):.4f} ({min(areas):.4f} to {max(areas):.4f})",
        ]
        for kind in ("human", "waiting", "preparation"):
            seconds = [getattr(row, f"{kind}_seconds_per_image") for row in own]
            cells.append("" if None in seconds else f"{np.mean(seconds):.2f}")
        lines.append(f"| {method} | {len(own)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def two_level(runs: Sequence[Sequence[ResultRow]]) -> tuple[Interval, ClusterKind]:
    """Mean quality of a method with its 95 % interval over groups, or images, and seeds together.

    Args:
        runs: the rows of one method, one sequence a seed.

    Returns:
        the interval, and whether it draws groups or images.

    Raises:
        ResultsError: runs of different images.
    """
    first = [(row.group, row.image, row.instance) for row in runs[0]]
    for rows in runs:
        if [(row.group, row.image, row.instance) for row in rows] != first:
            raise ResultsError("the runs of a study are of different images; run all seeds on the same")
    drawn = clusters([group for group, _, _ in first], [image for _, image, _ in first])
    quality = [[row.iou if row.iou is not None else row.agreement for row in rows] for rows in runs]
    return seed_interval(np.array(quality, float), units=drawn.units), drawn.kind


def moments_table(curves: Mapping[str, Mapping[int, Sequence[CurvePoint]]], moments: Sequence[float]) -> str:
    """Quality after some human seconds per image: mean over seeds, lowest and highest seed in brackets.

    Args:
        curves: method → seed → curve.
        moments: human seconds per image, ≥ 0.

    Returns:
        Markdown.
    """
    lines = [
        f"| method | {' | '.join(f'{moment:g} s' for moment in moments)} |",
        f"| --- |{' --- |' * len(moments)}",
    ]
    for method, runs in curves.items():
        at = np.stack([quality_at(*_arrays(curve), np.array(moments)) for curve in runs.values()])
        cells = [f"{c.mean():.4f} ({c.min():.4f} to {c.max():.4f})" for c in at.T]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def draw_curves(
    path: Path, curves: Mapping[str, Mapping[int, Sequence[CurvePoint]]], until: float, measure: str
) -> None:
    """Draw the mean over seeds of every method, with a band from the lowest to the highest seed.

    Args:
        path: of the image file; its suffix says which kind.
        curves: method → seed → curve.
        until: right end of the figure, human seconds per image.
        measure: ``iou`` or ``agreement``.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    moments = np.linspace(0, until, MOMENTS)
    for number, (method, runs) in enumerate(curves.items()):
        at = np.stack([quality_at(*_arrays(curve), moments) for curve in runs.values()])  # (seeds, moments)
        # colours come again after ten
        (line,) = axes.plot(moments, at.mean(0), DASHES[number // 10 % len(DASHES)], label=method)
        axes.fill_between(moments, at.min(0), at.max(0), color=line.get_color(), alpha=0.2, linewidth=0)
    axes.set_xlabel("human seconds per image")
    axes.set_ylabel("mean IoU" if measure == "iou" else "pixel agreement")
    axes.set_xlim(0, until)
    axes.grid(alpha=0.3)
    if len(curves) > 4:
        figure.legend(fontsize="small", loc="outside right upper")
    else:
        axes.legend(fontsize="small")
    figure.savefig(path)


def _arrays(curve: Sequence[CurvePoint]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([point.human_seconds_per_image for point in curve]),
        np.array([point.quality for point in curve]),
    )
