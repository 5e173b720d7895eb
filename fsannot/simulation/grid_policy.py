"""An example of a policy for ``AnnotationEnv``: it knows nothing but the observation."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.robots.rectangle import max_sum_rectangle
from fsannot.simulation.policy import KINDS


class GridPolicy:
    """Draws the box of cells in which one class prevails most, until no box holds ``least`` thumbnails more of it.

    Args:
        task: ``"foreground"`` (background stays unlabelled) or ``"semantic"``.
        caution: how much a thumbnail of another class counts against a right one.
        least: thumbnails by which a class must prevail in a box worth drawing.
    """

    def __init__(self, *, task: str, caution: float = 2.0, least: float = 1.0) -> None:
        self.first_class = 1 if task == "foreground" else 0
        self.caution = caution
        self.least = least

    def __call__(self, observation: dict[str, np.ndarray]) -> dict[str, Any]:
        """The next action.

        Args:
            observation: encoded, see ``ObservationCodec``.

        Returns:
            an action as ``action_space`` describes it.
        """
        action: dict[str, Any] = {
            "kind": KINDS.index("Stop"),
            "box": np.zeros(4, np.float32),
            "label": 0,
            "amount": np.zeros(1, np.float32),
            "option": 0,
        }
        if observation["status"][6] > 0:
            return action | {"kind": KINDS.index("RequestBatch")}
        share = observation["canvas"].astype(np.float64)
        counts = np.rint(share / (1 - share))  # the inverse of n / (n + 1)
        grid = counts.shape[1]
        best = self.least - 1e-9
        for label in range(self.first_class, len(counts) - 3):
            value = counts[label] - self.caution * (counts[-2] - counts[label])
            top, left, bottom, right = max_sum_rectangle(value)
            gain = value[top : bottom + 1, left : right + 1].sum()
            if gain > best:
                best = gain
                inset = 1e-4  # a thumbnail on the line between two cells belongs to the one that begins there
                box = np.array([left, top, right + 1 - inset, bottom + 1 - inset], np.float32) / grid
                action |= {"kind": KINDS.index("LabelBox"), "box": box, "label": label}
        return action
