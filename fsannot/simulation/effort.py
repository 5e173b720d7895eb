"""Which images an action's seconds were spent on."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import State
from fsannot.simulation.loop import Observer, Step


class EffortLedger(Observer):
    """Shares every action among the images it changed, by the number of segments it changed there.

    An action that changed nothing (a look, a focus, learning) and one that was refused are shared evenly by all
    images, loaded or not.

    Attributes:
        seconds: float64 (images,), human seconds so far.
        actions: float64 (images,), actions so far; sums to their number.
        changed: how many segments the last action changed.
    """

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self.seconds = np.zeros(session.image_total)
        self.actions = np.zeros(session.image_total)
        self.changed = 0

    def step(self, step: Step) -> None:
        share = np.bincount(
            step.after.table.image[changed_segments(step.before, step.after)], minlength=len(self.seconds)
        ).astype(np.float64)
        self.changed = int(share.sum())
        share = share / self.changed if self.changed else np.full(len(share), 1 / len(share))
        self.seconds += step.result.human_seconds * share
        self.actions += share

    def refused(self, reason: str, seconds: float) -> None:
        self.seconds += seconds / len(self.seconds)


def changed_segments(before: State, after: State) -> np.ndarray:
    """Segments that an action changed.

    Args:
        before, after: states around the action; ``after`` has all segments of ``before``, in the same rows.

    Returns:
        bool (N,), segments of ``after`` that got another label, were replaced or are new.
    """
    old = len(before.table)
    changed = np.ones(len(after.table), bool)
    changed[:old] = (before.labels != after.labels[:old]) | (before.alive != after.alive[:old])
    return changed
