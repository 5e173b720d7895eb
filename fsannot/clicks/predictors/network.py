"""The base of every click predictor with a network: it checks its input and keeps the episode."""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch

from fsannot.clicks.click import Click
from fsannot.clicks.predictor import ClickPredictor
from fsannot.data.errors import InputError
from fsannot.device import resolve_device


class NetworkPredictor(ClickPredictor):
    """Checks image and clicks and keeps the episode; subclasses run their network.

    Such a predictor feeds its own last answer back, so ``predict`` only accepts lists that extend the last one.

    Args:
        threshold: a pixel is object where its probability is above it; between 0 and 1.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<index>``.

    Raises:
        InputError: ``threshold`` is not between 0 and 1.
        DeviceError: the device does not exist.
    """

    def __init__(self, *, threshold: float, device: str) -> None:
        if not 0.0 < threshold < 1.0:
            raise InputError(f"{self.name}: threshold={threshold} is not valid; between 0 and 1")
        self.threshold = threshold
        self.device = resolve_device(device)
        self._shape: tuple[int, int] | None = None
        self._seen: tuple[Click, ...] = ()
        self._fingerprint: str | None = None

    @abstractmethod
    def _settings(self) -> dict[str, object]:
        """Everything but weights that the output depends on, as JSON types."""

    @abstractmethod
    def _weights_digest(self) -> str:
        """Hex digest of the weights."""

    @abstractmethod
    def _begin(self, image: np.ndarray) -> None:
        """Forget the last episode and take uint8 (H, W, 3)."""

    @abstractmethod
    def _probability(self, clicks: Sequence[Click]) -> np.ndarray:
        """float32 (H, W) in [0, 1] from all clicks."""

    def fingerprint(self) -> str:
        """Hex digest of name, settings and weights."""
        if self._fingerprint is None:
            settings = {"name": self.name, "threshold": self.threshold, **self._settings()}
            text = json.dumps({**settings, "weights": self._weights_digest()}, sort_keys=True)
            self._fingerprint = hashlib.sha256(text.encode()).hexdigest()
        return self._fingerprint

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        """Begin an episode on an image.

        Args:
            image: uint8 (H, W, 3), RGB, of any size.
            edge_map: not used.

        Raises:
            InputError: an image of another type or shape.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise InputError(f"{self.name}: image must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
        self._shape = (image.shape[0], image.shape[1])
        self._seen = ()
        with torch.no_grad():
            self._begin(image)

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        """Object probability of each pixel.

        Args:
            clicks: all clicks of the episode, oldest first; they begin with those of the last call.

        Returns:
            float32 (H, W) in [0, 1].

        Raises:
            InputError: no episode was started, no click, a click outside the image, or a list that does not begin
                with the clicks of the last call.
        """
        if self._shape is None:
            raise InputError(f"{self.name}: predict() before start(image)")
        if not clicks:
            raise InputError(f"{self.name}: predict() needs at least one click")
        for click in clicks:
            if not (0 <= click.y < self._shape[0] and 0 <= click.x < self._shape[1]):
                raise InputError(f"{self.name}: {click} lies outside the image of {self._shape} pixels")
        if tuple(clicks[: len(self._seen)]) != self._seen:
            raise InputError(
                f"{self.name}: these clicks do not begin with the {len(self._seen)} of the last call; "
                "within an episode clicks are only added, start(image) anew to change them"
            )
        self._seen = tuple(clicks)
        with torch.no_grad():
            return self._probability(clicks)
