"""Result rows and summaries: what a run found, as files another program can trust.

``results.csv`` has one row per image or instance, ``summary.json`` the means with their intervals. Human seconds,
waiting and preparation have columns of their own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from fsannot.data.errors import FsannotError, InputError, ResultsError
from fsannot.evaluation.rows import REMEDY, RENAMED, read_rows, write_atomically, write_rows

PROTOCOL_VERSION = "3"
"""Raised when the same run would give other numbers: a changed metric, clock default, selection of images.

3: waiting and preparation are apart; a change of label is a key in clicks on semantic images.
2: every false positive is charged to an instance (Rooftop). 1: those outside all touched components were free.
"""


@dataclass(frozen=True)
class ResultRow:
    """One image, or one instance where the dataset's unit is the instance. ``None`` = not applicable.

    Attributes:
        method: what labelled it, e.g. ``"greedy_box"`` or ``"watershed_clicks"``.
        dataset: the dataset's name.
        group: the image's group.
        image: the image's id.
        instance: 1..K, or ``None`` where the unit is the image, and for an image that holds no instance.
        iou: intersection over union of the object, in [0, 1].
        agreement: fraction of the labelled pixels with the right class, in [0, 1].
        human_seconds: human seconds, modelled by the clock.
        waiting_seconds: measured, from an action to the screen's answer, inside the session.
        preparation_seconds: measured, before the first screen.
        actions: actions or clicks; a fraction where one action served several images and was shared out.
        seed: of the run.
        finished_iou, finished_agreement: the same of the mask after finishing, where the run has a finisher.

    Raises:
        InputError: a name is empty, or a number is out of its range.
    """

    method: str
    dataset: str
    group: str
    image: str
    instance: int | None
    iou: float | None
    agreement: float | None
    human_seconds: float | None
    waiting_seconds: float | None
    preparation_seconds: float | None = field(default=None, kw_only=True)
    actions: int | float | None
    seed: int
    finished_iou: float | None = None
    finished_agreement: float | None = None

    def __post_init__(self) -> None:
        for name in ("method", "dataset", "image"):
            if not getattr(self, name):
                raise InputError(f"{name} is empty; every row names its method, dataset and image")
        _check_numbers(
            self,
            fractions=("iou", "agreement", "finished_iou", "finished_agreement"),
            amounts=("human_seconds", "waiting_seconds", "preparation_seconds", "actions"),
        )


@dataclass(frozen=True)
class Summary:
    """A run in one line. ``None`` = not applicable, and absent from the file.

    Attributes:
        method, dataset, seed: as in the rows.
        protocol_version: ``PROTOCOL_VERSION`` of the program that measured.
        images: number of images.
        segments: segments on the canvas at the end; ``None`` for methods without segments.
        actions: all actions or clicks of the run.
        human_seconds_per_image, waiting_seconds_per_image, preparation_seconds_per_image: means over images. What
            the literature calls time is human and waiting seconds together. Preparation is ``None`` where it is not
            known.
        iou_mean, iou_median: over the rows, in [0, 1]; absent, as all quality is, of images without ground truth.
        agreement: mean over the rows, in [0, 1].
        miou: of semantic sets, mean IoU of the classes the ground truth has, over all pixels of all images, in
            [0, 1].
        iou_per_class: of semantic sets, by class name; ``None`` (null in the file) for a class the ground truth
            of these images does not have, which is no part of ``miou``.
        iou_bound, agreement_bound: what the partition allows at best.
        finisher: name of what made masks of the labels; ``None`` where the masks are the labels.
        finished_iou_mean, finished_agreement, finished_miou: of the masks after finishing; without ``finished_`` the
            same of the labels.
        finishing_seconds_per_image: measured, a mean; no part of ``waiting_seconds_per_image``.
        *_ci: 95 % bootstrap interval, (low, high); by class name for ``iou_per_class``.
        ci_over: what the intervals draw, ``"groups"`` or ``"images"``: see ``fsannot.evaluation.clusters``. ``None`` in
            runs of older versions, which drew images.

    Raises:
        InputError: no image, or a number out of its range.
    """

    method: str
    dataset: str
    seed: int
    images: int
    actions: int | float
    human_seconds_per_image: float
    waiting_seconds_per_image: float
    preparation_seconds_per_image: float | None = field(default=None, kw_only=True)
    segments: int | None = None
    iou_mean: float | None = None
    iou_median: float | None = None
    agreement: float | None = None
    miou: float | None = None
    iou_per_class: dict[str, float | None] | None = None
    iou_bound: float | None = None
    agreement_bound: float | None = None
    iou_mean_ci: tuple[float, float] | None = None
    iou_median_ci: tuple[float, float] | None = None
    agreement_ci: tuple[float, float] | None = None
    miou_ci: tuple[float, float] | None = None
    iou_per_class_ci: dict[str, tuple[float, float] | None] | None = None
    human_seconds_per_image_ci: tuple[float, float] | None = None
    waiting_seconds_per_image_ci: tuple[float, float] | None = None
    ci_over: str | None = None
    finisher: str | None = None
    finished_iou_mean: float | None = None
    finished_agreement: float | None = None
    finished_miou: float | None = None
    finished_iou_mean_ci: tuple[float, float] | None = None
    finished_agreement_ci: tuple[float, float] | None = None
    finished_miou_ci: tuple[float, float] | None = None
    finishing_seconds_per_image: float | None = None
    protocol_version: str = PROTOCOL_VERSION

    def __post_init__(self) -> None:
        if self.images < 1:
            raise InputError(f"images is {self.images}, a summary needs at least one")
        _check_numbers(
            self,
            fractions=(
                "iou_mean",
                "iou_median",
                "agreement",
                "miou",
                "iou_bound",
                "agreement_bound",
                "finished_iou_mean",
                "finished_agreement",
                "finished_miou",
            ),
            amounts=(
                "actions",
                "segments",
                "human_seconds_per_image",
                "waiting_seconds_per_image",
                "preparation_seconds_per_image",
                "finishing_seconds_per_image",
            ),
        )
        for name, value in (self.iou_per_class or {}).items():
            if value is not None and not 0.0 <= value <= 1.0:
                raise InputError(f"iou_per_class of {name} is {value!r}, it must be in [0, 1], or empty")


def write_results(path: Path | str, rows: Sequence[ResultRow]) -> None:
    """Write ``results.csv`` atomically; identical rows give identical bytes.

    Args:
        path: of the file.
        rows: one an image or instance.

    Raises:
        ResultsError: the file cannot be written.
    """
    write_rows(path, ResultRow, rows)


def read_results(path: Path | str) -> list[ResultRow]:
    """Read ``results.csv``.

    Args:
        path: of the file.

    Returns:
        its rows, at least one.

    Raises:
        ResultsError: missing, not whole or without a row; names file, line and column.
    """
    rows = read_rows(path, ResultRow)
    if not rows:
        raise ResultsError(f"{path}: holds no row; the run that wrote it evaluated no image")
    return rows


def write_summary(path: Path | str, summary: Summary) -> None:
    """Write ``summary.json`` atomically; keys that do not apply are absent.

    Args:
        path: of the file.
        summary: of the run.

    Raises:
        ResultsError: the file cannot be written.
    """
    values = {key: _plain(value) for key, value in asdict(summary).items() if value is not None}
    write_atomically(
        path, (json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    )


def read_summary(path: Path | str) -> Summary:
    """Read ``summary.json``.

    Args:
        path: of the file.

    Returns:
        the summary.

    Raises:
        ResultsError: missing, half written, a key missing or of the wrong type; names file and key.
    """
    values = {RENAMED.get(key, key): value for key, value in read_json(path).items()}
    hints = get_type_hints(Summary)
    defaults = {f.name for f in fields(Summary) if f.default is not MISSING} - {"protocol_version"}
    for key in hints:
        if key not in values and key not in defaults:
            raise ResultsError(f"{path}: key {key} is missing; write it again with this version of fsannot")
    for key, value in values.items():
        if key not in hints:
            raise ResultsError(
                f"{path}: key {str(key)[:60]!r} is not known; known are {', '.join(hints)}; {REMEDY}"
            )
        if not _fits(value, hints[key]):
            raise ResultsError(f"{path}: key {key} is {repr(value)[:60]}, it must be {hints[key]}; {REMEDY}")
    values = {key: _tuples(value) for key, value in values.items()}
    try:
        return Summary(**values)
    except FsannotError as error:
        raise ResultsError(f"{path}: {error}; {REMEDY}") from error


def read_json(path: Path | str) -> dict[str, Any]:
    """Read a file that holds a JSON object.

    Args:
        path: of the file.

    Returns:
        its keys and values.

    Raises:
        ResultsError: missing, half written or something else; names the file.
    """
    path = Path(path)
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ResultsError(f"{path}: missing; the run that should have written it did not finish") from error
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(f"{path}: half written or not JSON ({error}); run again to complete it") from error
    if not isinstance(values, dict):
        raise ResultsError(f"{path}: must hold a JSON object, got {type(values).__name__}; {REMEDY}")
    return values


def check_protocol(summaries: Sequence[Summary], names: Sequence[str]) -> None:
    """Refuse to show runs of different protocol versions together; any datasets will do.

    Args:
        summaries: of the runs.
        names: how to call each in the message, e.g. its run directory.

    Raises:
        ResultsError: names the first run that differs from the first one.
    """
    for name, summary in zip(names[1:], summaries[1:], strict=True):
        first, other = summaries[0].protocol_version, summary.protocol_version
        if first != other:
            raise ResultsError(
                f"{name} has protocol_version {other!r}, {names[0]} has {first!r}: they cannot be in one table; "
                "run the older again"
            )


def _check_numbers(row: Any, fractions: tuple[str, ...], amounts: tuple[str, ...]) -> None:
    for name in (*fractions, *amounts):
        value = getattr(row, name)
        if value is None:
            continue
        top = 1.0 if name in fractions else math.inf
        if not math.isfinite(value) or not 0.0 <= value <= top:
            valid = "in [0, 1]" if name in fractions else "0 or more"
            raise InputError(f"column {name} is {value!r}, it must be finite and {valid}, or empty")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, dict):
        return {key: _plain(v) for key, v in value.items()}
    return value.item() if hasattr(value, "item") else value


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(v) for key, v in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _fits(value: Any, hint: Any) -> bool:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    for kind in kinds:
        if kind is NoneType and value is None:
            return True
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            return True
        if kind in (int, str) and isinstance(value, kind) and not isinstance(value, bool):
            return True
        if get_origin(kind) is dict:
            if isinstance(value, dict) and all(_fits(v, get_args(kind)[1]) for v in value.values()):
                return True
        elif get_args(kind) and isinstance(value, list):  # an interval
            return len(value) == 2 and all(_fits(v, float) for v in value)
    return False
