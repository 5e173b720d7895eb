"""The effect of each constant of a model on a result, as a table and a tornado chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.evaluation.effort import CurvePoint


@dataclass(frozen=True)
class VariedRow:
    """One constant times one factor; means over seeds.

    Attributes:
        constant: its key; empty for the model as it is.
        factor: by which it was multiplied.
        seeds: number of runs.
        quality: at the moment of comparison, [0, 1].
        lowest, highest: of the seeds.
        seconds: human seconds per image to the target, None where a seed does not reach it.
    """

    constant: str
    factor: float
    seeds: int
    quality: float
    lowest: float
    highest: float
    seconds: float | None


def quality_at(curve: Sequence[CurvePoint], moment: float) -> float:
    """Quality of a session after so many human seconds per image: that of its last action before.

    Args:
        curve: points in order.
        moment: human seconds per image.

    Returns:
        quality, 0 where the curve begins later.
    """
    reached = [point.quality for point in curve if point.human_seconds_per_image <= moment + 1e-9]
    return float(reached[-1]) if reached else 0.0


def varied_rows(
    curves: Mapping[tuple[str, float], Sequence[Sequence[CurvePoint]]], *, moment: float, target: float
) -> list[VariedRow]:
    """The table's rows.

    Args:
        curves: (constant, factor) → a curve a seed; the model as it is has the constant "".
        moment: human seconds per image at which the quality is compared.
        target: quality to which the seconds are compared.

    Returns:
        the model as it is, then the constants by how much they matter.
    """
    rows = []
    for (constant, factor), runs in curves.items():
        at = [quality_at(curve, moment) for curve in runs]
        times = [
            next((p.human_seconds_per_image for p in curve if p.quality >= target), None) for curve in runs
        ]
        known = [t for t in times if t is not None]
        seconds = float(np.mean(known)) if len(known) == len(times) else None
        rows.append(VariedRow(constant, factor, len(runs), float(np.mean(at)), min(at), max(at), seconds))
    usual = next(row.quality for row in rows if not row.constant)
    swing: dict[str, float] = {}
    for row in rows:
        swing[row.constant] = max(swing.get(row.constant, 0.0), abs(row.quality - usual))
    return sorted(rows, key=lambda row: (row.constant != "", -swing[row.constant], row.constant, row.factor))


def tornado_table(
    rows: Sequence[VariedRow], measure: str, *, moment: float, target: float, clicks: float | None = None
) -> str:
    """The rows as a Markdown table.

    Args:
        rows: of :func:`varied_rows`.
        measure: name of the quality.
        moment, target: as given there.
        clicks: quality of a click method at the moment, or None.

    Returns:
        the table, and a sentence on the click method.
    """
    usual = rows[0].quality
    lines = [
        f"| constant | times | {measure} at {moment:g} s | lowest, highest seed | difference | s to {target:g} |",
        "| --- | ---: | ---: | --- | ---: | ---: |",
    ]
    for row in rows:
        seconds = "not reached" if row.seconds is None else f"{row.seconds:.2f}"
        lines.append(
            f"| {row.constant or 'as it is'} | {row.factor:g} | {row.quality:.4f} | {row.lowest:.4f}, "
            f"{row.highest:.4f} | {row.quality - usual:+.4f} | {seconds} |"
        )
    if clicks is not None:
        ahead = sum(row.quality > clicks for row in rows)
        lines += [
            "",
            f"The click method has {clicks:.4f} at {moment:g} s; {ahead} of {len(rows)} variations are above.",
        ]
    return "\n".join(lines) + "\n"


def draw_tornado(
    path: Path, rows: Sequence[VariedRow], measure: str, *, moment: float, clicks: float | None = None
) -> None:
    """Draw a bar from the lowest to the highest quality of each constant, the widest on top.

    Args:
        path: of the PNG.
        rows: of :func:`varied_rows`.
        measure: name of the quality.
        moment: human seconds per image.
        clicks: quality of a click method at the moment, drawn as a line, or None.
    """
    from matplotlib.figure import Figure

    usual, varied = rows[0].quality, [row for row in rows if row.constant]
    names = list(dict.fromkeys(row.constant for row in varied))
    figure = Figure(figsize=(8, 1.2 + 0.3 * max(len(names), 1)), layout="constrained")
    axes = figure.subplots()
    for place, name in enumerate(reversed(names)):
        for row in varied:
            if row.constant == name:
                color = "#0072b2" if row.factor < 1 else "#d55e00"
                axes.barh(place, row.quality - usual, left=usual, height=0.7, color=color, alpha=0.8)
                axes.annotate(f"×{row.factor:g}", (row.quality, place), va="center", fontsize=7)
    axes.axvline(usual, color="black", linewidth=0.8)
    if clicks is not None:
        axes.axvline(clicks, color="#009e73", linestyle="--", label="click method")
        axes.legend(loc="lower right")
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_xlabel(f"{measure} at {moment:g} human seconds per image")
    figure.savefig(path, dpi=150)
