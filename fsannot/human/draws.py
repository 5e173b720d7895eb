"""Random numbers that belong to a thing seen: one fixed draw per segment, whatever else is drawn.

A draw is a hash of what the thing is, not the next number of a generator. So the same thing looks the same in every
process, in every layout, and in whatever order rows appear. The hash is the output function of SplitMix64 (Steele,
Lea and Flood, *Fast splittable pseudorandom number generators*, OOPSLA 2014, doi:10.1145/2660193.2660195).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

_GAMMA = np.uint64(0x9E3779B97F4A7C15)


class Stream(IntEnum):
    """What a draw decides; draws of two streams are independent."""

    SHARED = 1
    """Whether a segment's errors are those of its cluster or its own."""
    NAME = 2
    """Whether a name is wrong."""
    MIXTURE = 3
    """Whether it is misjudged that a segment holds two things."""
    WHICH = 4
    """The wrong name where nothing looks alike."""
    SECOND = 5
    """Whether the second class of a segment is wrong."""
    WHICH_SECOND = 6
    """The wrong second class."""
    CLICK = 7
    """By how much a split click misses the middle."""
    LEADER = 8
    """The order in which segments become leaders of clusters."""


def splitmix64(state: np.ndarray) -> np.ndarray:
    """The output of SplitMix64 after one step from each state.

    Args:
        state: uint64 of any shape.

    Returns:
        uint64 (same shape).
    """
    with np.errstate(over="ignore"):
        x = np.asarray(state).astype(np.uint64) + _GAMMA
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def combine(*columns: np.ndarray | int) -> np.ndarray:
    """One key per row of several whole numbers; their order matters.

    Args:
        columns: integers (N,) or single ones, at least −2⁶³ and below 2⁶⁴.

    Returns:
        uint64 (N,), or 0-d where all columns are single numbers.
    """
    key = np.zeros((), np.uint64)
    for column in columns:
        values = (
            np.uint64(column & 0xFFFFFFFFFFFFFFFF) if isinstance(column, int) else column.astype(np.uint64)
        )
        key = splitmix64(key ^ values)
    return key


def place_key(image: np.ndarray, deepest: np.ndarray) -> np.ndarray:
    """The key of segments by where they are.

    Args:
        image: int (N,), index of the image.
        deepest: int (N, 2), ``y, x`` of the segment's deepest pixel.

    Returns:
        uint64 (N,).
    """
    return combine(image, deepest[:, 0], deepest[:, 1])


def uniform(seed: int, stream: Stream, key: np.ndarray) -> np.ndarray:
    """One draw per key.

    Args:
        seed: of the person.
        stream: what the draw decides.
        key: uint64 (N,).

    Returns:
        float64 (N,) in [0, 1), of 53 random bits.
    """
    return (combine(seed, int(stream), key) >> np.uint64(11)).astype(np.float64) / float(1 << 53)
