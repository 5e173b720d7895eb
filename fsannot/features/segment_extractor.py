"""What turns segments into feature vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError

ImageSegments = tuple[np.ndarray, np.ndarray, np.ndarray]
"""image uint8 (H, W, 3), label map int32 (H, W), labels int (n,)."""


class SegmentExtractor(metaclass=KeepsArguments):
    """Segments → unit feature vectors, the same whatever else is extracted beside them.

    Attributes:
        device: where the network runs.
    """

    device: torch.device

    @property
    @abstractmethod
    def dim(self) -> int:
        """Length D of a feature vector."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of everything the features depend on."""

    @abstractmethod
    def extract_stream(self, items: Iterable[ImageSegments]) -> Iterator[np.ndarray]:
        """As :meth:`extract`, image by image; holds only the images being processed.

        Args:
            items: for each image: image uint8 (H, W, 3), label map int32 (H, W), labels int (n,).

        Yields:
            float32 (n, D) an image, rows of unit L2 norm.

        Raises:
            InputError: a map of another size than its image, or an unknown label.
        """

    def extract(
        self,
        images: Sequence[np.ndarray],
        label_maps: Sequence[np.ndarray],
        labels: Sequence[np.ndarray] | None = None,
    ) -> list[np.ndarray]:
        """Features of the segments of several images.

        Args:
            images: uint8 (H, W, 3), sizes may differ.
            label_maps: int32 (H, W), one an image.
            labels: int (n_i,), the segments wanted of each image; None for all, in rising order.

        Returns:
            float32 (n_i, D) an image, rows of unit L2 norm in the order of ``labels``.

        Raises:
            InputError: lists of different length, a map of another size than its image, or an unknown label.
            DeviceError: the device does not have enough memory.

        Example:
            >>> from fsannot.features.backbone import Backbone
            >>> from fsannot.features.pooled import PooledExtractor
            >>> extractor = PooledExtractor(
            ...     backbone=Backbone(name="resnet10t", weights="random"), reductions=[8], device="cpu"
            ... )
            >>> image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
            >>> label_map = np.repeat(np.arange(2, dtype=np.int32), 32)[None].repeat(64, 0)
            >>> (features,) = extractor.extract([image], [label_map], [np.array([0, 1])])
            >>> features.shape, np.linalg.norm(features, axis=1).round(3)
            ((2, 128), array([1., 1.], dtype=float32))
        """
        if labels is None:
            labels = [np.unique(label_map) for label_map in label_maps]
        if not len(images) == len(label_maps) == len(labels):
            raise InputError(
                f"{len(images)} images, {len(label_maps)} label maps and {len(labels)} label arrays"
            )
        return list(self.extract_stream(zip(images, label_maps, labels, strict=True)))
