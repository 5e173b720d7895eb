"""Clicks on their way into a network: real-valued after a zoom, mirrored for flip averaging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fsannot.clicks.click import Click


@dataclass(frozen=True)
class Points:
    """Clicks as they were made: ``places`` float64 (N, 2) rows and columns, ``positive`` bool (N,)."""

    places: np.ndarray
    positive: np.ndarray

    @classmethod
    def of(cls, clicks: Sequence[Click]) -> Points:
        places = np.array([(c.y, c.x) for c in clicks], dtype=np.float64).reshape(-1, 2)
        return cls(places, np.array([c.positive for c in clicks], dtype=bool))

    def __len__(self) -> int:
        return len(self.places)

    def first(self, count: int) -> Points:
        return Points(self.places[:count], self.positive[:count])

    def mirrored(self, width: int) -> Points:
        """In the horizontally flipped image of that width."""
        return Points(np.stack([self.places[:, 0], width - self.places[:, 1] - 1], axis=1), self.positive)


def click_slots(batch: Sequence[Points]) -> Tensor:
    """float64 (B, 2, N, 2) as the networks take clicks, (−1, −1) where a list is shorter than the longest."""
    lists = [[p.places[p.positive], p.places[~p.positive]] for p in batch]
    longest = max(1, *(len(places) for pair in lists for places in pair))
    slots = np.full((len(batch), 2, longest, 2), -1.0)
    for b, pair in enumerate(lists):
        for sign, places in enumerate(pair):
            slots[b, sign, : len(places)] = places
    return torch.from_numpy(slots)
