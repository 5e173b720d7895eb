"""Segments of one or many images as a struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numba
import numpy as np

from fsannot.data.errors import InputError


@dataclass(frozen=True, eq=False)
class SegmentTable:
    """N segments; row i describes segment i.

    Attributes:
        image: int32 (N,), index of the segment's image.
        label: int32 (N,), the segment's value in its image's label map.
        area: int32 (N,), pixels.
        bbox: int32 (N, 4), ``y0, x0, y1, x1``, half open, pixels.
        centroid: float32 (N, 2), ``y, x``, pixels.
    """

    image: np.ndarray
    label: np.ndarray
    area: np.ndarray
    bbox: np.ndarray
    centroid: np.ndarray

    @classmethod
    def from_label_map(cls, label_map: np.ndarray, image: int = 0) -> SegmentTable:
        """Measure every segment of a label map.

        Args:
            label_map: int (H, W), labels ≥ 0, −1 = no segment.
            image: index of the image, repeated in each row.

        Returns:
            one row per label that occurs, in rising order of label.

        Raises:
            InputError: not a label map.

        Example:
            >>> table = SegmentTable.from_label_map(np.array([[0, 0, 3], [0, -1, 3]]))
            >>> table.label, table.area
            (array([0, 3], dtype=int32), array([3, 2], dtype=int32))
            >>> table.bbox
            array([[0, 0, 2, 2],
                   [0, 2, 2, 3]], dtype=int32)
        """
        if label_map.ndim != 2 or label_map.dtype.kind not in "iu" or label_map.size == 0:
            raise InputError(
                f"label map must be a non-empty integer (H, W), got {label_map.dtype} {label_map.shape}"
            )
        if label_map.min() < -1:
            raise InputError(f"label map holds {label_map.min()}; labels are ≥ 0, or −1 for no segment")
        compact = np.ascontiguousarray(label_map, np.int32)
        area, bbox, sums = _measure(compact, int(label_map.max()) + 1)
        label = np.flatnonzero(area).astype(np.int32)
        area = area[label]
        return cls(
            image=np.full(len(label), image, np.int32),
            label=label,
            area=area,
            bbox=bbox[label],
            centroid=(sums[label] / np.maximum(area, 1)[:, None]).astype(np.float32),
        )

    @classmethod
    def concatenate(cls, tables: Sequence[SegmentTable]) -> SegmentTable:
        """Join tables.

        Args:
            tables: at least one.

        Returns:
            the rows of all tables, in order.
        """
        return cls(*(np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(cls)))

    def select(self, index: np.ndarray) -> SegmentTable:
        """Select rows.

        Args:
            index: int (n,) or bool (N,).

        Returns:
            table of these rows.
        """
        return SegmentTable(*(getattr(self, f.name)[index] for f in fields(self)))

    def __len__(self) -> int:
        return len(self.image)


@numba.njit(nogil=True, cache=True)
def _measure(label_map, count):  # type: ignore[no-untyped-def]
    """Area, box and sums of y and x of the labels 0..count−1 in one pass; a label that is absent has area 0."""
    height, width = label_map.shape
    area = np.zeros(count, np.int32)
    bbox = np.zeros((count, 4), np.int32)
    sums = np.zeros((count, 2), np.int64)
    for y in range(height):
        for x in range(width):
            label = label_map[y, x]
            if label < 0:
                continue
            if area[label] == 0:
                bbox[label, 0], bbox[label, 1], bbox[label, 3] = y, x, x + 1
            elif x < bbox[label, 1]:
                bbox[label, 1] = x
            elif x >= bbox[label, 3]:
                bbox[label, 3] = x + 1
            bbox[label, 2] = y + 1
            area[label] += 1
            sums[label, 0] += y
            sums[label, 1] += x
    return area, bbox, sums
