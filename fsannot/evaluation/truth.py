"""The ground truth of a dataset, for the evaluation and the robot's oracle; nothing else reads it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from fsannot.data.dataset import Dataset, require_truth

_KEPT = 256  # images whose ground truth stays in memory


class GroundTruth:
    """Targets and instances by image, read once and kept for the images asked for last.

    Args:
        dataset: is asked for samples.

    Raises:
        InputError: it has no ground truth.
    """

    def __init__(self, dataset: Dataset) -> None:
        require_truth(dataset, "robots and their evaluation")
        self._dataset = dataset
        self._read = lru_cache(maxsize=_KEPT)(self._of)

    def target(self, image: int) -> np.ndarray:
        """Class of each pixel of an image.

        Args:
            image: its index in the dataset.

        Returns:
            int32 (H, W), class or ``IGNORE``.
        """
        return self._read(image)[0]

    def instances(self, image: int) -> np.ndarray | None:
        """Instances of an image.

        Args:
            image: its index in the dataset.

        Returns:
            int32 (H, W), 0 = none, 1..K; None where results are per image, or the image has none.
        """
        return self._read(image)[1]

    def _of(self, image: int) -> tuple[np.ndarray, np.ndarray | None]:
        sample = self._dataset[image]
        return sample.truth, sample.instances if self._dataset.unit == "instance" else None
