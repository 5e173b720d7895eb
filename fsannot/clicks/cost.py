"""What clicks cost a person."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.clock import Clock


def click_seconds(count: int, clock: Clock) -> float:
    """Human seconds of ``count`` clicks on one object: a first one, visual search included, and further ones.

    Bearman et al., *What's the Point*, ECCV 2016, as the click literature uses it: 2.4 + 0.9 (k − 1) for the
    ``human`` clock.
    """
    if count < 0:
        raise InputError(f"count={count} clicks is not valid; it is 0 or more")
    return clock.first_click + clock.further_click * (count - 1) if count else 0.0


def click_curve(count: int, clock: Clock) -> np.ndarray:
    """Human seconds spent after each of ``count`` clicks on one object, float64 (count,)."""
    return np.array([click_seconds(k, clock) for k in range(1, count + 1)], np.float64)
