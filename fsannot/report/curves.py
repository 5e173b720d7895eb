"""Quality against human seconds of several methods, over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.evaluation.effort import CurvePoint, area_under_curve, quality_at
from fsannot.evaluation.intervals import bootstrap_interval

MOMENTS = 81
"""Points in time at which an interval is drawn."""
DASHES = ("-", "--", ":")


@dataclass(frozen=True)
class MethodRow:
    """One run of a study.

    Attributes:
        method: robot, with what it went without.
        seed: of the run.
        quality: mean IoU or agreement at the end, in [0, 1].
        human_seconds_per_image, machine_seconds_per_image: at the end.
        area: area under the curve up to the study's time, in [0, 1].
    """

    method: str
    seed: int
    quality: float
    human_seconds_per_image: float
    machine_seconds_per_image: float
    area: float


def study_rows(curves: Mapping[str, Mapping[int, Sequence[CurvePoint]]], until: float) -> list[MethodRow]:
    """One row per method and seed of ``method → seed → curve``."""
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
                    last.machine_seconds_per_image,
                    area,
                )
            )
    return rows


def study_table(rows: Sequence[MethodRow], measure: str) -> str:
    """Markdown; means over seeds, 95 % bootstrap intervals over seeds in brackets."""
    lines = [
        f"| method | seeds | {measure} | area under the curve | human s / image | machine s / image |",
        "| --- | ---: | --- | --- | ---: | ---: |",
    ]
    for method in dict.fromkeys(row.method for row in rows):
        own = [row for row in rows if row.method == method]
        cells = [_cell([row.quality for row in own]), _cell([row.area for row in own])]
        human, machine = (
            np.mean([getattr(row, f"{kind}_seconds_per_image") for row in own])
            for kind in ("user", "machine")
        )
        lines.append(f"| {method} | {len(own)} | {' | '.join(cells)} | {human:.2f} | {machine:.2f} |")
    return "\n".join(lines)


def moments_table(curves: Mapping[str, Mapping[int, Sequence[CurvePoint]]], moments: Sequence[float]) -> str:
    """Markdown: quality after so many human seconds per image; mean over seeds, lowest and highest in brackets."""
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
    """Mean over seeds of every method with its 95 % interval, as an image file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    moments = np.linspace(0, until, MOMENTS)
    for number, (method, runs) in enumerate(curves.items()):
        at = np.stack([quality_at(*_arrays(curve), moments) for curve in runs.values()])  # (seeds, moments)
        intervals = [bootstrap_interval(column) for column in at.T]
        # colours come again after ten
        (line,) = axes.plot(moments, at.mean(0), DASHES[number // 10 % len(DASHES)], label=method)
        low, high = [i.low for i in intervals], [i.high for i in intervals]
        axes.fill_between(moments, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
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


def _cell(values: Sequence[float]) -> str:
    interval = bootstrap_interval(values)
    return f"{interval.value:.4f} ({interval.low:.4f} to {interval.high:.4f})"
