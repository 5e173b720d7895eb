"""Masks of a click run after finishing."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from fsannot.clicks.units import Unit, units
from fsannot.data.dataset import Dataset
from fsannot.evaluation.iou import agreement, iou
from fsannot.finishing.finisher import Finisher
from fsannot.precompute.stages import Stages
from fsannot.runs.click_files import ClickedUnit
from fsannot.studies.finished_scores import FinishedScores


class ClickFinishing:
    """Finishes what was clicked, an object or an image at a time; clicked pixels keep their side.

    A click method has no segments: the connected parts of its mask are handed over as such.

    Args:
        dataset: images and ground truth.
        finisher: how.
        edges: stages that give edge maps, for finishers that need them.
    """

    def __init__(self, dataset: Dataset, finisher: Finisher, edges: Stages | None) -> None:
        self._dataset, self._finisher, self._edges = dataset, finisher, edges
        self.scores = FinishedScores(dataset, finisher.name)

    def image(self, index: int, clicked: Sequence[ClickedUnit]) -> np.ndarray:
        """Finish and judge an image.

        Args:
            index: in the dataset.
            clicked: its objects, or the image as a whole; with their labels.

        Returns:
            int16 (H, W), class of each pixel; −1 where none was painted.
        """
        of = {unit.instance: unit for unit in units(self._dataset, index)}
        start, made = time.perf_counter(), []
        for unit in clicked:
            made.append(self._finished(of[unit.instance], unit))
        seconds = time.perf_counter() - start
        scores = {
            unit.instance: self._score(of[unit.instance], labels)
            for unit, labels in zip(clicked, made, strict=True)
        }
        labels = np.max(made, axis=0)
        self.scores.add(of[clicked[0].instance].sample, labels, scores, seconds)
        return labels

    def _finished(self, unit: Unit, clicked: ClickedUnit) -> np.ndarray:
        labels = clicked.outcome.labels
        held = np.zeros(labels.shape, bool)
        held[clicked.outcome.places[:, 1], clicked.outcome.places[:, 2]] = True
        edge_map = None
        if self._finisher.needs_edges and self._edges is not None:
            edge_map = self._edges.edge_map(unit.index)
        return self._finisher.finish(unit.sample.image, labels, _parts(labels), edge_map, held=held).labels

    def _score(self, unit: Unit, labels: np.ndarray) -> dict[str, float | None]:
        if self._dataset.task == "foreground":
            return {"iou": iou(labels > 0, unit.gt), "agreement": None}
        return {"iou": None, "agreement": agreement(labels, unit.gt)}


def _parts(labels: np.ndarray) -> np.ndarray:
    """Connected parts of equal labels, int32 (H, W), from 0."""
    parts = np.full(labels.shape, -1, np.int32)
    first = 0
    for value in np.unique(labels):
        found, count = ndimage.label(labels == value)
        parts = np.where(found > 0, found + first - 1, parts)
        first += count
    return parts.astype(np.int32)
