"""Scores of a session at any moment, from pixel counts per segment instead of masks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError


class Scorer:
    """IoU or agreement of every image of a session after every action; exactly what the masks would give.

    Args:
        target: ``image → int32 (H, W)``, −1 = ignore.
        images: how many there are; images not loaded yet count as unlabelled.
        classes: number of classes.
        task: ``"foreground"`` (IoU of all classes > 0 together) or ``"semantic"`` (pixel agreement).
    """

    def __init__(
        self,
        target: Callable[[int], np.ndarray],
        *,
        images: int,
        classes: int,
        task: Literal["foreground", "semantic"],
    ) -> None:
        if images < 1 or classes < 2:
            raise InputError(f"images={images}, classes={classes}: at least 1 and 2 are needed")
        self._target = target
        self._classes = classes
        self.task = task
        self._counts = np.zeros((0, classes), np.int64)
        self._rows: list[np.ndarray | None] = [None] * images
        self._truth = np.zeros((images, classes), np.int64)
        for image in range(images):
            values = target(image)
            self._truth[image] = np.bincount(values[values >= 0], minlength=classes)

    def scores(self, state: State) -> np.ndarray:
        """float64 (images,): the measure of each image with the labels given so far, in [0, 1]."""
        self._catch_up(state)
        return self._measure(state, state.labels)

    def bounds(self, state: State) -> np.ndarray:
        """float64 (images,): the measure if every living segment had the class of its majority."""
        self._catch_up(state)
        counts = self._counts
        if self.task == "foreground":  # a segment of two half objects is still mostly object
            counts = np.stack([counts[:, 0], counts[:, 1:].sum(1)], 1)
        return self._measure(state, counts.argmax(1).astype(np.int16))

    def _measure(self, state: State, labels: np.ndarray) -> np.ndarray:
        images = len(self._truth)
        alive = state.alive & (labels >= 0)
        image, label, counts = state.table.image[alive], labels[alive], self._counts[alive]
        if self.task == "semantic":
            right = np.bincount(image, weights=counts[np.arange(len(label)), label], minlength=images)
            total = self._truth.sum(1)
            return np.divide(right, total, out=np.ones(images), where=total > 0)
        chosen = label > 0
        hit = np.bincount(image[chosen], weights=counts[chosen, 1:].sum(1), minlength=images)
        false = np.bincount(image[chosen], weights=counts[chosen, 0], minlength=images)
        union = self._truth[:, 1:].sum(1) + false
        return np.divide(hit, union, out=np.ones(images), where=union > 0)

    def _catch_up(self, state: State) -> None:
        grown = len(state.table) - len(self._counts)
        if grown < 0:  # the session began anew
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
