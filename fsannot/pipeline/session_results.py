"""What a finished session is worth: a row for each image or instance, and their summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.sample import Sample
from fsannot.evaluation.class_iou import ClassIous
from fsannot.evaluation.clusters import clusters
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
    scores = unit_scores(dataset, sample, labels)
    share = [float(e) / len(scores) for e in effort]
    return [_row(common, number, values, share) for number, values in scores.items()]


def unit_scores(
    dataset: Dataset, sample: Sample, labels: np.ndarray
) -> dict[int | None, dict[str, float | None]]:
    """``iou`` and ``agreement`` of each unit of an image: its instances by number, or the image itself (None).

    Where the dataset's unit is the instance, an image without any is one unit with the IoU of its foreground: 0
    where something is labelled, 1 where nothing is.

    Args:
        labels: int (H, W), −1 = unlabelled.
    """
    if dataset.task == "semantic":
        return {None: {"iou": None, "agreement": agreement(labels, sample.target)}}
    mask = labels > 0
    scores: dict[int | None, float] = {}
    if dataset.unit == "instance" and sample.instances is not None:
        for number, value in instance_ious(mask, sample.instances, sample.target).items():
            scores[number] = value
    if not scores:
        scores[None] = iou(mask, sample.target)
    return {number: {"iou": value, "agreement": None} for number, value in scores.items()}


def _row(
    common: Mapping[str, Any],
    instance: int | None,
    quality: Mapping[str, float | None],
    effort: Sequence[float],
) -> ResultRow:
    user, machine, actions = (round(float(value), 6) for value in effort)
    return ResultRow(
        **common,
        instance=instance,
        iou=quality["iou"],
        agreement=quality["agreement"],
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
    classes: ClassIous | None = None,
) -> Summary:
    """Means with their bootstrap intervals, and effort an image. Seconds are those of the whole session.

    Args:
        classes: IoU of each class, of semantic sets.
    """
    images = len(dataset)
    units, kind = clusters([row.group for row in rows], [row.image for row in rows])
    bound = scorer.overall(scorer.bounds(session.state))
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
        if classes is not None:
            values |= classes.summary_values()
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
        ci_over=kind,
        **values,
    )
