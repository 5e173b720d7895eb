"""The figure of quality against human seconds, as SVG and PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.evaluation.rows import write_atomically
from fsannot.report.palette import COLOURS, class_colour

DASHES = ("-", "--", "-.", ":")


@dataclass(frozen=True, eq=False)
class Line:
    """One method.

    Attributes:
        name: in the legend.
        seconds: (T,) human seconds an image so far.
        quality: (T,) mean IoU or agreement, in [0, 1].
        linear: whether it is drawn as a line, as of clicks; else as steps, because a mask is as good as the last action
            of a session left it.
        color: number of its colour; by default its place among the lines.
        thin: whether it is drawn thin and dotted, as the hull of another line.
    """

    name: str
    seconds: np.ndarray
    quality: np.ndarray
    linear: bool = False
    color: int | None = None
    thin: bool = False


@dataclass(frozen=True)
class Mark:
    """A published number.

    Attributes:
        name: beside it.
        seconds: human seconds an image.
        quality: in [0, 1].
    """

    name: str
    seconds: float
    quality: float


def draw_effort(
    stem: Path,
    lines: Sequence[Line],
    *,
    marks: Sequence[Mark] = (),
    measure: str,
    title: str,
    until: float,
) -> list[Path]:
    """Draw ``<stem>.svg`` and ``<stem>.png``.

    Colours are safe for colour-blind readers, and dashes tell the lines apart without any.

    Args:
        stem: path of both files, without suffix.
        lines: a session or baseline each.
        marks: published numbers; the best of each moment is named.
        measure: what the vertical axis shows.
        title: above the figure.
        until: right end, seconds; a dot marks a line's last action where it is before.

    Returns:
        paths of both files.

    Raises:
        ResultsError: a file cannot be written.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": stem.name, "font.size": 9}):  # the same bytes every time
        figure = Figure(figsize=(6.4, 4.0), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        for number, line in enumerate(lines):
            seconds = np.append(line.seconds, max(until, float(line.seconds[-1])))
            quality = np.append(line.quality, line.quality[-1])
            place = number if line.color is None else line.color
            colour, dashes = class_colour(place), DASHES[place // len(COLOURS) % len(DASHES)]
            axes.plot(
                seconds,
                quality,
                drawstyle="default" if line.linear else "steps-post",
                label=line.name,
                linewidth=0.9 if line.thin else 1.6,
                color=colour,
                linestyle=":" if line.thin else dashes,
            )
            if line.seconds[-1] < until and not line.thin:
                axes.plot(line.seconds[-1], line.quality[-1], "o", color=colour, markersize=4)
        named: set[float] = set()
        for mark in sorted(marks, key=lambda mark: -mark.quality):
            axes.plot(mark.seconds, mark.quality, "x", color="#5a6473", markersize=5)
            if mark.seconds not in named:
                named.add(mark.seconds)
                axes.annotate(
                    f"{mark.name} (published)",
                    (mark.seconds, mark.quality),
                    xytext=(0, 5),
                    ha="right" if named - {mark.seconds} else "left",  # away from the one named before
                    textcoords="offset points",
                    fontsize=7,
                    color="#5a6473",
                )
        axes.set(
            xlim=(0, until),
            ylim=(0, 1),
            xlabel="human seconds per image (modelled)",
            ylabel=measure,
            title=title,
        )
        axes.grid(alpha=0.3)
        axes.legend(loc="lower right", frameon=False)
        files = []
        for suffix, metadata in (("svg", {"Date": None}), ("png", {"Software": None})):
            data = io.BytesIO()
            figure.savefig(data, format=suffix, dpi=150, metadata=metadata)
            files.append(stem.with_name(f"{stem.name}.{suffix}"))
            write_atomically(files[-1], data.getvalue())
    return files
