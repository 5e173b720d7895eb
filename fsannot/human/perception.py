"""How often a person misjudges a thumbnail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError


@dataclass(frozen=True)
class Perception:
    """Error rates of a glance at a thumbnail.

    The rate is ``error_large`` for segments of at least ``area_large`` of their image and rises linearly in
    the logarithm of the area to ``error_small`` at ``area_small``; it is multiplied by ``mixed_factor`` for
    segments whose majority is below ``mixed_share``.

    Args:
        error_large, error_small: probabilities in [0, 1].
        area_large, area_small: fractions of the image.
        mixed_share: majority share under which a segment is hard to name.
        mixed_factor: how many times more often it is then misjudged.
        visible_mixture: minority share from which a person notices that a thumbnail holds two things.

    Raises:
        InputError: a rate outside [0, 1], or areas that are not 0 < small < large ≤ 1.
    """

    error_large: float = 0.01
    error_small: float = 0.2
    area_large: float = 0.01
    area_small: float = 0.0005
    mixed_share: float = 0.7
    mixed_factor: float = 2.0
    visible_mixture: float = 0.1

    def __post_init__(self) -> None:
        if not (0 <= self.error_large <= 1 and 0 <= self.error_small <= 1):
            raise InputError(
                f"perception.error_large={self.error_large}, error_small={self.error_small}: probabilities in [0, 1]"
            )
        if not 0 < self.area_small < self.area_large <= 1:
            raise InputError(
                f"perception.area_small={self.area_small}, area_large={self.area_large}: "
                "fractions with 0 < small < large ≤ 1 are needed"
            )

    def error(self, area: np.ndarray, majority: np.ndarray) -> np.ndarray:
        """Probability that a thumbnail is misjudged at a glance.

        Args:
            area: float (N,), fraction of the image.
            majority: float (N,), share of the most frequent class, [0, 1].

        Returns:
            float64 (N,) in [0, 1].
        """
        span = np.log(self.area_large) - np.log(self.area_small)
        height = np.clip((np.log(self.area_large) - np.log(np.maximum(area, 1e-12))) / span, 0, 1)
        rate = self.error_large + (self.error_small - self.error_large) * height
        return np.minimum(np.where(majority < self.mixed_share, self.mixed_factor * rate, rate), 1.0)


def uniform(seed: int, index: np.ndarray) -> np.ndarray:
    """One fixed draw per index, whatever else is drawn (SplitMix64 finaliser).

    Args:
        seed: of the draws.
        index: int (N,), ≥ 0.

    Returns:
        float64 (N,) in [0, 1).
    """
    with np.errstate(over="ignore"):
        x = index.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
        x = (x + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)
