"""What finished masks score, beside what the labels score."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.sample import Sample
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.intervals import bootstrap_interval
from fsannot.evaluation.results import ResultRow, Summary

Scores = Mapping[int | None, Mapping[str, float | None]]
"""Instance number, or None for the image → ``iou`` and ``agreement``, one of them None."""


class FinishedScores:
    """Collects the scores of finished masks, one image at a time.

    Args:
        dataset: the images and ground truth.
        finisher: its name.
    """

    def __init__(self, dataset: Dataset, finisher: str) -> None:
        self._dataset, self._finisher = dataset, finisher
        self._scores: dict[tuple[str, int | None], dict[str, float | None]] = {}
        self._confusion: list[np.ndarray] = []
        self._images: dict[str, str] = {}
        self._seconds = 0.0

    def add(self, sample: Sample, labels: np.ndarray, scores: Scores, seconds: float) -> None:
        """Take note of an image.

        Args:
            sample: the image with its ground truth.
            labels: int (H, W), finished.
            scores: of its units.
            seconds: that finishing took.
        """
        self._seconds += seconds
        self._images[sample.id] = sample.group
        for instance, values in scores.items():
            self._scores[sample.id, instance] = {f"finished_{name}": v for name, v in values.items()}
        if self._dataset.task == "semantic":
            self._confusion.append(confusion_matrix(labels, sample.truth, len(self._dataset.classes)))

    def rows(self, rows: Sequence[ResultRow]) -> tuple[ResultRow, ...]:
        """Rows with ``finished_iou`` or ``finished_agreement``.

        Args:
            rows: of the labels, of the same units.

        Returns:
            a row a unit, in the same order.
        """
        return tuple(
            dataclasses.replace(row, **self._scores[row.image, row.instance])  # type: ignore[arg-type]
            for row in rows
        )

    def summary(self, summary: Summary, rows: Sequence[ResultRow]) -> Summary:
        """A summary with ``finished_…``.

        Args:
            summary: of the labels.
            rows: from ``rows``.

        Returns:
            the same, with mean, interval and seconds of the finished masks.
        """
        units = clusters([row.group for row in rows], [row.image for row in rows]).units
        foreground = self._dataset.task == "foreground"
        column, name = ("finished_iou", "finished_iou_mean") if foreground else ("finished_agreement",) * 2
        mean = bootstrap_interval([getattr(row, column) for row in rows], units=units, seed=summary.seed)
        values: dict[str, Any] = {
            "finisher": self._finisher,
            "finishing_seconds_per_image": self._seconds / len(self._images),
            name: mean.value,
            f"{name}_ci": (mean.low, mean.high),
        }
        if self._confusion:
            drawn = clusters(list(self._images.values()), list(self._images)).units
            found = class_ious(self._confusion, self._dataset.classes, units=drawn, seed=summary.seed)
            if found.mean is not None:
                values |= {"finished_miou": found.mean.value}
                values |= {"finished_miou_ci": (found.mean.low, found.mean.high)}
        return dataclasses.replace(summary, **values)
