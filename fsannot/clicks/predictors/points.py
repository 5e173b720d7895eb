"""Clicks as networks take them: real-valued after a zoom, mirrored for flip averaging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fsannot.clicks.click import Click


@dataclass(frozen=True)
class Points:
    """The places and signs of N clicks, oldest first.

    Attributes:
        places: float64 (N, 2), row and column.
        positive: bool (N,).
    """

    places: np.ndarray
    positive: np.ndarray

    @classmethod
    def of(cls, clicks: Sequence[Click]) -> Points:
        """The points of ``clicks``."""
        places = np.array([(c.y, c.x) for c in clicks], dtype=np.float64).reshape(-1, 2)
        return cls(places, np.array([c.positive for c in clicks], dtype=bool))

    def __len__(self) -> int:
        return len(self.places)

    def first(self, count: int) -> Points:
        """The first ``count`` clicks, or all where there are fewer."""
        return Points(self.places[:count], self.positive[:count])

    def mirrored(self, width: int) -> Points:
        """The clicks in the horizontally flipped image, which is ``width`` pixels wide."""
        return Points(np.stack([self.places[:, 0], width - self.places[:, 1] - 1], axis=1), self.positive)


def click_slots(batch: Sequence[Points]) -> Tensor:
    """Lists of clicks as one tensor, see ``encoding``.

    Args:
        batch: B lists of clicks.

    Returns:
        float64 (B, 2, N, 2): positive and negative clicks, row and column; (−1, −1) where a list is shorter than N.
    """
    lists = [[p.places[p.positive], p.places[~p.positive]] for p in batch]
    longest = max(1, *(len(places) for pair in lists for places in pair))
    slots = np.full((len(batch), 2, longest, 2), -1.0)
    for b, pair in enumerate(lists):
        for sign, places in enumerate(pair):
            slots[b, sign, : len(places)] = places
    return torch.from_numpy(slots)
