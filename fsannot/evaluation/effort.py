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


@dataclass(frozen=True)
class CurvePoint:
    """Where a session stood after some actions.

    Attributes:
        user_seconds_per_image: human seconds so far, over the images of the run.
        machine_seconds_per_image: measured seconds so far, over the images of the run.
        iou: mean IoU of the masks so far, in [0, 1]; ``None`` for semantic sets.
        agreement: mean pixel agreement so far, in [0, 1]; ``None`` for foreground sets.
        actions: actions or clicks so far, of the whole run.
    """

    user_seconds_per_image: float
    machine_seconds_per_image: float
    iou: float | None
    agreement: float | None
    actions: int | float

    def __post_init__(self) -> None:
        if (self.iou is None) == (self.agreement is None):
            raise InputError(
                f"column iou is {self.iou} and agreement is {self.agreement}: a curve has one of them"
            )
        if not 0.0 <= self.quality <= 1.0:
            raise InputError(f"column {self.measure} is {self.quality}, it must be in [0, 1]")
        if min(self.user_seconds_per_image, self.machine_seconds_per_image, self.actions) < 0:
            raise InputError(
                "columns user_seconds_per_image, machine_seconds_per_image and actions must be 0 or more"
            )

    @property
    def measure(self) -> str:
        """``"iou"`` or ``"agreement"``."""
        return "iou" if self.iou is not None else "agreement"

    @property
    def quality(self) -> float:
        """The measure's value."""
        value = self.iou if self.iou is not None else self.agreement
        return float("nan") if value is None else value


def write_curve(path: Path | str, curve: Sequence[CurvePoint]) -> None:
    """Write ``curve.csv`` atomically. Raises ``InputError`` where time falls, or ``ResultsError``."""
    _check_curve(curve)
    write_rows(path, CurvePoint, curve)


def read_curve(path: Path | str) -> list[CurvePoint]:
    """Read ``curve.csv``. Raises ``ResultsError`` naming file, line and column where it is not whole."""
    curve = read_rows(path, CurvePoint)
    try:
        _check_curve(curve)
    except InputError as error:
        raise ResultsError(f"{path}: {error}") from error
    return curve


def quality_at(seconds: np.ndarray, quality: np.ndarray, at: np.ndarray | float) -> np.ndarray:
    """Step interpolation.

    Args:
        seconds: (T,) rising.
        quality: (T,) or (T, N), e.g. one column per image.
        at: (K,) or scalar, seconds.

    Returns:
        (K,) or (K, N): quality of the last point at or before each of ``at``; before the first, the first.
    """
    seconds, quality = _checked(seconds, quality)
    index = np.searchsorted(seconds, np.asarray(at, float), side="right") - 1
    return quality[np.maximum(index, 0)]


def area_under_curve(seconds: np.ndarray, quality: np.ndarray, until: float) -> np.ndarray:
    """Mean quality over the human time from 0 to ``until``: area under the step curve, divided by ``until``.

    Runs of different length are compared over the same time; a curve that ends earlier keeps its last value.
    In [0, 1]. Arguments as in ``quality_at``; returns a scalar for (T,), (N,) for (T, N).
    """
    seconds, quality = _checked(seconds, quality)
    if not np.isfinite(until) or until <= 0:
        raise InputError(f"until is {until}, it must be a positive number of seconds")
    starts = np.minimum(np.concatenate([[0.0], seconds[1:]]), until)  # the first value also holds before it
    widths = np.diff(np.append(starts, until))
    return np.tensordot(widths, quality, axes=1) / until


def seconds_to_reach(seconds: np.ndarray, quality: np.ndarray, level: float) -> float | None:
    """First moment at which the quality (T,) is at least ``level`` in [0, 1]; ``None`` where it never is."""
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
        first, second: ``(seconds (T,), quality (T, N))`` on the same N images in order; T may differ.
        until: seconds per image up to which both are compared.
        units: (N,) what is drawn together, see ``clusters``; None draws images.
        seed: of the bootstrap.

    Returns:
        the mean over images of first − second; positive = first is better. An interval without 0 says
        that the choice of images does not explain the difference.
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
    for name in ("user_seconds_per_image", "machine_seconds_per_image", "actions"):
        if any(getattr(b, name) < getattr(a, name) for a, b in pairwise(curve)):
            raise InputError(f"column {name} falls; the points of a curve must be in order of time")
