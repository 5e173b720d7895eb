"""A person's eyes: the one place where a robot meets the ground truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from scipy import ndimage

from fsannot.data.errors import InputError
from fsannot.human.perception import Perception, uniform
from fsannot.segments.table import SegmentTable


class Visible(Protocol):
    """The arrays of the tool's screen that eyes need; N counts all segments that ever were."""

    @property
    def table(self) -> SegmentTable:
        """The segments, N rows."""

    @property
    def alive(self) -> np.ndarray:
        """bool (N,), False once a segment was replaced by others."""

    @property
    def image_area(self) -> np.ndarray:
        """int64 (images,), pixels of each loaded image."""

    @property
    def open_image(self) -> int | None:
        """The image in the image view, or None."""


class Oracle:
    """A person's eyes. The same thumbnail is seen the same way each time, until its image is opened.

    Args:
        target: ``image → int32 (H, W)``, ground truth of the session's images, −1 = ignore.
        row_map: ``image → int32 (H, W)``, the segment each pixel of a loaded image belongs to now.
        classes: number of classes.
        perception: error model.
        seed: of the errors.
    """

    def __init__(
        self,
        target: Callable[[int], np.ndarray],
        row_map: Callable[[int], np.ndarray],
        *,
        classes: int,
        perception: Perception,
        seed: int = 0,
    ) -> None:
        self._target = target
        self._row_map = row_map
        self._classes = classes
        self.perception = perception
        self._seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget all segments seen so far."""
        self._counts = np.zeros((0, self._classes), np.int32)
        self._known = np.zeros(0, bool)
        self._seen = np.zeros(0, np.int16)
        self._mixed = np.zeros(0, bool)
        self.looked_at = np.zeros(0, bool)
        """bool (N,): thumbnails the robot has looked at so far."""
        self.inspected = np.zeros(0, bool)
        """bool (N,): segments studied in their image, which are seen right."""

    def look(self, visible: Visible, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Look at thumbnails on the canvas.

        Args:
            visible: the screen now.
            segments: int (M,), living rows.

        Returns:
            label: int16 (M,), the class a person would name, −1 where nothing has a class;
            mixed: bool (M,), whether a person notices that two classes share the segment.

        Raises:
            InputError: segments that no longer exist.

        >>> import numpy as np
        >>> from types import SimpleNamespace
        >>> from fsannot.human.perception import Perception
        >>> from fsannot.segments.table import SegmentTable
        >>> row_map = np.repeat([[0, 1, 2]], 4, axis=0)  # three stripes of 4 × 1 pixels
        >>> truth = np.array([[0, 1, 0]] * 2 + [[0, 1, 1]] * 2)
        >>> visible = SimpleNamespace(
        ...     table=SegmentTable.from_label_map(row_map),
        ...     alive=np.ones(3, bool),
        ...     image_area=np.array([12]),
        ...     open_image=None,
        ... )
        >>> perfect = Perception(error_large=0.0, error_small=0.0)
        >>> oracle = Oracle(lambda image: truth, lambda image: row_map, classes=2, perception=perfect)
        >>> label, mixed = oracle.look(visible, np.array([0, 1, 2]))
        >>> label.tolist(), mixed.tolist()
        ([0, 1, 0], [False, False, True])
        """
        self._catch_up(visible)
        if not visible.alive[segments].all():
            raise InputError("a robot looked at segments that no longer exist")
        self.looked_at[segments] = True
        return self._seen[segments], self._mixed[segments]

    def inspect(self, visible: Visible) -> None:
        """Study the image that is open now; all of its segments are seen without error from here on.

        Args:
            visible: the screen now.

        Raises:
            InputError: no image is open.
        """
        if visible.open_image is None:
            raise InputError("no image is open; the robot has to step OpenImage first")
        self._catch_up(visible)
        rows = np.flatnonzero(visible.alive & (visible.table.image == visible.open_image))
        self._seen[rows], self._mixed[rows] = self._truth(self._counts[rows])
        self.inspected[rows] = True

    def minority(self, segments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The second class of segments that were studied in their image.

        Args:
            segments: int (M,), rows.

        Returns:
            class int16 (M,) and its share of the segment float64 (M,), 0 where there is none.

        Raises:
            InputError: segments of images that were not studied.
        """
        if len(segments) and (np.max(segments) >= len(self.inspected) or not self.inspected[segments].all()):
            raise InputError(
                "a robot asked for the parts of segments it did not study; open their image first"
            )
        counts = self._counts[segments].copy()
        total = counts.sum(1)
        counts[np.arange(len(counts)), counts.argmax(1)] = 0
        return counts.argmax(1).astype(np.int16), counts.max(1) / np.maximum(total, 1)

    def split_clicks(
        self, visible: Visible, segment: int, label: int
    ) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]] | None:
        """Where a person would click to separate a class from the rest of a segment in the open image.

        Args:
            visible: the screen now.
            segment: row of the segment.
            label: index of the class.

        Returns:
            one positive and one negative click, ``(y, x)`` in the image, each the pixel deepest inside its part; None
            where the segment does not hold both.

        Raises:
            InputError: the segment's image is not open.
        """
        image = int(visible.table.image[segment])
        if visible.open_image != image:
            raise InputError(f"image={image} is not open; the robot has to step OpenImage first")
        y0, x0, y1, x1 = visible.table.bbox[segment]
        mask = self._row_map(image)[y0:y1, x0:x1] == segment
        target = self._target(image)[y0:y1, x0:x1]
        wanted, rest = mask & (target == label), mask & (target != label) & (target >= 0)
        if not wanted.any() or not rest.any():
            return None
        return (_deepest(wanted, y0, x0),), (_deepest(rest, y0, x0),)

    def _catch_up(self, visible: Visible) -> None:
        """Count classes of the rows that are new since the last look."""
        total = len(visible.table)
        start = len(self._known)
        grown = total - start
        if grown:
            self._known = np.concatenate([self._known, np.zeros(grown, bool)])
            self._seen = np.concatenate([self._seen, np.full(grown, -1, np.int16)])
            self._mixed = np.concatenate([self._mixed, np.zeros(grown, bool)])
            self.looked_at = np.concatenate([self.looked_at, np.zeros(grown, bool)])
            self.inspected = np.concatenate([self.inspected, np.zeros(grown, bool)])
            self._counts = np.concatenate([self._counts, np.zeros((grown, self._classes), np.int32)])
        new = np.flatnonzero(visible.alive & ~self._known)
        if not len(new):
            return
        for image in np.unique(visible.table.image[new]):
            rows = new[visible.table.image[new] == image]
            self._counts[rows] = self._count(visible, int(image), rows)
        label, mixed = self._truth(self._counts[new])
        counts = self._counts[new]
        majority = counts.max(1) / np.maximum(counts.sum(1), 1)
        rate = self.perception.error(
            visible.table.area[new] / visible.image_area[visible.table.image[new]], majority
        )
        draw = uniform(self._seed, new)
        wrong = draw < rate
        self._seen[new] = np.where(wrong & (label >= 0), self._mistaken(counts, label, draw), label)
        self._mixed[new] = mixed ^ (uniform(self._seed + 1, new) < rate)
        self._known[new] = True

    def _count(self, visible: Visible, image: int, rows: np.ndarray) -> np.ndarray:
        row_map, target = self._row_map(image), self._target(image)
        place = np.full(len(visible.table), -1, np.int32)
        place[rows] = np.arange(len(rows))
        index = place[row_map]
        valid = (index >= 0) & (target >= 0)
        code = index[valid] * self._classes + target[valid]
        return np.bincount(code, minlength=len(rows) * self._classes).reshape(len(rows), self._classes)

    def _truth(self, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = counts.sum(1)
        label = np.where(total > 0, counts.argmax(1), -1).astype(np.int16)
        mixed = total - counts.max(1) >= self.perception.visible_mixture * np.maximum(total, 1)
        return label, mixed & (total > 0)

    def _mistaken(self, counts: np.ndarray, label: np.ndarray, draw: np.ndarray) -> np.ndarray:
        """The class a person takes it for: the second one in the segment, or any other."""
        rest = counts.copy()
        rest[np.arange(len(rest)), np.maximum(label, 0)] = -1
        second = rest.argmax(1)
        other = (
            np.maximum(label, 0) + 1 + (draw * 1e6).astype(np.int64) % max(1, self._classes - 1)
        ) % self._classes
        return np.where(rest.max(1) > 0, second, other).astype(np.int16)


def _deepest(mask: np.ndarray, y0: int, x0: int) -> tuple[int, int]:
    """Pixel farthest from the mask's outside, image coordinates; the first one in row-major order on a tie."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(y + y0), int(x + x0)
