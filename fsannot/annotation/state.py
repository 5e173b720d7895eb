"""The state of a session. Its arrays are replaced, never written into, so that undo and saving are cheap."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from fsannot.data.errors import ResultsError
from fsannot.data.stored_arrays import DamagedArraysError, read_arrays
from fsannot.segments.table import SegmentTable


@dataclass(frozen=True, eq=False)
class State:
    """All of a session but its layouts.

    Attributes:
        table: N segments, dead ones included; a segment keeps its row.
        alive: bool (N,), False once a segment was replaced by others.
        labels: int16 (N,), −1 = unlabelled.
        label_maps: int32 (H, W) per loaded image.
        rows: int32 (values,) per loaded image, value in the label map → row.
    """

    table: SegmentTable
    alive: np.ndarray
    labels: np.ndarray
    label_maps: tuple[np.ndarray, ...]
    rows: tuple[np.ndarray, ...]

    @classmethod
    def empty(cls) -> State:
        """A state without images.

        Returns:
            no rows, no images.
        """
        none = np.zeros(0, np.int32)
        table = SegmentTable(none, none, none, np.zeros((0, 4), np.int32), np.zeros((0, 2), np.float32))
        return cls(table, np.zeros(0, bool), np.zeros(0, np.int16), (), ())

    def row_map(self, image: int) -> np.ndarray:
        """The segment each pixel of a loaded image belongs to.

        Args:
            image: index of a loaded image.

        Returns:
            int32 (H, W), rows of the table.
        """
        return self.rows[image][self.label_maps[image]]

    def with_labels(self, segments: np.ndarray, label: int | np.ndarray) -> State:
        """Give labels to segments.

        Args:
            segments: int (M,), rows.
            label: one for all, or int (M,), one for each; −1 = unlabelled.

        Returns:
            the state after the change.
        """
        labels = self.labels.copy()
        labels[segments] = label
        return replace(self, labels=labels)

    def with_image(self, label_map: np.ndarray) -> State:
        """Add one image, all of its segments unlabelled.

        Args:
            label_map: int32 (H, W), its partition.

        Returns:
            the state after the change.
        """
        image = len(self.label_maps)
        new = SegmentTable.from_label_map(label_map, image)
        lookup = np.full(int(label_map.max()) + 1, -1, np.int32)
        return self._append(
            new, np.full(len(new), -1, np.int16), image, label_map, lookup, dead=np.zeros(0, np.int64)
        )

    def with_partition(
        self, image: int, label_map: np.ndarray, kept: np.ndarray, inherited: np.ndarray
    ) -> State:
        """Replace the partition of one image.

        Args:
            image: index of the image.
            label_map: int32 (H, W), the new partition.
            kept: int32 (values,), per value of the new map the row it continues (same pixels), or −1 for a new segment.
            inherited: int16 (values,), per value of the new map the label a new segment starts with.

        Returns:
            the state after the change.
        """
        new = SegmentTable.from_label_map(label_map, image)
        new = new.select(kept[new.label] < 0)
        before = np.unique(self.rows[image][np.unique(self.label_maps[image])])
        dead = np.setdiff1d(before, kept)
        return self._append(new, inherited[new.label].astype(np.int16), image, label_map, kept.copy(), dead)

    def grown_like(self, later: State) -> State:
        """This state with the rows and images of a later one. The added rows are dead, since a segment keeps its row.

        Args:
            later: a state that came after this one.

        Returns:
            this state, as long as the later one.
        """
        missing = len(later.table) - len(self.table)
        return State(
            later.table,
            np.concatenate([self.alive, np.zeros(missing, bool)]),
            np.concatenate([self.labels, np.full(missing, -1, np.int16)]),
            (*self.label_maps, *later.label_maps[len(self.label_maps) :]),
            (*self.rows, *later.rows[len(self.rows) :]),
        )

    def _append(
        self,
        new: SegmentTable,
        labels: np.ndarray,
        image: int,
        label_map: np.ndarray,
        lookup: np.ndarray,
        dead: np.ndarray,
    ) -> State:
        start = len(self.table)
        lookup[new.label] = np.arange(start, start + len(new), dtype=np.int32)
        alive = np.concatenate([self.alive, np.ones(len(new), bool)])
        alive[dead] = False
        maps, rows = list(self.label_maps), list(self.rows)
        if image == len(maps):
            maps.append(label_map)
            rows.append(lookup)
        else:
            maps[image], rows[image] = label_map, lookup
        return State(
            SegmentTable.concatenate([self.table, new]),
            alive,
            np.concatenate([self.labels, labels]),
            tuple(maps),
            tuple(rows),
        )


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A session between two actions: all that is needed to continue exactly. Layouts and embeddings are stored.

    Attributes:
        state: the present one.
        undo: states before earlier actions, oldest first.
        arrays: further arrays by name.
        settings: further values by name, JSON-ready.
    """

    state: State
    undo: tuple[State, ...]
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)


