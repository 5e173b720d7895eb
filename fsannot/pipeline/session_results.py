"""What a finished session is worth: a row for each image or instance, and their summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.sample import Sample
from fsannot.evaluation.instances import instance_ious
from fsannot.evaluation.intervals import bootstrap_interval
from fsannot.evaluation.iou import agreement, iou
from fsannot.evaluation.results import ResultRow, Summary
from fsannot.evaluation.scorer import Scorer


def session_rows(
    dataset: Dataset, sample: Sample, labels: np.ndarray, *, method: str, seed: int, effort: Sequence[float]
) -> list[ResultRow]:
    """Judge an image's final labels pixel by pixel; a row for each instance where those are the dataset's unit.

    Args:
        labels: int (H, W), −1 = unlabelled.
        method: the annotator.
        effort: human seconds, machine seconds and actions spent on the image.
    """
    common: dict[str, Any] = {
        "method": method,
        "dataset": dataset.name,
        "group": sample.group,
        "image": sample.id,
        "seed": seed,
    }
    if dataset.unit == "instance" and sample.instances is not None:
        scores = instance_ious(labels > 0, sample.instances)
        share = [float(e) / max(len(scores), 1) for e in effort]
        return [_row(common, number, value, None, share) for number, value in scores.items()]
    if dataset.task == "foreground":
        return [_row(common, None, iou(labels > 0, sample.target), None, effort)]
    return [_row(common, None, None, agreement(labels, sample.target), effort)]


def _row(
    common: Mapping[str, Any],
    instance: int | None,
    iou_: float | None,
    agreement_: float | None,
    effort: Sequence[float],
) -> ResultRow:
    user, machine, actions = (round(float(value), 6) for value in effort)
    return ResultRow(
        **common,
        instance=instance,
        iou=iou_,
        agreement=agreement_,
        user_seconds=user,
        machine_seconds=machine,
        actions=actions,
    )


def session_summary(
    dataset: Dataset,
    session: AnnotationSession,
    scorer: Scorer,
    rows: Sequence[ResultRow],
    *,
    method: str,
    seed: int,
    actions: int,
    user_seconds: float,
    machine_seconds: float,
) -> Summary:
    """Means with their bootstrap intervals, and effort an image. Seconds are those of the whole session."""
    images = len(dataset)
    units = [row.image for row in rows]
    bound = float(scorer.bounds(session.state).mean())
    seconds = bootstrap_interval([row.user_seconds or 0.0 for row in rows], units=units, seed=seed)
    values: dict[str, Any] = {}
    if dataset.task == "foreground":
        scores = [row.iou for row in rows if row.iou is not None]
        mean = bootstrap_interval(scores, units=units, seed=seed)
        median = bootstrap_interval(scores, statistic=np.median, units=units, seed=seed)
        values = {
            "iou_mean": mean.value,
            "iou_mean_ci": (mean.low, mean.high),
            "iou_median": median.value,
            "iou_median_ci": (median.low, median.high),
            "iou_bound": bound,
        }
    else:
        mean = bootstrap_interval(
            [r.agreement for r in rows if r.agreement is not None], units=units, seed=seed
        )
        values = {"agreement": mean.value, "agreement_ci": (mean.low, mean.high), "agreement_bound": bound}
    return Summary(
        method=method,
        dataset=dataset.name,
        seed=seed,
        images=images,
        segments=int(session.state.alive.sum()),
        actions=actions,
        user_seconds_per_image=user_seconds / images,
        user_seconds_per_image_ci=None if dataset.unit == "instance" else (seconds.low, seconds.high),
        machine_seconds_per_image=machine_seconds / images,
        **values,
    )
