"""What lies on top of the canvas, and what is taken to lie below each thumbnail on top."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.observation import Observation
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.rectangle import RankGrid

UNDERNEATH = 0.7
"""How surely a thumbnail without a visible pixel lies in a box around the visible one nearest to its 32-px cell."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Segments of which a box is drawn around the visible ones; those hidden below come along.

    Attributes:
        whole: M segments.
        top: int (K,), those with a visible pixel, as indices into ``whole``; all of them under version 1 of the human
            model.
        below: int (M − K,), the others.
        under: int (M − K,), the visible one each of them lies under, as an index into ``top``.
    """

    whole: Beliefs
    top: np.ndarray
    below: np.ndarray
    under: np.ndarray

    @classmethod
    def of(cls, observation: Observation, whole: Beliefs) -> Surface:
        """The surface of some segments on the canvas."""
        count, none = len(whole.segments), np.zeros(0, np.int64)
        if observation.visible is None:
            return cls(whole, np.arange(count), none, none)
        visible = observation.visible[whole.segments] > 0
        top, below = np.flatnonzero(visible), np.flatnonzero(~visible)
        if not len(top) or not len(below):
            return cls(whole, top, none, none)
        under = cKDTree(whole.points[top]).query(whole.points[below])[1]
        return cls(whole, top, below, under)

    @cached_property
    def points(self) -> np.ndarray:
        """(K, 2), canvas pixels of the visible ones."""
        return self.whole.points[self.top]

    @cached_property
    def grid(self) -> RankGrid:
        """Of the visible ones."""
        return RankGrid(self.points)

    def gathered(self, value: np.ndarray) -> np.ndarray:
        """float64 (K,): value (M,) of each visible one with what lies below it."""
        own = value[self.top].astype(np.float64)
        if len(self.below):
            own += UNDERNEATH * np.bincount(self.under, value[self.below], minlength=len(self.top))
        return own

    def with_below(self, chosen: np.ndarray) -> np.ndarray:
        """int (L,): some of the visible ones (indices into ``top``) and what lies below, as indices into ``whole``."""
        if not len(self.below):
            return self.top[chosen]
        inside = np.zeros(len(self.top), bool)
        inside[chosen] = True
        return np.concatenate([self.top[chosen], self.below[inside[self.under]]])
