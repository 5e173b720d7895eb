"""Labelled images to try the formats on: regions with holes, that touch at corners, of one pixel, and none at all."""

from __future__ import annotations

from functools import partial

import numpy as np

from fsannot.exports.labelling import LabelledImage, Labelling

CLASSES = ("background", "dog", 'cat <&> "é"')


def blobs(seed: int, size: tuple[int, int] = (37, 53), classes: int = 3) -> np.ndarray:
    """int16 (H, W): patches of all classes, of unlabelled pixels, and single pixels here and there."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(-1, classes, (size[0] // 6 + 1, size[1] // 6 + 1))
    labels = np.kron(coarse, np.ones((6, 6), int))[: size[0], : size[1]]
    single = rng.random(size) < 0.02
    return np.where(single, rng.integers(-1, classes, size), labels).astype(np.int16)


MASKS = {
    "a": blobs(0),
    "trip/day 1/b": blobs(1, (20, 80)),
    "none": np.full((5, 4), -1, np.int16),
    "whole": np.full((3, 7), 1, np.int16),
    "pixel": np.array([[2]], np.int16),
    "ring": np.pad(np.pad(np.zeros((2, 2), np.int16), 1, constant_values=1), 2, constant_values=-1),
    "corners": np.where(np.indices((9, 8)).sum(0) % 2, 1, 2).astype(np.int16),
}


def labelling(task: str = "semantic", classes: tuple[str, ...] = CLASSES) -> Labelling:
    def image(labels: np.ndarray) -> np.ndarray:
        return np.random.default_rng(5).integers(0, 256, (*labels.shape, 3)).astype(np.uint8)

    images = [
        LabelledImage(name, f"{name}.jpg", partial(np.asarray, mask), partial(image, mask))
        for name, mask in MASKS.items()
    ]
    return Labelling(images, classes, task)  # type: ignore[arg-type]
