"""Segments of a table as the pixels a metric learner asks for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np

from fsannot.data.errors import InputError
from fsannot.features.crops import SegmentRef
from fsannot.features.extract import FeatureExtractor
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.segments.table import SegmentTable


class TableSegments:
    """A :class:`~fsannot.metric_learning.learner.SegmentSource` that loads an image when it is asked for.

    Args:
        table: N segments.
        load: image index → image uint8 (H, W, 3) and label map int32 (H, W).
        extractor: what made the segments' features.
        images_kept: most recently used images held in memory.

    Raises:
        InputError: ``images_kept`` is below 1.
    """

    def __init__(
        self,
        *,
        table: SegmentTable,
        load: Callable[[int], tuple[np.ndarray, np.ndarray]],
        extractor: SegmentExtractor,
        images_kept: int = 64,
    ) -> None:
        if images_kept < 1:
            raise InputError(f"images_kept={images_kept} must be at least 1")
        self.table = table
        self.load = load
        self.images_kept = images_kept
        self._extractor = extractor
        self._images: OrderedDict[int, tuple[np.ndarray, np.ndarray]] = OrderedDict()

    @property
    def extractor(self) -> SegmentExtractor:
        return self._extractor

    def __len__(self) -> int:
        return len(self.table)

    def refs(self, rows: np.ndarray) -> list[SegmentRef]:
        """References to segments, ready to be cut.

        Args:
            rows: int (n,), rows of the table.

        Returns:
            one reference a row, in that order.
        """
        margin = self._extractor.margin if isinstance(self._extractor, FeatureExtractor) else 0
        out = []
        for row in rows:
            image, label_map = self._image(int(self.table.image[row]))
            (y0, x0, y1, x1), (h, w) = self.table.bbox[row].tolist(), label_map.shape
            box = (max(y0 - margin, 0), max(x0 - margin, 0), min(y1 + margin, h), min(x1 + margin, w))
            out.append(SegmentRef(image, label_map, int(self.table.label[row]), box))
        return out

    def _image(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index in self._images:
            self._images.move_to_end(index)
        else:
            image, label_map = self.load(index)
            self._images[index] = (np.ascontiguousarray(image), np.ascontiguousarray(label_map))
            while len(self._images) > self.images_kept:
                self._images.popitem(last=False)
        return self._images[index]
