"""How long a person needs for clicks."""

from __future__ import annotations

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.clock import Clock


def click_seconds(count: int, clock: Clock) -> float:
    """Human seconds of clicks on one object: a first click, which includes finding the object, and further ones.

    The costs are those of Bearman et al., *What's the Point*, ECCV 2016, as the click literature uses them:
    2.4 + 0.9 (k − 1) seconds for k clicks with the ``human`` clock.

    Args:
        count: number of clicks, 0 or more.
        clock: seconds of a first and of a further click.

    Returns:
        seconds; 0 for no click.

    Raises:
        InputError: ``count`` is negative.
    """
    if count < 0:
        raise InputError(f"count={count} clicks is not valid; it is 0 or more")
    return clock.first_click + clock.further_click * (count - 1) if count else 0.0


def region_curve(regions: np.ndarray, classes: np.ndarray, clock: Clock) -> np.ndarray:
    """Human seconds spent after each click on the regions of an image.

    The first click on a region is a first click, and a change of label is a key; the first label is one, too.

    Args:
        regions: int (K,), region of each click.
        classes: int (R,), class of each region; empty for an object, which needs no label.
        clock: seconds of a first and of a further click, and of a key.

    Returns:
        float64 (K,), rising.

    Examples:
        >>> region_curve(np.array([0, 0, 1]), np.array([4, 7]), Clock()).round(2).tolist()
        [2.68, 3.58, 6.26]
    """
    opens = np.append(True, regions[1:] != regions[:-1])
    seconds = np.where(opens, clock.first_click, clock.further_click)
    if len(classes):
        label = classes[regions]
        seconds = seconds + clock.key * np.append(True, label[1:] != label[:-1])
    return np.cumsum(seconds)


def click_curve(count: int, clock: Clock) -> np.ndarray:
    """Human seconds spent after each click on one object.

    Args:
        count: number of clicks, 0 or more.
        clock: seconds of a first and of a further click.

    Returns:
        float64 (count,), rising.
    """
    return np.array([click_seconds(k, clock) for k in range(1, count + 1)], np.float64)
