"""The observation: all a robot may know, besides what its oracle perceives and what it asks through ``Queries``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.segments.table import SegmentTable


@dataclass(frozen=True, eq=False)
class Observation:
    """The tool's screen at one moment: arrays and numbers, which stay as they were when the session goes on.

    N counts all segments that ever were; rows never move.

    Attributes:
        table: the segments; ``table.image`` indexes the session's images.
        alive: bool (N,), False once a segment was refined, split or re-partitioned away.
        labels: int16 (N,), class index or −1.
        shown: bool (N,), on the canvas now: alive, and inside the focus if there is one.
        canvas: float32 (N, 2), ``x, y`` in canvas pixels; only rows that are shown mean anything.
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