def save_snapshot(path: Path, snapshot: Snapshot) -> None:
    """Write a snapshot as a NumPy archive without pickles; a broken write leaves the previous file.

    Args:
        path: file to write.
        snapshot: the session.
    """
    out: dict[str, np.ndarray] = {f"array.{k}": v for k, v in snapshot.arrays.items()}
    states = (snapshot.state, *snapshot.undo)
    maps: dict[int, int] = {}  # states share most of their maps: each is stored once
    layout = []
    for state in states:
        parts: dict[str, object] = {"n": len(state.table)}
        names = []
        for array in (*state.label_maps, *state.rows, state.alive, state.labels):
            if id(array) not in maps:
                maps[id(array)] = len(maps)
                out[f"shared.{maps[id(array)]}"] = array
            names.append(maps[id(array)])
        parts["shared"] = names
        layout.append(parts)
    longest = max(states, key=lambda s: len(s.table)).table
    for name in ("image", "label", "area", "bbox", "centroid"):
        out[f"table.{name}"] = getattr(longest, name)
    out["json"] = np.frombuffer(
        json.dumps({"states": layout, "settings": snapshot.settings}).encode(), np.uint8
    )
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as stream:
        np.savez(stream, **out)  # type: ignore[arg-type]
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, path)


def load_snapshot(path: Path) -> Snapshot:
    """Read what ``save_snapshot`` wrote.

    Args:
        path: file to read.

    Returns:
        the snapshot.

    Raises:
        ResultsError: the file is missing, truncated or not a session.
    """
    try:
        content = read_arrays(path)
        record = json.loads(content["json"].tobytes())
        columns = [content[f"table.{n}"] for n in ("image", "label", "area", "bbox", "centroid")]
        states = []
        for parts in record["states"]:
            arrays = [content[f"shared.{i}"] for i in parts["shared"]]
            images = (len(arrays) - 2) // 2
            table = SegmentTable(*(c[: parts["n"]] for c in columns))
            maps, rows = tuple(arrays[:images]), tuple(arrays[images : 2 * images])
            states.append(_checked(State(table, arrays[-2], arrays[-1], maps, rows)))
        others = {k.removeprefix("array."): v for k, v in content.items() if k.startswith("array.")}
        return Snapshot(states[0], tuple(states[1:]), others, record["settings"])
    except (
        DamagedArraysError, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError,
    ) as error:  # fmt: skip
        raise ResultsError(
            f"{path}: not a saved session, or truncated ({error}); start the session again"
        ) from error


def _checked(state: State) -> State:
    """The state, if its arrays fit each other; raises ``ValueError``."""
    n = len(state.table)
    if state.alive.shape != (n,) or state.alive.dtype != bool:
        raise ValueError(f"alive is {state.alive.dtype} {state.alive.shape}, bool ({n},) is needed")
    if state.labels.shape != (n,) or state.labels.dtype != np.int16 or state.labels.min(initial=-1) < -1:
        raise ValueError(
            f"labels are {state.labels.dtype} {state.labels.shape}, int16 ({n},) from −1 are needed"
        )
    if len(state.label_maps) != len(state.rows):
        raise ValueError(f"{len(state.label_maps)} label maps, but rows of {len(state.rows)}")
    for label_map, rows in zip(state.label_maps, state.rows, strict=True):
        if label_map.ndim != 2 or label_map.dtype != np.int32 or rows.ndim != 1 or rows.dtype != np.int32:
            raise ValueError(
                f"a label map is {label_map.dtype} {label_map.shape}, its rows {rows.dtype} {rows.shape}"
            )
        if label_map.min(initial=0) < 0 or label_map.max(initial=0) >= len(rows):
            raise ValueError("a label map has values without a row")
        if rows.min(initial=-1) < -1 or rows.max(initial=-1) >= n or (rows[np.unique(label_map)] < 0).any():
            raise ValueError("rows of a label map are not those of the table")
    return state
