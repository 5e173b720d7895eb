"""Position and label of every segment at keyframes of a session, for the report.

``figures/report_data.npz`` holds the arrays of a ``SessionRecord``, ``figures/thumbs/NNN.webp`` its
thumbnails.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.data.stored_arrays import DamagedArraysError, read_arrays
from fsannot.evaluation.rows import RENAMED, write_atomically
from fsannot.runs.thumbnails import SHEET, Atlas

DATA = Path("figures/report_data.npz")
SHEETS = Path("figures/thumbs")
INTEGERS = ("image", "area", "truth", "steps", "labels")
ARRAYS = dict.fromkeys(INTEGERS, "i") | dict.fromkeys(("human_seconds", "positions", "boxes"), "f")


@dataclass(frozen=True, eq=False)
class SessionRecord:
    """N segments at T keyframes. A segment that did not exist, or was not on the canvas, has position NaN.

    Attributes:
        classes: class names by index.
        image_ids: of the session's images, in its order.
        image: int32 (N,), index into ``image_ids``.
        area: int32 (N,), pixels.
        truth: int16 (N,), majority class of the ground truth under the segment, −1 where there is none.
        steps: int32 (T,), actions done so far; rising.
        human_seconds: float64 (T,), human seconds so far, of the whole session.
        positions: float32 (T, N, 2), ``x, y`` on a 1600×1200 canvas, y down.
        labels: int16 (T, N), −1 = unlabelled.
        boxes: float32 (T, 4), ``x0, y0, x1, y1`` drawn by the action that led here, NaN where it drew none.
        actions: (T,), that action in words.

    Raises:
        InputError: an array of another shape or kind, no keyframe, steps that fall, or an index out of its range.
    """

    classes: tuple[str, ...]
    image_ids: tuple[str, ...]
    image: np.ndarray
    area: np.ndarray
    truth: np.ndarray
    steps: np.ndarray
    human_seconds: np.ndarray
    positions: np.ndarray
    labels: np.ndarray
    boxes: np.ndarray
    actions: tuple[str, ...]

    def __post_init__(self) -> None:
        n, t = len(self.image), len(self.steps)
        shapes = {
            "image": (n,), "area": (n,), "truth": (n,), "steps": (t,), "human_seconds": (t,),
            "positions": (t, n, 2), "labels": (t, n), "boxes": (t, 4),
        }  # fmt: skip
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind != ARRAYS[name]:
                raise InputError(
                    f"{name} must be {ARRAYS[name]}-kind {shape}, got {array.dtype} {array.shape}"
                )
        if t == 0 or len(self.actions) != t or (np.diff(self.steps) < 0).any():
            raise InputError(
                f"a record needs keyframes in rising order, each with its action; got {t} keyframes"
            )
        if n and not 0 <= self.image.min() <= self.image.max() < len(self.image_ids):
            raise InputError(
                f"image holds {self.image.min()} to {self.image.max()} of {len(self.image_ids)} ids"
            )
        for name in ("labels", "truth"):
            array = getattr(self, name)
            if array.size and not -1 <= array.min() <= array.max() < len(self.classes):
                raise InputError(
                    f"{name} holds {array.min()} to {array.max()} of {len(self.classes)} classes"
                )


def write_record(folder: Path | str, record: SessionRecord, atlas: Atlas) -> None:
    """Store a record in a run directory; the arrays come last, so a half-written record is no record.

    Args:
        folder: the run directory.
        record: of the session.
        atlas: thumbnails of its segments.

    Raises:
        InputError: the atlas is of another number of segments.
        ResultsError: a file cannot be written.
    """
    if len(atlas.place) != len(record.image):
        raise InputError(f"atlas has places for {len(atlas.place)} segments, the record {len(record.image)}")
    for number, sheet in enumerate(atlas.sheets):
        write_atomically(Path(folder, SHEETS, f"{number:03d}.webp"), sheet)
    words = {
        "classes": record.classes,
        "image_ids": record.image_ids,
        "actions": record.actions,
        "tile": atlas.tile,
        "sheets": len(atlas.sheets),
    }
    arrays = {name: getattr(record, name) for name in ARRAYS}
    data = io.BytesIO()
    np.savez_compressed(
        data,
        allow_pickle=False,
        words=np.frombuffer(json.dumps(words).encode(), np.uint8),
        place=atlas.place,
        **arrays,
    )
    write_atomically(Path(folder, DATA), data.getvalue())


def read_record(folder: Path | str) -> tuple[SessionRecord, Atlas] | None:
    """The record of a run directory and its thumbnails.

    Args:
        folder: the run directory, of this version or version 0.1.

    Returns:
        record and thumbnails; None where the run has none (click baselines).

    Raises:
        ResultsError: truncated, an array missing or of the wrong shape, or a sheet missing; names the file.
    """
    path = Path(folder, DATA)
    if not path.exists():
        return None
    try:
        stored = read_arrays(path)
        words = json.loads(stored.pop("words").tobytes())
        arrays = {RENAMED.get(name, name): array for name, array in stored.items()}
        record = SessionRecord(
            classes=tuple(words["classes"]),
            image_ids=tuple(words["image_ids"]),
            actions=tuple(words["actions"]),
            **{name: arrays[name] for name in ARRAYS},
        )
        sheets = tuple(Path(folder, SHEETS, f"{k:03d}.webp").read_bytes() for k in range(words["sheets"]))
        atlas = Atlas(int(words["tile"]), arrays["place"], sheets)
        if atlas.place.dtype.kind not in "iu" or atlas.place.ndim != 1 or not 0 < atlas.tile <= SHEET:
            raise ValueError("its thumbnails have no places")
    except (
        DamagedArraysError,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ResultsError(f"{path}: half written or of another version ({error}); run again") from error
    per_sheet = (SHEET // atlas.tile) ** 2
    if atlas.place.shape != record.image.shape or atlas.place.max(initial=-1) >= per_sheet * len(sheets):
        raise ResultsError(
            f"{path}: array place does not fit the {len(sheets)} sheets of thumbnails; run again"
        )
    return record, atlas
