"""A person's eyes, version 2: the one place where a robot meets the ground truth.

Arrays in, arrays out. The eyes do not know the screen: which rows may be read, and how, is the caller's to say, and
nothing is told about any other row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.alike import RADIUS, Recall
from fsannot.human.confusion import Confusion
from fsannot.human.deepest import depth_of
from fsannot.human.draws import Stream, combine, uniform
from fsannot.human.known import Known
from fsannot.segments.table import SegmentTable

Pixel = tuple[int, int]
"""``(y, x)``."""


class Eyes:
    """What a person would name, with the errors of HUMAN.md §4.

    The same segment looks the same each time. A name that is wrong at a lower rate is wrong at a higher one too: what
    is misread in an opened image is misread by pointing, and what is misread so is misread on the canvas.

    Args:
        target: ``image → int32 (H, W)``, ground truth of the session's images, −1 = ignore.
        row_map: ``image → int32 (H, W)``, the segment each pixel of a loaded image belongs to now.
        features: ``rows int (M,) → float (M, D)``, reference features of segments, unit norm: pooled Lite0, centred,
            whatever features the run uses.
        groups: int (images,), the group (sequence) of each image of the session.
        classes: number of classes.
        confusion: error model.
        seed: of the errors.
        radius: of clusters, cosine distance of projected reference features.
        recall: a store of what looks alike, or None to compute it; it depends on images alone, not on the seed.

    Raises:
        InputError: fewer than one class, groups that are not whole numbers.
    """

    def __init__(
        self,
        target: Callable[[int], np.ndarray],
        row_map: Callable[[int], np.ndarray],
        features: Callable[[np.ndarray], np.ndarray],
        *,
        groups: np.ndarray,
        classes: int,
        confusion: Confusion,
        seed: int = 0,
        radius: float = RADIUS,
        recall: Recall | None = None,
    ) -> None:
        if classes < 1:
            raise InputError(f"classes={classes}: at least one class is needed")
        if groups.ndim != 1 or groups.dtype.kind not in "iu":
            raise InputError(f"groups are {groups.dtype} {groups.shape}; whole numbers (images,) are needed")
        self.confusion = confusion
        self._target, self._row_map, self._features = target, row_map, features
        self._groups, self._classes, self._seed = groups, classes, seed
        self._radius, self._recall = radius, recall
        self.reset()

    def reset(self) -> None:
        """Forget every row and every correction."""
        self._known = Known(
            self._target,
            self._row_map,
            self._features,
            groups=self._groups,
            classes=self._classes,
            neighbors=self.confusion.neighbors,
            radius=self._radius,
            recall=self._recall,
        )
        self._healed = np.zeros(0, np.uint64)

    def extend(self, table: SegmentTable, alive: np.ndarray) -> None:
        """Learn of new segments; call it after every change of a partition, undo included.

        Args:
            table: all segments that ever were, N rows; earlier rows stay what they were.
            alive: bool (N,), False once a segment was replaced by others.

        Raises:
            InputError: fewer rows than before, or an image without a group.
        """
        self._known.extend(table, alive)

    # -- on the canvas

    def read(self, rows: np.ndarray, dim: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read thumbnails on the canvas.

        Args:
            rows: int (M,), living segments.
            dim: bool (M,), which of them are only a quarter to half visible.

        Returns:
            name: int16 (M,), the class a person would name, −1 where nothing has a class;
            mixed: bool (M,), whether a person notices that two classes share the segment.

        Raises:
            InputError: rows that do not exist, or ``dim`` of another shape.
        """
        rows = self._known.check(rows)
        if np.shape(dim) != rows.shape or np.asarray(dim).dtype != bool:
            raise InputError(f"dim must be bool {rows.shape} like rows, got {np.shape(dim)}")
        return self._see(rows, np.where(dim, self.confusion.dim, 1.0))

    def hover(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read thumbnails that are pointed at: they are shown large and in their image.

        Args:
            rows: int (M,), living segments.

        Returns:
            name: int16 (M,), the class a person would name, −1 where nothing has a class;
            mixed: bool (M,), whether a person notices that two classes share the segment.

        Raises:
            InputError: rows that do not exist.
        """
        return self._see(self._known.check(rows), self.confusion.hover)

    # -- in an opened image

    def read_open(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read segments in their opened image.

        Args:
            rows: int (M,), living segments of one image.

        Returns:
            name: int16 (M,), the class a person would name, −1 where nothing has a class;
            mixed: bool (M,), whether a person notices that two classes share the segment.

        Raises:
            InputError: rows that do not exist, or of several images.
        """
        return self._see(self._one_image(rows), self.confusion.opened)

    def correct(self, rows: np.ndarray) -> None:
        """Note that a person corrected segments in their opened image.

        Each of them whose errors are those of its cluster, and which is named right in the opened image, sets the
        cluster right: no member of it in the same group, of the same class, is misnamed by the shared draw again.

        Args:
            rows: int (M,), living segments of one image.
        """
        rows = self._one_image(rows)
        right = (self._known.label[rows] >= 0) & ~self._misnamed(rows, self.confusion.opened)
        healed = self._known.cell[rows][self._follows_cluster(rows) & right]
        self._healed = np.union1d(self._healed, healed)

    def second(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The second class of segments in their opened image.

        It is misnamed as often as a first name there: as one of the classes that are neither first nor second in the
        segment, or not seen at all where there is none. Its share is the nearest multiple of a quarter, halves up; a
        class below an eighth is not seen. Nobody names the same class twice: a second class that is what
        ``read_open`` says is not seen either.

        Args:
            rows: int (M,), living segments of one image.

        Returns:
            class: int16 (M,), −1 where none is seen;
            share: float64 (M,), of the segment, a multiple of a quarter, 0 where none is seen.
        """
        rows = self._one_image(rows)
        name, _ = self._see(rows, self.confusion.opened)
        counts = self._known.counts[rows]
        first, second, part = _two_largest(counts)
        share = self.confusion.step(part / np.maximum(counts.sum(1), 1))
        wrong = self._draw(rows, Stream.SECOND) < self._rate(rows, self.confusion.opened)
        other = _another(self._draw(rows, Stream.WHICH_SECOND), self._classes, first, second)
        found = np.where(wrong, other, second)
        unseen = (share <= 0) | (part == 0) | (found == name)
        found, share = np.where(unseen, -1, found), np.where(unseen | (found < 0), 0.0, share)
        return found.astype(np.int16), share

    def split_clicks(self, row: int, label: int) -> tuple[Pixel, Pixel] | None:
        """Where a person would click to part a class from the rest of a segment in its opened image.

        A click is drawn from the pixels of its part with a chance in proportion to ``exp(−d² / 2σ²)``, d the distance
        to the part's deepest pixel and σ the depth there times ``confusion.jitter``: the distribution of the jittered
        click baselines, after Antonov et al., *RClicks*, NeurIPS 2024 (people miss the middle, by more in larger
        regions).

        Args:
            row: a living segment.
            label: the class to part from the others.

        Returns:
            the positive and the negative click, ``(y, x)`` of the image; None where the segment does not hold both.
        """
        (row,) = self._known.check(np.array([row])).tolist()
        y0, x0, y1, x1 = self._known.bbox(row)
        image = self._known.image_of(row)
        mask = self._row_map(image)[y0:y1, x0:x1] == row
        target = self._target(image)[y0:y1, x0:x1]
        wanted, rest = mask & (target == label), mask & (target != label) & (target >= 0)
        if not wanted.any() or not rest.any():
            return None
        clicks: list[Pixel] = []
        for side, part in enumerate((wanted, rest)):
            key = combine(self._known.place[[row]], label, side)
            y, x = _click(part, self.confusion.jitter, float(uniform(self._seed, Stream.CLICK, key)[0]))
            clicks.append((y + y0, x + x0))
        return clicks[0], clicks[1]

    # -- errors

    def _see(self, rows: np.ndarray, looking: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        label, counts = self._known.label[rows], self._known.counts[rows]
        name = np.where(self._misnamed(rows, looking), self._mistaken(rows), label).astype(np.int16)
        total = counts.sum(1)
        mixed = total - counts.max(1, initial=0) >= self.confusion.visible_mixture * np.maximum(total, 1)
        misjudged = self._draw(rows, Stream.MIXTURE) < self._rate(rows, looking)
        return name, (mixed ^ misjudged) & (label >= 0)

    def _misnamed(self, rows: np.ndarray, looking: np.ndarray | float) -> np.ndarray:
        """bool (M,)"""
        wrong = self._draw(rows, Stream.NAME) < self._rate(rows, looking)
        healed = self._follows_cluster(rows) & np.isin(self._known.cell[rows], self._healed)
        return wrong & ~healed & (self._known.label[rows] >= 0)

    def _rate(self, rows: np.ndarray, looking: np.ndarray | float) -> np.ndarray:
        known, counts = self._known, self._known.counts[rows]
        majority = counts.max(1, initial=0) / np.maximum(counts.sum(1), 1)
        return self.confusion.rate(known.share[rows], majority, known.others[rows], looking)

    def _follows_cluster(self, rows: np.ndarray) -> np.ndarray:
        return uniform(self._seed, Stream.SHARED, self._known.place[rows]) < self.confusion.shared

    def _draw(self, rows: np.ndarray, stream: Stream) -> np.ndarray:
        """float64 (M,): the cluster's draw or the segment's own."""
        key = np.where(self._follows_cluster(rows), self._known.cell[rows], self._known.place[rows])
        return uniform(self._seed, stream, key)

    def _mistaken(self, rows: np.ndarray) -> np.ndarray:
        """The wrong name: what most look-alikes of another class are; else the segment's second class; else any."""
        first, second, part = _two_largest(self._known.counts[rows])
        any_other = _another(self._draw(rows, Stream.WHICH), self._classes, first, first)
        name = np.where(part > 0, second, np.where(any_other >= 0, any_other, first))
        return np.where(self._known.confused_with[rows] >= 0, self._known.confused_with[rows], name)

    def _one_image(self, rows: np.ndarray) -> np.ndarray:
        rows = self._known.check(rows)
        images = np.unique(self._known.image[rows])
        if len(images) > 1:
            raise InputError(f"rows of images {images.tolist()}; only one image is open at a time")
        return rows


def _two_largest(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Most frequent class, second one, and pixels of the second, each (M,), of counts (M, classes)."""
    rest = counts.astype(np.int64)
    first = rest.argmax(1)
    rest[np.arange(len(rest)), first] = -1
    second = rest.argmax(1)
    return first, second, np.maximum(rest[np.arange(len(rest)), second], 0)


def _another(draw: np.ndarray, classes: int, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """int64 (M,): a class by a draw in [0, 1) that is neither of two, which may be the same; −1 where none is left."""
    low, high = np.minimum(one, two), np.maximum(one, two)
    left = classes - 1 - (low != high)
    index = np.floor(draw * np.maximum(left, 1)).astype(np.int64)
    index += index >= low
    index += (index >= high) & (low != high)
    return np.where(left > 0, index, -1)


def _click(part: np.ndarray, jitter: float, draw: float) -> Pixel:
    """A pixel of a mask, around its deepest one; the first in row-major order on a tie."""
    depth = depth_of(part)
    y, x = divmod(int(depth.argmax()), part.shape[1])
    spread = jitter * float(depth[y, x])
    if spread == 0:
        return y, x
    ys, xs = np.nonzero(part)
    chance = np.exp(((ys - y) ** 2 + (xs - x) ** 2) / (-2 * spread**2)).cumsum()
    chosen = min(int(np.searchsorted(chance, draw * chance[-1], side="right")), len(ys) - 1)
    return int(ys[chosen]), int(xs[chosen])
