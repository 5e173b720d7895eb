"""Segments of one or many images as a struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy import ndimage

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
        """Table of every value ≥ 0 that occurs in ``label_map``, int (H, W), in rising order of label."""
        if label_map.ndim != 2 or label_map.dtype.kind not in "iu" or label_map.size == 0:
            raise InputError(
                f"label map must be a non-empty integer (H, W), got {label_map.dtype} {label_map.shape}"
            )
        shifted = label_map.astype(np.int32) + 1  # find_objects skips 0, and −1 means "no segment"
        if shifted.min() < 0:
            raise InputError(f"label map holds {label_map.min()}; labels are ≥ 0, or −1 for no segment")
        boxes = ndimage.find_objects(shifted)
        flat = shifted.ravel()
        count = len(boxes) + 1
        area = np.bincount(flat, minlength=count)[1:]
        h, w = label_map.shape
        # two bincounts over rows and columns instead of a mask per segment
        ys = np.bincount(flat, weights=np.repeat(np.arange(h), w), minlength=count)[1:]
        xs = np.bincount(flat, weights=np.tile(np.arange(w), h), minlength=count)[1:]
        label = np.flatnonzero(area).astype(np.int32)
        bbox = np.array(
            [(b[0].start, b[1].start, b[0].stop, b[1].stop) for b in boxes if b is not None], np.int32
        ).reshape(-1, 4)
        area = area[label]
        return cls(
            image=np.full(len(label), image, np.int32),
            label=label,
            area=area.astype(np.int32),
            bbox=bbox,
            centroid=(np.stack([ys[label], xs[label]], 1) / np.maximum(area, 1)[:, None]).astype(np.float32),
        )

    @classmethod
    def concatenate(cls, tables: Sequence[SegmentTable]) -> SegmentTable:
        """Rows of all tables, in order."""
        return cls(*(np.concatenate([getattr(t, f.name) for t in tables]) for f in fields(cls)))

    def select(self, index: np.ndarray) -> SegmentTable:
        """The rows of an integer or boolean index."""
        return SegmentTable(*(getattr(self, f.name)[index] for f in fields(self)))

    def __len__(self) -> int:
        return len(self.image)
