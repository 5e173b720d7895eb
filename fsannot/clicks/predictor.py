"""What every click predictor offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.clicks.click import Click


class ClickPredictor(metaclass=KeepsArguments):
    """Clicks → object probability, for one image at a time. It never sees the ground truth.

    An episode is ``start(image)`` and then ``predict`` with the growing list of all clicks so far.

    Attributes:
        name: short name as it appears in results.
        threshold: a pixel is object where its probability is above it (0.5 or 0.49 by the model's own code).
        needs_edges: whether ``start`` wants an edge map.
    """

    name: str
    threshold: float = 0.5
    needs_edges: bool = False

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of settings and weights the output depends on."""

    @abstractmethod
    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        """Begin an episode on uint8 (H, W, 3) RGB, with its edge map float32 (H, W) where ``needs_edges``."""

    @abstractmethod
    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        """Object probability float32 (H, W) in [0, 1] from all clicks of the episode, oldest first."""
