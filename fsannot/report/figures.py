"""Matplotlib figures of results, for notebooks and scripts: no window is opened and no state of pyplot is touched."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from skimage.segmentation import find_boundaries

from fsannot.data.errors import InputError
from fsannot.evaluation.effort import UNMEASURED, CurvePoint
from fsannot.report.palette import UNLABELLED, class_colour
from fsannot.report.shown_curve import ShownCurve, shown_curve, steps
from fsannot.runs.directory import RunDirectory
from fsannot.runs.session_record import SessionRecord

DASHES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "X")
_POINT_AREAS = 4.0, 90.0
"""Least and largest area of a point, in matplotlib's square points."""


class Picture(Figure):
    """A matplotlib figure that shows itself as the last line of a notebook's cell; ``savefig`` writes it to a file."""

    def _repr_png_(self) -> bytes:
        png = io.BytesIO()
        self.savefig(png, format="png")
        return png.getvalue()


class Curved(Protocol):
    """A finished run or simulation."""

    @property
    def curve(self) -> tuple[CurvePoint, ...]:
        """Quality against human seconds."""


def plot_curves(runs: Mapping[str, Curved]) -> Picture:
    """Quality against human seconds of several runs: of simulations, and of run directories that were read.

    Args:
        runs: name in the legend → run; all of one dataset, so that quality means the same.

    Returns:
        a figure with one chart.

    Raises:
        InputError: no run, or some are measured by IoU and others by agreement.
    """
    if len({run.curve[0].measure for run in runs.values()}) != 1:
        raise InputError("runs: one or more runs of the same dataset are needed")
    figure = Picture(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for number, (name, run) in enumerate(runs.items()):
        shown = shown_curve(run) if isinstance(run, RunDirectory) else steps(run.curve)
        _draw_curve(axes, shown, run.curve[0].measure, number, name)
    axes.legend()
    return figure


def plot_session(curve: Sequence[CurvePoint], record: SessionRecord, *, title: str) -> Picture:
    """A session: quality against human seconds, and the canvas at its end.

    Args:
        curve: of the session.
        record: what its canvas showed.
        title: of the figure.

    Returns:
        a figure with two charts. On the canvas each point is a segment; its colour and mark are its label's, its
        area grows with that of the segment.
    """
    figure = Picture(figsize=(11, 4.2), layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    _draw_curve(left, steps(curve), curve[0].measure, 0, None)
    positions, labels = record.positions[-1], record.labels[-1]  # (N, 2), (N,)
    shown = np.isfinite(positions).all(1)
    sizes = _point_sizes(record.area)
    for label in np.unique(labels[shown]):
        members = shown & (labels == label)
        named = label >= 0
        right.scatter(
            *positions[members].T,
            s=sizes[members],
            c=class_colour(label) if named else UNLABELLED,
            marker=MARKERS[label % len(MARKERS)] if named else "o",
            label=record.classes[label] if named else "not labelled",
            linewidths=0,
            alpha=0.8,
        )
    right.set_title(f"the canvas after {record.human_seconds[-1]:.0f} human seconds")
    right.invert_yaxis()  # canvas pixels count downwards
    _bare(right)
    if shown.any():
        right.legend(fontsize="small")
    return figure


def plot_projection(image: np.ndarray, label_map: np.ndarray, layout: np.ndarray) -> Picture:
    """An image with the outlines of its segments, and its segments in the projection.

    Args:
        image: uint8 (H, W, 3), RGB.
        label_map: int (H, W), labels 0..n−1.
        layout: float (n, 2), position of each segment, row = label.

    Returns:
        a figure with the image and a chart. Each point has the mean colour of its segment, its area grows with that
        of the segment.

    Raises:
        InputError: a label map of another size than the image, or a layout with another number of rows than there
            are labels.
    """
    if label_map.shape != image.shape[:2]:
        raise InputError(f"label_map is {label_map.shape}, the image {image.shape[:2]}; both need one size")
    count = int(label_map.max()) + 1
    if label_map.min() < 0 or layout.shape != (count, 2):
        raise InputError(
            f"layout is {layout.shape} and label_map holds {label_map.min()} to {label_map.max()}; "
            "labels 0..n−1 and a layout (n, 2) are needed"
        )
    flat = label_map.ravel()
    area = np.bincount(flat, minlength=count)
    channels = [np.bincount(flat, image[..., c].ravel(), count) for c in range(3)]
    colours = np.stack(channels, 1) / np.maximum(area, 1)[:, None] / 255  # (n, 3), means
    outlined = image.copy()
    outlined[find_boundaries(label_map, mode="inner")] = (255, 255, 255)
    figure = Picture(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.imshow(outlined)
    left.set_title(f"{count} segments")
    _bare(left)
    right.scatter(*layout.T, s=_point_sizes(area), c=colours, edgecolors="#5a6473", linewidths=0.3)
    right.set_title("their projection")
    _bare(right)
    return figure


def _draw_curve(axes: Axes, curve: ShownCurve, measure: str, number: int, name: str | None) -> None:
    if measure == UNMEASURED:
        axes.text(
            0.5, 0.5, "no ground truth, so no quality", ha="center", va="center", transform=axes.transAxes
        )
        _bare(axes)
        return
    axes.plot(
        curve.seconds,
        curve.quality,
        # a mask is as good as the last finished action of a session left it
        drawstyle="default" if curve.linear else "steps-post",
        color=class_colour(number),
        linestyle=DASHES[number % len(DASHES)],
        label=name,
    )
    axes.set_xlabel("human seconds per image")
    axes.set_ylabel("mean IoU" if measure == "iou" else "pixel agreement")
    axes.grid(alpha=0.3)


def _point_sizes(area: np.ndarray) -> np.ndarray:
    """float (N,): areas of points, by the square root of the segments' areas."""
    low, high = _POINT_AREAS
    root = np.sqrt(area)
    return low + (high - low) * root / max(float(root.max(initial=0.0)), 1.0)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
