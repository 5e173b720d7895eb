"""Results of a finished session: a row for each image or instance, and their summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.sample import Sample
from fsannot.evaluation.class_iou import ClassIous, class_ious, confusion_matrix
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.instances import instance_ious
from fsannot.evaluation.intervals import bootstrap_interval
from fsannot.evaluation.iou import agreement, iou
from fsannot.evaluation.results import ResultRow, Summary
from fsannot.evaluation.scorer import Scorer
from fsannot.progress import counted


def judged_session(
    dataset: Dataset,
    session: AnnotationSession,
    scorer: Scorer | None,
    *,
    method: str,
    seed: int,
    actions: int,
    human_seconds: float,
    waiting_seconds: float,
    preparation_seconds: float,
    image_seconds: np.ndarray,
    image_actions: np.ndarray,
) -> tuple[list[ResultRow], Summary]:
    """Judge the final masks pixel by pixel; without ground truth, the columns of quality stay empty.

    Args:
        dataset: images and ground truth.
        session: as the annotator left it.
        scorer: of its images; None where they have no ground truth.
        method: name of the robot.
        seed: of the run and of the intervals.
        actions, human_seconds, waiting_seconds, preparation_seconds: of the whole run.
        image_seconds, image_actions: float64 (images,), human seconds and actions spent on each image.

    Returns:
        a row for each image or instance, and their summary.
    """
    rows: list[ResultRow] = []
    confusion: list[np.ndarray] = []
    for image in counted(range(len(dataset)), "masks", unit="image"):
        sample = dataset[image]
        loaded = image < len(session.state.label_maps)
        labels = session.mask(image) if loaded else np.full(sample.image.shape[:2], -1, np.int16)
        measured = (waiting_seconds / len(dataset), preparation_seconds / len(dataset))
        effort = (image_seconds[image], *measured, image_actions[image])
        rows += session_rows(dataset, sample, labels, method=method, seed=seed, effort=effort)
        if dataset.task == "semantic" and dataset.has_truth:
            confusion.append(confusion_matrix(labels, sample.truth, len(dataset.classes)))
    units = clusters(dataset.groups, dataset.ids).units
    summary = session_summary(
        dataset,
        session,
        scorer,
        rows,
        method=method,
        seed=seed,
        actions=actions,
        human_seconds=human_seconds,
        waiting_seconds=waiting_seconds,
        preparation_seconds=preparation_seconds,
        classes=class_ious(confusion, dataset.classes, units=units, seed=seed) if confusion else None,
    )
    return rows, summary


def session_rows(
    dataset: Dataset, sample: Sample, labels: np.ndarray, *, method: str, seed: int, effort: Sequence[float]
) -> list[ResultRow]:
    """Judge an image's final labels pixel by pixel; a row for each instance where those are the dataset's unit.

    Args:
        dataset: its name, task and unit.
        sample: the image with its ground truth.
        labels: int (H, W), −1 = unlabelled.
        method: name of the robot.
        seed: of the run.
        effort: human seconds, waiting, preparation and actions spent on the image; its instances share them evenly.

    Returns:
        a row for each instance, or one for the image.
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
        dataset: its task and unit.
        sample: the image with its ground truth.
        labels: int (H, W), −1 = unlabelled.

    Returns:
        instance number, or None for the image → ``iou`` and ``agreement``, one of them None, the other in [0, 1];
        both None where there is no ground truth.
    """
    if not dataset.has_truth:
        return {None: {"iou": None, "agreement": None}}
    if dataset.task == "semantic":
        return {None: {"iou": None, "agreement": agreement(labels, sample.truth)}}
    mask = labels > 0
    scores: dict[int | None, float] = {}
    if dataset.unit == "instance" and sample.instances is not None:
        for number, value in instance_ious(mask, sample.instances, sample.target).items():
            scores[number] = value
    if not scores:
        scores[None] = iou(mask, sample.truth)
    return {number: {"iou": value, "agreement": None} for number, value in scores.items()}


def _row(
    common: Mapping[str, Any],
    instance: int | None,
    quality: Mapping[str, float | None],
    effort: Sequence[float],
) -> ResultRow:
    human, waiting, preparation, actions = (round(float(value), 6) for value in effort)
    return ResultRow(
        **common,
        instance=instance,
        iou=quality["iou"],
        agreement=quality["agreement"],
        human_seconds=human,
        waiting_seconds=waiting,
        preparation_seconds=preparation,
        actions=actions,
    )


def session_summary(
    dataset: Dataset,
    session: AnnotationSession,
    scorer: Scorer | None,
    rows: Sequence[ResultRow],
    *,
    method: str,
    seed: int,
    actions: int,
    human_seconds: float,
    waiting_seconds: float,
    preparation_seconds: float,
    classes: ClassIous | None = None,
) -> Summary:
    """Means with their bootstrap intervals, and effort an image. Seconds are those of the whole session.

    Args:
        dataset: images and ground truth.
        session: as the robot left it.
        scorer: of its images; None where they have no ground truth.
        rows: of all images.
        method: name of the robot.
        seed: of the run and of the intervals.
        actions, human_seconds, waiting_seconds, preparation_seconds: of the whole session.
        classes: IoU of each class, of semantic sets.

    Returns:
        the summary of the run.
    """
    images = len(dataset)
    units, kind = clusters([row.group for row in rows], [row.image for row in rows])
    bound = None if scorer is None else scorer.overall(scorer.bounds(session.state))
    seconds = bootstrap_interval([row.human_seconds or 0.0 for row in rows], units=units, seed=seed)
    values: dict[str, Any] = {}
    if not dataset.has_truth:
        pass  # no quality, only seconds
    elif dataset.task == "foreground":
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
        human_seconds_per_image=human_seconds / images,
        human_seconds_per_image_ci=None if dataset.unit == "instance" else (seconds.low, seconds.high),
        waiting_seconds_per_image=waiting_seconds / images,
        preparation_seconds_per_image=preparation_seconds / images,
        ci_over=kind,
        **values,
    )
