"""Percentile bootstrap: how far a mean over these images, or these seeds, can be trusted.

Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13: resample the units with
replacement, take the statistic of each resample, and read the interval off its percentiles.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from fsannot.data.errors import InputError

RESAMPLES = 2000
LEVEL = 0.95

Statistic = Callable[..., np.ndarray]
"""``np.mean`` or ``np.median``: takes an array and ``axis``."""


class Interval(NamedTuple):
    """A value with its interval; ``low`` ≤ ``high``, in the unit of the value."""

    value: float
    low: float
    high: float


def bootstrap_interval(
    values: Sequence[float] | np.ndarray,
    *,
    statistic: Statistic = np.mean,
    units: Sequence[object] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """Interval of a statistic of one run, over its groups or images.

    Args:
        values: float (N,), finite, N ≥ 1.
        statistic: ``np.mean``, ``np.median`` or another function of an array and ``axis``.
        units: (N,) what to resample, see :func:`~fsannot.evaluation.clusters.clusters`: frames of one video and
            instances of one image resemble each other, so they are drawn together. By default every value is a unit of
            its own.
        seed: the same seed gives the same interval.
        resamples: how many, ≥ 1.
        level: in (0, 1), e.g. 0.95 for percentiles 2.5 and 97.5.

    Returns:
        the statistic of the values, and the percentiles of its resamples.

    Raises:
        InputError: no value, a value that is not finite, lengths that differ, or a level outside (0, 1).

    >>> bootstrap_interval([0.5, 0.5, 0.5])
    Interval(value=0.5, low=0.5, high=0.5)
    >>> value, low, high = bootstrap_interval([0.2, 0.4, 0.9], seed=0)
    >>> value, low <= value <= high
    (0.5, True)
    """
    array = _checked(values, level, resamples)
    rng = np.random.default_rng(seed)
    if units is None:
        drawn = _drawn(array[None], rng, statistic, resamples)
        return _interval(float(statistic(array, axis=0)), drawn, level)
    members = _members(units, len(array))
    picks = rng.integers(0, len(members), (resamples, len(members)))
    drawn = np.array([statistic(array[np.concatenate([members[i] for i in pick])], axis=0) for pick in picks])
    return _interval(float(statistic(array, axis=0)), drawn, level)


def seed_interval(
    runs: Sequence[Sequence[float]] | np.ndarray,
    *,
    statistic: Statistic = np.mean,
    units: Sequence[object] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """Two-level interval, over seeds *and* groups or images: resamples runs, then units, the same for every run.

    Args:
        runs: float (S, N), one row a seed; columns are the same images in the same order.
        statistic: of one run's values; takes ``axis``.
        units: (N,) of the columns, as in ``bootstrap_interval``.
        seed: of the bootstrap.
        resamples: how many, ≥ 1.
        level: in (0, 1).

    Returns:
        the mean over seeds of the statistic over images, with its interval.

    Raises:
        InputError: ``runs`` is not (S, N), or a value, ``units`` or ``level`` as in ``bootstrap_interval``.
    """
    array = np.asarray(runs, float)
    if array.ndim != 2:
        raise InputError(
            f"runs must be (seeds, images), got {array.shape}; every seed must have the same images"
        )
    _checked(array.ravel(), level, resamples)
    rng = np.random.default_rng(seed)
    if units is None:
        drawn = _drawn(array, rng, statistic, resamples)
    else:
        members = _members(units, len(array[0]))
        drawn = np.empty(resamples)
        for k in range(resamples):
            row = rng.integers(0, len(array), len(array))
            column = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
            drawn[k] = np.mean(statistic(array[np.ix_(row, column)], axis=1))
    return _interval(float(np.mean(statistic(array, axis=1))), drawn, level)


def paired_interval(
    first: Sequence[float] | np.ndarray,
    second: Sequence[float] | np.ndarray,
    *,
    statistic: Statistic = np.mean,
    units: Sequence[object] | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Interval:
    """Interval of ``statistic(first) − statistic(second)`` over the same images.

    An image, or with ``units`` a group of them, is drawn for both sides at once, so what makes it hard for both
    cancels.

    Args:
        first, second: float (N,), the same N images in the same order.
        statistic: of one side's values; takes ``axis``.
        units: (N,) what is drawn together, as in ``bootstrap_interval``.
        seed: of the bootstrap.
        resamples: how many, ≥ 1.
        level: in (0, 1).

    Returns:
        the difference with its interval; positive = first is larger.

    Raises:
        InputError: sides of different length, or values, ``units`` or ``level`` as in ``bootstrap_interval``.

    >>> paired_interval([0.5, 0.75], [0.25, 0.5])
    Interval(value=0.25, low=0.25, high=0.25)
    """
    a, b = _checked(first, level, resamples), _checked(second, level, resamples)
    if a.shape != b.shape:
        raise InputError(
            f"a paired difference needs the same images on both sides, got {a.shape} and {b.shape}"
        )
    rng = np.random.default_rng(seed)
    if units is None:
        picks = rng.integers(0, len(a), (resamples, len(a)))
        drawn = statistic(a[picks], axis=1) - statistic(b[picks], axis=1)
    else:
        members = _members(units, len(a))
        drawn = np.empty(resamples)
        for k in range(resamples):
            rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
            drawn[k] = statistic(a[rows], axis=0) - statistic(b[rows], axis=0)
    return _interval(float(statistic(a, axis=0) - statistic(b, axis=0)), drawn, level)


def _members(units: Sequence[object], values: int) -> list[np.ndarray]:
    """Positions of each unit's values, in order of its first."""
    if len(units) != values:
        raise InputError(f"units must be one per value, got {len(units)} for {values} values")
    rows: dict[object, list[int]] = {}
    for index, unit in enumerate(units):
        rows.setdefault(unit, []).append(index)
    return [np.array(row) for row in rows.values()]


def _drawn(runs: np.ndarray, rng: np.random.Generator, statistic: Statistic, resamples: int) -> np.ndarray:
    """Statistics (resamples,) of resampled rows and columns of ``runs`` (S, N)."""
    seeds, images = runs.shape
    drawn = np.empty(resamples)
    if seeds == 1:
        chunk = max(1, 2**18 // images)  # bounds the memory for any number of images
        for k in range(0, resamples, chunk):
            picks = rng.integers(0, images, (min(chunk, resamples - k), images))
            drawn[k : k + chunk] = statistic(runs[0][picks], axis=1)
        return drawn
    for k in range(resamples):
        row = rng.integers(0, seeds, seeds)
        column = rng.integers(0, images, images)
        drawn[k] = np.mean(statistic(runs[np.ix_(row, column)], axis=1))
    return drawn


def _checked(values: Sequence[float] | np.ndarray, level: float, resamples: int) -> np.ndarray:
    array = np.asarray(values, float)
    if array.ndim != 1 or array.size == 0 or not np.isfinite(array).all():
        raise InputError(f"values must be finite (N,) with N ≥ 1, got shape {array.shape}")
    if not 0 < level < 1 or resamples < 1:
        raise InputError(f"level is {level} and resamples {resamples}; they must be in (0, 1) and ≥ 1")
    return array


def _interval(value: float, drawn: np.ndarray, level: float) -> Interval:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Interval(value, float(low), float(high))
