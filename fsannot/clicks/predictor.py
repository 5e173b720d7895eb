"""The interface of every click predictor."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.clicks.click import Click


class ClickPredictor(metaclass=KeepsArguments):
    """Turns clicks on one image into an object probability. It never sees the ground truth.

    An episode is ``start(image)`` followed by ``predict(clicks)``, each time with all clicks so far.

    Attributes:
        name: short name used in results.
        threshold: a pixel is object where its probability is above it; 0.5 or 0.49, as in the method's own code.
        needs_edges: whether ``start`` needs an edge map.

    Examples:
        A predictor that marks a square around each positive click:

        >>> import numpy as np
        >>> from fsannot.clicks.click import Click
        >>> class Squares(ClickPredictor):
        ...     name = "squares"
        ...     def fingerprint(self):
        ...         return "squares"
        ...     def start(self, image, edge_map=None):
        ...         self.shape = image.shape[:2]
        ...     def predict(self, clicks):
        ...         found = np.zeros(self.shape, np.float32)
        ...         for c in clicks:
        ...             if c.positive:
        ...                 found[max(c.y - 1, 0) : c.y + 2, max(c.x - 1, 0) : c.x + 2] = 1
        ...         return found
        >>> predictor = Squares()
        >>> predictor.start(np.zeros((6, 8, 3), np.uint8))
        >>> float(predictor.predict([Click(2, 3, True)]).sum())
        9.0
    """

    name: str
    threshold: float = 0.5
    needs_edges: bool = False

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of all settings and weights that the output depends on."""

    @abstractmethod
    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        """Begin an episode on an image.

        Args:
            image: uint8 (H, W, 3), RGB.
            edge_map: float32 (H, W) in [0, 1]; needed where ``needs_edges`` is set, else ignored.
        """

    @abstractmethod
    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        """Object probability of each pixel.

        Args:
            clicks: all clicks of the episode, oldest first; at least one.

        Returns:
            float32 (H, W) in [0, 1].
        """
