"""What eyes hold of each segment: its classes, what it looks like, and the keys of its draws."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.alike import Alike, Found, Recall, whole_numbers
from fsannot.human.deepest import deepest_pixels
from fsannot.human.draws import Stream, combine, place_key, uniform
from fsannot.segments.table import SegmentTable

_ROWS = 8192
"""Rows whose reference features are asked for at once."""


class Known:
    """Row i of every array describes segment i; arrays grow with the table. Arguments are those of ``Eyes``.

    Segments of the first partition of an image are compared with one another and with those of all images loaded so
    far. Parts made later are compared with the same ones, and none is compared with a part: what a robot splits does
    not change how anything else looks, and what it undoes and splits again looks as before.

    Attributes:
        counts: int32 (N, classes), pixels of each class.
        label: int16 (N,), most frequent class, −1 where nothing has a class.
        share: float64 (N,), fraction of its image.
        others: float64 (N,), share of another class among the most similar segments.
        confused_with: int16 (N,), the most frequent of those other classes (the one of the nearest on a tie), −1
            where there is none.
        place: uint64 (N,), key of the segment's own draws.
        cell: uint64 (N,), key of the draws of its group, class and cluster.
        image: int32 (N,).
    """

    def __init__(
        self,
        target: Callable[[int], np.ndarray],
        row_map: Callable[[int], np.ndarray],
        features: Callable[[np.ndarray], np.ndarray],
        *,
        groups: np.ndarray,
        classes: int,
        neighbors: int,
        radius: float,
        recall: Recall | None,
    ) -> None:
        self._target, self._row_map, self._features = target, row_map, features
        self._groups, self._classes = groups, classes
        self._alike = Alike(neighbors=neighbors, radius=radius, recall=recall)
        self._exists = np.zeros(0, bool)
        self._alive = np.zeros(0, bool)
        self._bbox = np.zeros((0, 4), np.int32)
        self._cluster = np.zeros(0, np.uint64)
        self._origin = np.zeros(0, np.int32)  # position of the first segment it was once part of
        self._position_label = np.zeros(0, np.int16)
        self._position_place = np.zeros(0, np.uint64)
        self._comparable: dict[int, int] = {}  # image → positions its segments are compared with
        self._maps: dict[int, bytes] = {}  # image → compressed row map as it was last seen
        self.counts = np.zeros((0, classes), np.int32)
        self.label = np.zeros(0, np.int16)
        self.share = np.zeros(0)
        self.others = np.zeros(0)
        self.confused_with = np.zeros(0, np.int16)
        self.place = np.zeros(0, np.uint64)
        self.cell = np.zeros(0, np.uint64)
        self.image = np.zeros(0, np.int32)

    def check(self, rows: np.ndarray) -> np.ndarray:
        """The rows as int64, if all of them can be asked for.

        Args:
            rows: int (M,).

        Returns:
            int64 (M,).

        Raises:
            InputError: not whole numbers (M,), or segments that do not exist (any more).
        """
        rows = np.asarray(rows)
        if rows.ndim != 1 or (rows.dtype.kind not in "iu" and len(rows)):
            raise InputError(f"rows are {rows.dtype} {rows.shape}; whole numbers (M,) are needed")
        rows = rows.astype(np.int64)
        inside = (rows >= 0) & (rows < len(self._exists))
        gone = rows[~inside | ~(self._exists & self._alive)[np.where(inside, rows, 0)]] if len(rows) else rows
        if len(gone):
            raise InputError(
                f"segments {gone[:5].tolist()} do not exist, or extend() was not called since they were made"
            )
        return rows

    def bbox(self, row: int) -> tuple[int, int, int, int]:
        """Bounding box of a segment.

        Args:
            row: of the segment.

        Returns:
            ``y0, x0, y1, x1``, half open, pixels of its image.
        """
        y0, x0, y1, x1 = self._bbox[row].tolist()
        return y0, x0, y1, x1

    def image_of(self, row: int) -> int:
        """Image of a segment.

        Args:
            row: of the segment.

        Returns:
            index of the image.
        """
        return int(self.image[row])

    def extend(self, table: SegmentTable, alive: np.ndarray) -> None:
        """Learn of new segments; call it after every change of a partition, undo included.

        Args:
            table: all segments that ever were, N rows; earlier rows stay what they were.
            alive: bool (N,), False once a segment was replaced by others.

        Raises:
            InputError: fewer rows than before, ``alive`` of another shape or dtype, or an image without a group.
        """
        before = len(self._exists)
        if len(table) < before or alive.shape != (len(table),) or alive.dtype != bool:
            raise InputError(
                f"a table of {len(table)} rows and alive of {alive.dtype} {alive.shape}; at least the {before} rows "
                "known so far and one truth value a row are needed"
            )
        changed = np.concatenate([alive[:before] != self._alive, alive[before:]])
        images = np.unique(table.image[changed])
        if len(images) and images[-1] >= len(self._groups):
            raise InputError(
                f"groups has {len(self._groups)} entries; image={int(images[-1])} needs one as well"
            )
        self._grow(table, alive)
        new = alive & ~self._exists
        first: list[tuple[int, np.ndarray]] = []
        for image in images.tolist():
            rows = np.flatnonzero(new & (self.image == image))
            row_map = self._row_map(image)
            if len(rows):
                deepest = deepest_pixels(row_map, len(table))[rows]
                self._count(image, row_map, rows)
                self.place[rows] = place_key(self.image[rows], deepest)
                if image in self._maps:
                    self._add_parts(image, row_map, rows, deepest)
                else:
                    first.append((image, rows))
            self._maps[image] = zlib.compress(row_map.astype(np.int32).tobytes(), 1)
        if first:
            self._add_images(first)
        self._exists |= new

    def _grow(self, table: SegmentTable, alive: np.ndarray) -> None:
        missing = len(table) - len(self._exists)
        self._alive, self._bbox, self.image = alive.copy(), table.bbox, table.image
        for name, fill in (
            ("_exists", False), ("_cluster", 0), ("_origin", -1), ("counts", 0), ("label", -1), ("share", 0.0),
            ("others", 0.0), ("confused_with", -1), ("place", 0), ("cell", 0),
        ):  # fmt: skip
            old = getattr(self, name)
            more = np.full((missing, *old.shape[1:]), fill, old.dtype)
            setattr(self, name, np.concatenate([old, more]))

    def _count(self, image: int, row_map: np.ndarray, rows: np.ndarray) -> None:
        target = self._target(image)
        index = np.full(len(self._exists) + 1, -1, np.int32)  # the last entry is for pixels of no segment
        index[rows] = np.arange(len(rows))
        of_pixel = index[row_map]
        valid = (of_pixel >= 0) & (target >= 0)
        code = of_pixel[valid].astype(np.int64) * self._classes + target[valid]
        counts = np.bincount(code, minlength=len(rows) * self._classes).reshape(len(rows), self._classes)
        self.counts[rows] = counts
        self.label[rows] = np.where(counts.sum(1) > 0, counts.argmax(1), -1)
        pixels = np.bincount(of_pixel[of_pixel >= 0], minlength=len(rows))
        self.share[rows] = pixels / row_map.size

    def _points(self, rows: np.ndarray) -> np.ndarray:
        blocks = [whole_numbers(self._features(rows[i : i + _ROWS])) for i in range(0, len(rows), _ROWS)]
        return np.concatenate(blocks)

    def _add_images(self, first: list[tuple[int, np.ndarray]]) -> None:
        """Segments of images seen for the first time; in each image in the order of becoming leaders."""
        ordered = []
        for _, rows in first:
            key = self.place[rows]
            ordered.append(rows[np.lexsort((key, uniform(0, Stream.LEADER, key)))])
        rows = np.concatenate(ordered)
        start = len(self._alike)
        self._position_label = np.concatenate([self._position_label, self.label[rows]])
        self._position_place = np.concatenate([self._position_place, self.place[rows]])
        lengths = [len(part) for part in ordered]
        found = self._alike.append(self._points(rows), np.cumsum([0, *lengths[:-1]]))
        self._origin[rows] = np.arange(start, start + len(rows))
        self._comparable |= dict.fromkeys((image for image, _ in first), start + len(rows))
        self._note(rows, found, self._position_place[found.leader])

    def _add_parts(self, image: int, row_map: np.ndarray, rows: np.ndarray, deepest: np.ndarray) -> None:
        """Segments that replace others of an image."""
        old = np.frombuffer(zlib.decompress(self._maps[image]), np.int32).reshape(row_map.shape)
        parent = old[deepest[:, 0], deepest[:, 1]]
        known = (parent >= 0) & self._exists[np.maximum(parent, 0)]
        self._origin[rows] = np.where(known, self._origin[np.maximum(parent, 0)], -1)
        limit = np.full(len(rows), self._comparable[image])
        found = self._alike.find(self._points(rows), limit, self._origin[rows])
        led = self._position_place[np.maximum(found.leader, 0)]
        self._note(rows, found, np.where(found.leader >= 0, led, self.place[rows]))
        heirs = np.flatnonzero(known & self._same_thing(old, row_map, parent, rows))
        of = parent[heirs]
        self.place[rows[heirs]] = self.place[of]
        self._cluster[rows[heirs]] = self._cluster[of]
        self._name_cells(rows[heirs])

    def _same_thing(
        self, old: np.ndarray, row_map: np.ndarray, parent: np.ndarray, rows: np.ndarray
    ) -> np.ndarray:
        """bool (M,): rows that hold at least half of their parent's pixels, at least half of theirs being of it."""
        index = np.full(len(self._exists) + 1, -1, np.int32)
        index[rows] = np.arange(len(rows))
        of_pixel = index[row_map]
        kept = (of_pixel >= 0) & (old == parent[np.maximum(of_pixel, 0)])
        common = np.bincount(of_pixel[kept], minlength=len(rows))
        own = np.bincount(of_pixel[of_pixel >= 0], minlength=len(rows))
        area = np.bincount(old[old >= 0], minlength=int(parent.max(initial=0)) + 1)[np.maximum(parent, 0)]
        return (2 * common >= area) & (2 * common >= own)

    def _note(self, rows: np.ndarray, found: Found, cluster: np.ndarray) -> None:
        self._cluster[rows] = cluster
        self._name_cells(rows)
        if not len(rows):
            return
        nearest, own = found.nearest, self.label[rows]
        label = np.where(nearest >= 0, self._position_label[np.maximum(nearest, 0)], -1)
        other = (label >= 0) & (label != own[:, None])
        self.others[rows] = other.sum(1) / np.maximum((nearest >= 0).sum(1), 1)
        # votes of each class; the nearest decides a tie, so each vote weighs a little more the nearer it is
        votes = np.zeros((len(rows), self._classes), np.int64)
        size = nearest.shape[1]
        for column in range(size):
            at = np.flatnonzero(other[:, column])
            first_time = votes[at, label[at, column]] == 0
            votes[at, label[at, column]] += (size + 1) + first_time * (size - column)
        self.confused_with[rows] = np.where(other.any(1), votes.argmax(1), -1)

    def _name_cells(self, rows: np.ndarray) -> None:
        group = self._groups[self.image[rows]]
        self.cell[rows] = combine(0x9E77, group, self.label[rows], self._cluster[rows])
