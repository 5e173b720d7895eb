"""Quality against human seconds: the curve of a session, the area under it, and the time to reach a level.

Between two points of a curve the quality is that of the earlier one: a mask is as good as the last finished
action left it (step interpolation). Before the first point it is the first point's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.intervals import Interval, paired_interval
from fsannot.evaluation.rows import read_rows, write_rows

UNMEASURED = "none"
"""The measure of images without ground truth."""


@dataclass(frozen=True)
class CurvePoint:
    """Where a session stood after some actions.

    Attributes:
        human_seconds_per_image: human seconds so far, over the images of the run.
        waiting_seconds_per_image: measured seconds the person has waited so far, over the images of the run.
        iou: mean IoU of the masks so far, in [0, 1]; ``None`` for semantic sets.
        agreement: mean pixel agreement so far, in [0, 1]; ``None`` for foreground sets. Both are ``None`` of images
            without ground truth.
        actions: actions or clicks so far, of the whole run.

    Raises:
        InputError: both ``iou`` and ``agreement``, or a number out of its range.
    """

    human_seconds_per_image: float
    waiting_seconds_per_image: float
    iou: float | None
    agreement: float | None
    actions: int | float

    def __post_init__(self) -> None:
        if self.iou is not None and self.agreement is not None:
            raise InputError(
                f"column iou is {self.iou} and agreement is {self.agreement}: a curve has one of them"
            )
        if self.measure != UNMEASURED and not 0.0 <= self.quality <= 1.0:
            raise InputError(f"column {self.measure} is {self.quality}, it must be in [0, 1]")
        if min(self.human_seconds_per_image, self.waiting_seconds_per_image, self.actions) < 0:
            raise InputError(
                "columns human_seconds_per_image, waiting_seconds_per_image and actions must be 0 or more"
            )

    @property
    def measure(self) -> str:
        """``"iou"``, ``"agreement"``, or ``"none"`` of images without ground truth."""
        if self.iou is None and self.agreement is None:
            return UNMEASURED
        return "iou" if self.iou is not None else "agreement"

    @property
    def quality(self) -> float:
        """The measure's value; not a number where nothing is measured."""
        value = self.iou if self.iou is not None else self.agreement
        return float("nan") if value is None else value


def write_curve(path: Path | str, curve: Sequence[CurvePoint]) -> None:
    """Write ``curve.csv`` atomically.

    Args:
        path: of the file.
        curve: points in order of time, all of the same measure.

    Raises:
        InputError: no point, points of two measures (or of one and none), or time or actions fall.
        ResultsError: the file cannot be written.
    """
    _check_curve(curve)
    write_rows(path, CurvePoint, curve)


def read_curve(path: Path | str) -> list[CurvePoint]:
    """Read ``curve.csv``.

    Args:
        path: of the file.

    Returns:
        the points, in order of time.

    Raises:
        ResultsError: missing or not whole; names file, line and column.
    """
    curve = read_rows(path, CurvePoint)
    try:
        _check_curve(curve)
    except InputError as error:
        raise ResultsError(f"{path}: {error}") from error
    return curve


