"""How often a person takes a segment for something it is not (HUMAN.md, version 2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

import numpy as np

from fsannot.data.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """Error rates of names; every constant is a parameter. Constants without a source are choices.

    The rate of a segment is

    ``min(highest, max(base, alike · s))``,

    where ``base`` is ``error_large`` for at least ``area_large`` of the image and rises linearly in the logarithm of
    the area to ``error_small`` at ``area_small``, times ``mixed_factor`` where the majority is below ``mixed_share``;
    ``s`` is the share of another class among the ``neighbors`` segments most similar. How it is looked at multiplies
    the rate, and so does ``factor``; no rate exceeds ``highest`` after that either, because a person who is right
    less often than a coin would know it.

    Args:
        error_large, error_small: rates, [0, 1]. People name isolated super-pixels worse than TextonBoost (Mottaghi
            et al., CVPR 2013) and err on about 5 % of whole photographs (Russakovsky et al., IJCV 2015).
        area_large, area_small: fractions of the image.
        mixed_share: share of the majority below which a segment is hard to name.
        mixed_factor: how many times more often it is then misjudged.
        alike: weight of look-alikes of another class.
        neighbors: how many of the most similar segments count as look-alikes.
        highest: no rate exceeds it.
        dim, hover, opened: factors for a thumbnail that is a quarter to half visible, for one that is pointed at, and
            in an opened image.
        shared: probability that a segment's errors are those of its cluster.
        visible_mixture: share of the minority from which a person notices that a segment holds two things.
        share_steps: number of equal steps in which a share is known: 4 are quarters.
        jitter: standard deviation of a split click around the deepest pixel, as a fraction of the depth.
        factor: on every error rate; 0 makes no errors.

    Raises:
        InputError: a constant outside its domain; the message names ``perception.<key>``.
    """

    error_large: float = 0.03
    error_small: float = 0.30
    area_large: float = 0.01
    area_small: float = 0.0005
    mixed_share: float = 0.7
    mixed_factor: float = 2.0
    alike: float = 0.5
    neighbors: int = 10
    highest: float = 0.5
    dim: float = 2.0
    hover: float = 0.5
    opened: float = 0.25
    shared: float = 0.5
    visible_mixture: float = 0.25
    share_steps: int = 4
    jitter: float = 0.3
    factor: float = 1.0

    def __post_init__(self) -> None:
        for key in ("error_large", "error_small", "mixed_share", "alike", "highest", "shared"):
            _require(key, getattr(self, key), 0.0, 1.0, "a number in [0, 1]")
        for key in ("hover", "opened"):
            _require(
                key, getattr(self, key), 0.0, 1.0, "a factor in [0, 1]; looking closely does not mislead"
            )
        for key in ("dim", "mixed_factor"):
            _require(key, getattr(self, key), 1.0, math.inf, "a factor of at least 1")
        for key in ("jitter", "factor"):
            _require(key, getattr(self, key), 0.0, math.inf, "a finite number ≥ 0")
        for key in ("area_large", "area_small", "visible_mixture"):
            _require(key, getattr(self, key), 0.0, 1.0, "a share above 0 and at most 1", above=True)
        for key in ("neighbors", "share_steps"):
            value = getattr(self, key)
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise InputError(f"perception.{key}={value!r}: a whole number ≥ 1 is needed")
        if self.area_small >= self.area_large:
            raise InputError(
                f"perception.area_small={self.area_small}: must be below perception.area_large={self.area_large}"
            )

    def base(self, area: np.ndarray, majority: np.ndarray) -> np.ndarray:
        """Rate by size and purity alone.

        Args:
            area: float (N,), fraction of the image.
            majority: float (N,), share of the most frequent class, [0, 1].

        Returns:
            float64 (N,), before ``highest`` and any factor of looking.
        """
        span = math.log(self.area_large) - math.log(self.area_small)
        height = np.clip((math.log(self.area_large) - np.log(np.maximum(area, 1e-12))) / span, 0.0, 1.0)
        rate = self.error_large + (self.error_small - self.error_large) * height
        return np.where(majority < self.mixed_share, self.mixed_factor * rate, rate)

    def rate(
        self,
        area: np.ndarray,
        majority: np.ndarray,
        others: np.ndarray,
        looking: np.ndarray | float = 1.0,
    ) -> np.ndarray:
        """Probability that a name is wrong.

        Args:
            area: float (N,), fraction of the image.
            majority: float (N,), share of the most frequent class, [0, 1].
            others: float (N,), share of another class among the segments most similar, [0, 1].
            looking: factor of how it is looked at, (N,) or one: 1 for a legible thumbnail, ``dim``, ``hover`` or
                ``opened``.

        Returns:
            float64 (N,) in [0, ``highest``].
        """
        plain = np.minimum(self.highest, np.maximum(self.base(area, majority), self.alike * others))
        return np.minimum(self.highest, self.factor * looking * plain)

    def step(self, share: np.ndarray) -> np.ndarray:
        """A share as a person tells it: the nearest multiple of 1 / ``share_steps``, halves up.

        Args:
            share: float (N,) in [0, 1].

        Returns:
            float64 (N,).
        """
        return np.floor(share * self.share_steps + 0.5) / self.share_steps

    def scaled(self, factor: float) -> Confusion:
        """The same person, with every error rate multiplied; ``highest`` stays.

        Args:
            factor: ≥ 0.

        Returns:
            a new error model.

        Raises:
            InputError: a factor that is negative or not finite.
        """
        _require("factor", factor, 0.0, math.inf, "a finite number ≥ 0")
        return replace(self, factor=self.factor * factor)


def _require(key: str, value: object, low: float, high: float, what: str, above: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= float(value) <= high or (above and float(value) == low):  # type: ignore[arg-type]
        raise InputError(f"perception.{key}={value!r}: {what} is needed")


PRESETS: Mapping[str, Confusion] = MappingProxyType(
    {
        "perfect": Confusion(factor=0.0, jitter=0.0),
        "human": Confusion(),
        "human_fast": Confusion().scaled(0.5),
        "human_slow": Confusion().scaled(1.5),
    }
)
"""A person who makes no errors and clicks the middle, the modelled one, and the band given with every headline."""


def preset(name: str) -> Confusion:
    """One of ``PRESETS``.

    Args:
        name: its key.

    Returns:
        the error model.

    Raises:
        InputError: there is none of that name.
    """
    if name not in PRESETS:
        raise InputError(f"perception preset {name!r} does not exist; choose {', '.join(PRESETS)}")
    return PRESETS[name]


def settings(confusion: Confusion) -> dict[str, float]:
    """All constants by name, as a configuration file lists them.

    Args:
        confusion: the error model.

    Returns:
        constant → value, in the order of the class.
    """
    return {field.name: getattr(confusion, field.name) for field in fields(confusion)}
