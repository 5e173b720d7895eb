"""Small images of square segments whose classes and features a test chooses."""

from __future__ import annotations

import numpy as np

from fsannot.human.confusion import Confusion
from fsannot.human.eyes import Eyes
from fsannot.segments.table import SegmentTable

SIDE = 4
"""Pixels of a square's side."""


class World:
    """Images of ``across × across`` squares; a row is a segment's name for good, as in a session.

    Args:
        classes: int (images, across²), the class of each square.
        features: float (images, across², D), unit norm.
        groups: group of each image.
        rows: order in which the squares of an image become rows: image → permutation.
    """

    def __init__(
        self,
        classes: np.ndarray,
        features: np.ndarray,
        groups: np.ndarray | None = None,
        rows: dict[int, np.ndarray] | None = None,
    ) -> None:
        self.across = int(np.sqrt(classes.shape[1]))
        self.target_maps = [self._drawn(c) for c in classes]
        self.of_square = features
        self.groups = np.zeros(len(classes), np.int64) if groups is None else groups
        self.order = rows or {}
        self.maps: list[np.ndarray] = []
        self.rows = np.zeros((0, 2), np.int64)  # image and square of each row
        self.features = np.zeros((0, features.shape[2]), features.dtype)
        self.alive = np.zeros(0, bool)
        self.bbox = np.zeros((0, 4), np.int32)

    def _drawn(self, values: np.ndarray) -> np.ndarray:
        squares = values.reshape(self.across, self.across)
        return np.kron(squares, np.ones((SIDE, SIDE), np.int32)).astype(np.int32)

    def load(self, count: int) -> World:
        """The next ``count`` images."""
        for _ in range(count):
            image, squares = len(self.maps), self.across**2
            order = self.order.get(image, np.arange(squares))
            first = len(self.alive)
            row_of = np.empty(squares, np.int64)
            row_of[order] = first + np.arange(squares)
            self.maps.append(self._drawn(row_of))
            self._add(image, self.of_square[image][order], squares)
            self.rows = np.concatenate([self.rows, np.stack([np.full(squares, image), order], 1)])
        return self

    def split(self, row: int, part: np.ndarray, features: np.ndarray) -> tuple[int, int]:
        """Replace a row by the pixels of ``part``, bool (H, W), and the rest of it; returns both rows."""
        image = int(self.rows[row, 0])
        first = len(self.alive)
        mask = self.maps[image] == row
        made = self.maps[image].copy()
        made[mask & part], made[mask & ~part] = first, first + 1
        self.maps[image] = made
        self.alive[row] = False
        self._add(image, features, 2)
        self.rows = np.concatenate([self.rows, np.array([[image, -1], [image, -1]])])
        return first, first + 1

    def _add(self, image: int, features: np.ndarray, count: int) -> None:
        self.alive = np.concatenate([self.alive, np.ones(count, bool)])
        self.features = np.concatenate([self.features, features])
        made = SegmentTable.from_label_map(self.maps[image])
        box = np.zeros((count, 4), np.int32)
        new = made.label >= len(self.bbox)
        box[made.label[new] - len(self.bbox)] = made.bbox[new]
        self.bbox = np.concatenate([self.bbox, box])

    @property
    def table(self) -> SegmentTable:
        count = len(self.alive)
        image = np.zeros(count, np.int32)
        if len(self.rows):
            image = self.rows[:, 0].astype(np.int32)
        zeros = np.zeros(count, np.int32)
        return SegmentTable(image, zeros, zeros, self.bbox, np.zeros((count, 2), np.float32))

    def eyes(self, confusion: Confusion | None = None, **options: object) -> Eyes:
        """Eyes that know all rows loaded so far."""
        classes = 1 + max(int(t.max()) for t in self.target_maps)
        given: dict[str, object] = {"groups": self.groups, "classes": max(classes, 2), "seed": 0} | options
        eyes = Eyes(
            self.target_maps.__getitem__,
            lambda image: self.maps[image],
            lambda rows: self.features[rows],
            confusion=confusion or Confusion(),
            **given,  # type: ignore[arg-type]
        )
        return self.show(eyes)

    def show(self, eyes: Eyes) -> Eyes:
        """Let eyes see the rows as they are now."""
        eyes.extend(self.table, self.alive)
        return eyes


def clustered(
    images: int, squares: int, clusters: int, *, dimensions: int | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Features of tight clusters, float32 (images, squares, D), and the cluster of each square.

    Clusters are orthogonal, or in random directions of so many dimensions.
    """
    rng = np.random.default_rng(seed)
    cluster = rng.integers(clusters, size=(images, squares))
    centers = np.eye(clusters) if dimensions is None else rng.normal(size=(clusters, dimensions))
    centers /= np.linalg.norm(centers, axis=1, keepdims=True)
    features = centers[cluster] + 0.01 * rng.normal(size=(images, squares, centers.shape[1]))
    return (features / np.linalg.norm(features, axis=2, keepdims=True)).astype(np.float32), cluster
