"""The observation: all a robot may know, besides what its oracle perceives and what it asks through ``Queries``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.human.legibility import DIM
from fsannot.human.view import View
from fsannot.segments.table import SegmentTable


@dataclass(frozen=True, eq=False)
class Observation:
    """The tool's screen at one moment: arrays and numbers, which stay as they were when the session goes on.

    N counts all segments that ever were; rows never move.

    Attributes:
        table: the segments; ``table.image`` indexes the session's images. Under version 2 of the human model only those
            of the open image are described; of all others ``image`` and ``label`` are −1, everything else is 0.
        alive: bool (N,), False once a segment was refined, split or re-partitioned away.
        labels: int16 (N,), class index or −1.
        shown: bool (N,), on the canvas now: alive, inside the focus if there is one, inside the view.
        canvas: (N, 2), ``x, y`` in canvas pixels, float32; int32 under version 2, where one without a visible pixel is
            said to be in the middle of its 32-px cell; only rows that are shown mean anything.
        visible: int32 (N,), visible pixels of each thumbnail, 0 to 1024; None under version 1, where all can be read.
        view: zoom and offset; None under version 1.
        threshold: at which images are partitioned when they are opened, on the scale of their criterion.
        image_area: int64 (images,), pixels.
        classes: class names by index.
        images_loaded, images_waiting: how many images are open, how many may still be asked for.
        pointer: where the pointer rests, canvas pixels.
        last_label: label of the last labelling action, or None.
        focused: whether the canvas shows a local re-projection.
        open_image: image in the image view, or None.
        highlight: segment the tool points at after ``ShowUncertain``, or None.
        learned: how often the metric was learned.
        labels_since_learning: segments labelled since then.
        human_seconds: spent so far by the clock.
    """

    table: SegmentTable
    alive: np.ndarray
    labels: np.ndarray
    shown: np.ndarray
    canvas: np.ndarray
    visible: np.ndarray | None
    view: View | None
    threshold: float
    image_area: np.ndarray
    classes: tuple[str, ...]
    images_loaded: int
    images_waiting: int
    pointer: tuple[float, float]
    last_label: int | None
    focused: bool
    open_image: int | None
    highlight: int | None
    learned: int
    labels_since_learning: int
    human_seconds: float

    @property
    def open_segments(self) -> np.ndarray:
        """int (M,): rows on the canvas that have no label yet."""
        return np.flatnonzero(self.shown & (self.labels < 0))

    @property
    def readable(self) -> np.ndarray:
        """bool (N,): thumbnails that can be read now, at the normal error or at twice that."""
        return self.shown if self.visible is None else self.shown & (self.visible >= DIM)


def only_open_image(table: SegmentTable, image: int | None) -> SegmentTable:
    """A table that describes nothing but the segments of the open image.

    Args:
        table: all segments, N rows.
        image: the open image, or None.

    Returns:
        N rows; those of other images have ``image`` and ``label`` −1 and everything else 0.
    """
    count = len(table)
    masked = SegmentTable(
        np.full(count, -1, table.image.dtype),
        np.full(count, -1, table.label.dtype),
        np.zeros(count, table.area.dtype),
        np.zeros((count, 4), table.bbox.dtype),
        np.zeros((count, 2), table.centroid.dtype),
    )
    if image is not None:
        rows = np.flatnonzero(table.image == image)
        for name in ("image", "label", "area", "bbox", "centroid"):
            getattr(masked, name)[rows] = getattr(table, name)[rows]
    return masked
