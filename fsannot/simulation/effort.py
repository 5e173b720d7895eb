"""Who an action's seconds were spent on."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State


class EffortLedger:
    """Shares every action among the images it changed, by the number of segments it changed there.

    An action that changed nothing (a look, a focus, learning) is shared evenly by all images.

    Args:
        images: number of images of the run, loaded or not.
    """

    def __init__(self, images: int) -> None:
        self.seconds = np.zeros(images)
        """float64 (images,): human seconds so far."""
        self.actions = np.zeros(images)
        """float64 (images,): actions so far; sums to their number."""

    def book(self, before: State, after: State, seconds: float) -> int:
        """Book one action; returns how many segments it changed."""
        old = len(before.table)
        changed = np.ones(len(after.table), bool)
        changed[:old] = (before.labels != after.labels[:old]) | (before.alive != after.alive[:old])
        share = np.bincount(after.table.image[changed], minlength=len(self.seconds)).astype(np.float64)
        total = share.sum()
        share = share / total if total else np.full(len(share), 1 / len(share))
        self.seconds += seconds * share
        self.actions += share
        return int(total)
