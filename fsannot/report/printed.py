"""Results as they are printed at the end of a program."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fsannot.evaluation.effort import UNMEASURED, CurvePoint, quality_at
from fsannot.evaluation.results import Summary


def result_table(summary: Summary, curve: Sequence[CurvePoint] = (), *, chosen_on: str = "") -> str:
    """The summary as a small table, human seconds, waiting and preparation apart.

    Args:
        summary: of the session.
        curve: of the same session, for the quality it had on the way.
        chosen_on: what images its settings were chosen on, a sentence.

    Returns:
        lines of text.
    """
    rows = [("dataset", f"{summary.dataset}, {summary.images} images, {summary.segments} segments")]
    rows.append(("robot", f"{summary.method}, {summary.actions} actions"))
    if summary.iou_mean is not None:
        rows.append(("mean IoU", _with_interval(summary.iou_mean, summary.iou_mean_ci)))
        rows.append(("median IoU", _with_interval(summary.iou_median or 0.0, summary.iou_median_ci)))
        rows.append(("bound of the partition", f"{summary.iou_bound:.4f}"))
    elif summary.agreement is not None:
        rows.append(("pixel agreement", _with_interval(summary.agreement, summary.agreement_ci)))
        rows += class_rows(summary)
        rows.append(("bound of the partition", f"{summary.agreement_bound:.4f}"))
    else:
        rows.append(("quality", "not measured, there is no ground truth"))
    if summary.ci_over:
        rows.append(("intervals", f"95 %, bootstrapped over {summary.ci_over}"))
    rows += finished_rows(summary)
    if on_the_way := _on_the_way(curve):
        rows.append(("on the way", on_the_way))
    rows.append(("human seconds per image", f"{summary.human_seconds_per_image:.2f}"))
    rows += measured_seconds(summary)
    width = max(len(name) for name, _ in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, chosen_on] if chosen_on else lines)


def measured_seconds(summary: Summary) -> list[tuple[str, str]]:
    """Waiting and preparation, for a printed table.

    Args:
        summary: of the run.

    Returns:
        name and value of each line.
    """
    prepared = summary.preparation_seconds_per_image
    return [
        ("waiting seconds per image", f"{summary.waiting_seconds_per_image:.2f}"),
        ("preparation s per image", "not known" if prepared is None else f"{prepared:.2f}"),
    ]


def finished_rows(summary: Summary) -> list[tuple[str, str]]:
    """Quality of the masks after finishing, for a printed table.

    Args:
        summary: of the run.

    Returns:
        name and value of each line; empty where nothing was finished.
    """
    if summary.finisher is None:
        return []
    name = f"after finishing ({summary.finisher})"
    measured = (
        ("mean IoU", summary.finished_iou_mean, summary.finished_iou_mean_ci),
        ("agreement", summary.finished_agreement, summary.finished_agreement_ci),
        ("mIoU", summary.finished_miou, summary.finished_miou_ci),
    )
    rows = [
        (name, f"{measure} {_with_interval(value, interval)}")
        for measure, value, interval in measured
        if value is not None
    ]
    return [*rows, ("finishing, seconds per image", f"{summary.finishing_seconds_per_image or 0.0:.2f}")]


def class_rows(summary: Summary) -> list[tuple[str, str]]:
    """mIoU and the IoU of each class, for a printed table.

    Args:
        summary: of the run.

    Returns:
        name and value of each line; empty where the summary has none.
    """
    if summary.iou_per_class is None:
        return []
    rows = []
    if summary.miou is not None:
        rows.append(("mIoU", _with_interval(summary.miou, summary.miou_ci)))
    intervals = summary.iou_per_class_ci or {}
    for name, value in summary.iou_per_class.items():
        text = "not in these images" if value is None else _with_interval(value, intervals.get(name))
        rows.append((f"  IoU of {name}", text))
    return rows


def _on_the_way(curve: Sequence[CurvePoint]) -> str:
    """Quality after 1, 3, 6, 12, … human seconds per image, as far as the session lasted."""
    if curve and curve[0].measure == UNMEASURED:
        return ""
    times = [1.0, 3.0]
    while curve and times[-1] * 2 < curve[-1].human_seconds_per_image:
        times.append(times[-1] * 2)
    times = [t for t in times if curve and t < curve[-1].human_seconds_per_image]
    if not times:
        return ""
    seconds = np.array([point.human_seconds_per_image for point in curve])
    quality = quality_at(seconds, np.array([point.quality for point in curve]), np.array(times))
    return ", ".join(f"{q:.4f} after {t:g} s" for q, t in zip(quality, times, strict=True))


def _with_interval(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.4f}" + (f"  (95 %: {interval[0]:.4f} to {interval[1]:.4f})" if interval else "")