def quality_at(seconds: np.ndarray, quality: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """Quality at given moments, by step interpolation.

    Args:
        seconds: float (T,), rising.
        quality: float (T,) or (T, N), e.g. one column an image.
        at: float (K,) or a scalar, seconds.

    Returns:
        float64 (K,) or (K, N): quality of the last point at or before each moment; before the first point, the first.

    Raises:
        InputError: shapes that do not fit, falling seconds, or values that are not finite.

    >>> import numpy as np
    >>> quality_at(np.array([0.0, 2.0, 5.0]), np.array([0.1, 0.6, 0.9]), np.array([1.0, 2.0, 9.0]))
    array([0.1, 0.6, 0.9])
    """
    seconds, quality = _checked(seconds, quality)
    index = np.searchsorted(seconds, np.asarray(at, float), side="right") - 1
    return quality[np.maximum(index, 0)]


def area_under_curve(seconds: np.ndarray, quality: np.ndarray, until: float) -> np.ndarray:
    """Mean quality over the human time from 0 to ``until``: area under the step curve, divided by ``until``.

    Runs of different length are compared over the same time; a curve that ends earlier keeps its last value.

    Args:
        seconds: float (T,), rising.
        quality: float (T,) or (T, N), in [0, 1].
        until: end of the time, seconds, > 0.

    Returns:
        float64 scalar, or (N,), in [0, 1].

    Raises:
        InputError: ``until`` is not a positive number, or arrays as in ``quality_at``.

    >>> import numpy as np
    >>> float(area_under_curve(np.array([0.0, 5.0]), np.array([0.2, 0.8]), until=10.0))
    0.5
    """
    seconds, quality = _checked(seconds, quality)
    if not np.isfinite(until) or until <= 0:
        raise InputError(f"until is {until}, it must be a positive number of seconds")
    starts = np.minimum(np.concatenate([[0.0], seconds[1:]]), until)  # the first value also holds before it
    widths = np.diff(np.append(starts, until))
    return np.tensordot(widths, quality, axes=1) / until


def seconds_to_reach(seconds: np.ndarray, quality: np.ndarray, level: float) -> float | None:
    """First moment at which the quality reaches a level.

    Args:
        seconds: float (T,), rising.
        quality: float (T,), in [0, 1].
        level: in [0, 1].

    Returns:
        seconds of the first point whose quality is at least ``level``; None where there is none.

    Raises:
        InputError: ``quality`` is not (T,), or ``level`` is outside [0, 1].

    >>> import numpy as np
    >>> seconds_to_reach(np.array([0.0, 2.0, 5.0]), np.array([0.1, 0.6, 0.9]), 0.5)
    2.0
    """
    seconds, quality = _checked(seconds, quality)
    if quality.ndim != 1:
        raise InputError(f"quality must be (T,), got {quality.shape}; take its mean over images first")
    if not 0.0 <= level <= 1.0:
        raise InputError(f"level is {level}, it must be in [0, 1]")
    reached = np.flatnonzero(quality >= level)
    return float(seconds[reached[0]]) if reached.size else None


def area_difference(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    until: float,
    *,
    units: Sequence[object] | None = None,
    seed: int = 0,
) -> Interval:
    """Difference of two areas under the curve with its paired 95 % bootstrap interval over groups or images.

    Args:
        first, second: ``(seconds float (T,), quality float (T, N))`` on the same N images in order; T may differ.
        until: seconds per image up to which both are compared.
        units: (N,) what is drawn together, see ``clusters``; None draws images.
        seed: of the bootstrap.

    Returns:
        the mean over images of first − second; positive = first is better. An interval without 0 says
        that the choice of images does not explain the difference.

    Raises:
        InputError: ``until`` is not positive, or the images are not the same in number.
    """
    a, b = area_under_curve(*first, until), area_under_curve(*second, until)
    return paired_interval(np.atleast_1d(a), np.atleast_1d(b), units=units, seed=seed)


def _checked(seconds: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    seconds, quality = np.asarray(seconds, float), np.asarray(quality, float)
    if seconds.ndim != 1 or seconds.size == 0 or quality.shape[:1] != seconds.shape:
        raise InputError(
            f"seconds must be (T,) and quality (T,) or (T, N), got {seconds.shape} and {quality.shape}"
        )
    if not (np.isfinite(seconds).all() and np.isfinite(quality).all()) or (np.diff(seconds) < 0).any():
        raise InputError("seconds must rise, and seconds and quality must be finite")
    return seconds, quality


def _check_curve(curve: Sequence[CurvePoint]) -> None:
    if not curve:
        raise InputError("a curve needs at least one point")
    if len({point.measure for point in curve}) > 1:
        raise InputError(
            "column iou is filled in some lines and agreement in others; a curve has one of them"
        )
    for name in ("human_seconds_per_image", "waiting_seconds_per_image", "actions"):
        if any(getattr(b, name) < getattr(a, name) for a, b in pairwise(curve)):
            raise InputError(f"column {name} falls; the points of a curve must be in order of time")
