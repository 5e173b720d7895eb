"""Scores of a session at any moment, from pixel counts per segment instead of masks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.evaluation.instances import InstanceCells

_KEPT = 256  # images whose cells stay in memory


class Scorer:
    """IoU or agreement of every image of a session after every action; exactly what the masks would give.

    Args:
        target: ``image → int32 (H, W)``, −1 = ignore.
        images: how many there are; images not loaded yet count as unlabelled.
        classes: number of classes.
        task: ``"foreground"`` (IoU of all classes > 0 together) or ``"semantic"`` (pixel agreement).
        instances: ``image → int32 (H, W)`` or None, of foreground sets whose unit is the instance: an image's
            score is then the mean over its instances, each as ``InstanceCells`` defines it. An image without any
            counts as one unit, with the IoU of its foreground.

    Raises:
        InputError: no image, fewer than two classes, or instances of a semantic set.
    """

    def __init__(
        self,
        target: Callable[[int], np.ndarray],
        *,
        images: int,
        classes: int,
        task: Literal["foreground", "semantic"],
        instances: Callable[[int], np.ndarray | None] | None = None,
    ) -> None:
        if images < 1 or classes < 2:
            raise InputError(f"images={images}, classes={classes}: at least 1 and 2 are needed")
        if instances is not None and task == "semantic":
            raise InputError("instances are given, but a semantic set is judged by image; leave them out")
        self._target = target
        self._classes = classes
        self.task = task
        self._counts = np.zeros((0, classes), np.int64)
        self._rows: list[np.ndarray | None] = [None] * images
        self._truth = np.zeros((images, classes), np.int64)
        for image in range(images):
            values = target(image)
            self._truth[image] = np.bincount(values[values >= 0], minlength=classes)
        self._instances = instances
        self._cells = lru_cache(maxsize=_KEPT)(self._cells_of)
        self._parts: list[_Parts | None] = [None] * images
        areas = [self._areas(image) for image in range(images)]
        self._area = np.concatenate(areas)
        self._units = np.array([len(of_image) for of_image in areas])
        self._first = np.concatenate([[0], np.cumsum(self._units)[:-1]])

    def scores(self, state: State) -> np.ndarray:
        """The measure of each image with the labels given so far.

        ``overall`` of it is their mean as the summary of a run has it.

        Args:
            state: of the session.

        Returns:
            float64 (images,), in [0, 1].
        """
        self._catch_up(state)
        return self._measure(state, state.labels)

    def bounds(self, state: State) -> np.ndarray:
        """The measure of each image if every living segment had the class of its majority.

        Args:
            state: of the session.

        Returns:
            float64 (images,), in [0, 1].
        """
        self._catch_up(state)
        counts = self._counts
        if self.task == "foreground":  # a segment of two half objects is still mostly object
            counts = np.stack([counts[:, 0], counts[:, 1:].sum(1)], 1)
        return self._measure(state, counts.argmax(1).astype(np.int16))

    def overall(self, scores: np.ndarray) -> float:
        """Mean over all units, images or instances.

        Args:
            scores: float64 (images,), of ``scores`` or ``bounds``.

        Returns:
            in [0, 1].
        """
        return float(np.average(scores, weights=self._units))

    def _measure(self, state: State, labels: np.ndarray) -> np.ndarray:
        images = len(self._truth)
        alive = state.alive & (labels >= 0)
        image, label, counts = state.table.image[alive], labels[alive], self._counts[alive]
        if self.task == "semantic":
            right = np.bincount(image, weights=counts[np.arange(len(label)), label], minlength=images)
            total = self._truth.sum(1)
            return np.divide(right, total, out=np.ones(images), where=total > 0)
        if self._instances is not None:
            return self._of_instances(state, state.alive & (labels > 0))
        chosen = label > 0
        hit = np.bincount(image[chosen], weights=counts[chosen, 1:].sum(1), minlength=images)
        false = np.bincount(image[chosen], weights=counts[chosen, 0], minlength=images)
        union = self._truth[:, 1:].sum(1) + false
        return np.divide(hit, union, out=np.ones(images), where=union > 0)

    def _of_instances(self, state: State, chosen: np.ndarray) -> np.ndarray:
        """Mean IoU of the instances of each image, (images,), where rows bool (N,) are foreground."""
        # a session that began again has fewer images for a while; those it had before do not count
        parts = [part for part in self._parts[: len(state.rows)] if part is not None]
        hit, false = np.zeros((2, len(self._area)))
        if parts:
            on = chosen[np.concatenate([part.row for part in parts])]
            unit = np.concatenate([part.unit for part in parts])[on]
            # in place: an entry is a segment and a unit, so that units occur many times
            np.add.at(hit, unit, np.concatenate([part.hit for part in parts])[on])
            np.add.at(false, unit, np.concatenate([part.false for part in parts])[on])
        union = self._area + false
        ious = np.divide(hit, union, out=np.ones(len(union)), where=union > 0)
        return np.add.reduceat(ious, self._first) / self._units

    def _areas(self, image: int) -> np.ndarray:
        """Pixels of each unit of an image, int64 (K,), K ≥ 1."""
        instances = None if self._instances is None else self._instances(image)
        if instances is not None:
            areas = np.bincount(instances[(instances > 0) & (self._target(image) != IGNORE)])
            if areas.any():
                return areas[areas > 0]
        return self._truth[image, 1:].sum(keepdims=True)

    def _cells_of(self, image: int) -> np.ndarray:
        """``InstanceCells.codes`` of an image; one without instances is a single unit."""
        target = self._target(image)
        instances = None if self._instances is None else self._instances(image)
        if instances is not None:
            cells = InstanceCells.of(instances, target)
            if cells.numbers.size:
                return cells.codes
        return np.where(target > 0, 1, np.where(target == IGNORE, 0, -1)).astype(np.int32)

    def _count_parts(self, state: State, image: int) -> _Parts:
        codes, label_map = self._cells(image), state.label_maps[image]
        units, values = int(self._units[image]), len(state.rows[image])
        place = label_map * np.int64(units) + np.abs(codes) - 1
        hit = np.bincount(place[codes > 0], minlength=values * units)
        false = np.bincount(place[codes < 0], minlength=values * units)
        present = np.flatnonzero(hit + false)
        row = state.rows[image][present // units]
        return _Parts(row, self._first[image] + present % units, hit[present], false[present])

    def _catch_up(self, state: State) -> None:
        grown = len(state.table) - len(self._counts)
        if grown < 0:  # the session was reset
            self._counts = self._counts[: len(state.table)]
        elif grown:
            self._counts = np.concatenate([self._counts, np.zeros((grown, self._classes), np.int64)])
        for image, known in enumerate(
            state.rows
        ):  # made anew with every partition of an image in every session
            if self._rows[image] is known:
                continue
            self._rows[image] = known
            rows, target = state.row_map(image), self._target(image)
            valid = target >= 0
            code = rows[valid].astype(np.int64) * self._classes + target[valid]
            present = np.unique(rows)
            counts = np.bincount(code, minlength=len(self._counts) * self._classes)
            self._counts[present] = counts.reshape(-1, self._classes)[present]
            if self._instances is not None:
                self._parts[image] = self._count_parts(state, image)


@dataclass(frozen=True, eq=False)
class _Parts:
    """What the segments of one image share with each unit; int (E,), one entry a pair that shares a pixel.

    Attributes:
        row: the segment.
        unit: counted over all images.
        hit: pixels of the unit in it.
        false: background pixels in it that the unit answers for.
    """

    row: np.ndarray
    unit: np.ndarray
    hit: np.ndarray
    false: np.ndarray
