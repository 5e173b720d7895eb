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
    """

    name: str
    seconds: np.ndarray
    quality: np.ndarray


def draw_effort(stem: Path, lines: Sequence[Line], *, measure: str, title: str, until: float) -> list[Path]:
    """Draw ``<stem>.svg`` and ``<stem>.png``; steps, because a mask is as good as the last action left it.

    Colours are safe for colour-blind readers, and dashes tell the lines apart without any.

    Args:
        stem: path of both files, without suffix.
        lines: a session or baseline each.
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
            colour, dashes = class_colour(number), DASHES[number // len(COLOURS) % len(DASHES)]
            axes.step(
                seconds, quality, where="post", label=line.name, linewidth=1.6, color=colour, linestyle=dashes
            )
            if line.seconds[-1] < until:
                axes.plot(line.seconds[-1], line.quality[-1], "o", color=colour, markersize=4)
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
