"""What every edge model offers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError


class EdgeModel(metaclass=KeepsArguments):
    """Image → boundary strength. Subclasses compute; this class checks what goes in and what comes out."""

    name: str
    needs_target: bool = False
    """True only for edges drawn from the ground truth (``PerfectEdges``): ``predict`` cannot serve them."""

    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of everything the output depends on: settings and weights (not device or batch size)."""

    @abstractmethod
    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Edge maps float32 (H, W) in [0, 1] of uint8 (H, W, 3) images of any, also differing, sizes."""

    def predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Edge maps of several images.

        Args:
            images: uint8 (H, W, 3) RGB, sizes may differ.

        Returns:
            one float32 (H, W) in [0, 1] an image, 1 = surely a boundary.

        Raises:
            InputError: an image of another type or shape, or a model that returned NaN or values outside [0, 1].

        Example:
            >>> from fsannot.edges.gradient import Gradient
            >>> image = np.full((6, 9, 3), 128, np.uint8)
            >>> (edge_map,) = Gradient().predict([image])
            >>> edge_map.shape, float(edge_map.max())
            ((6, 9), 0.0)
        """
        for image in images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
                raise InputError(
                    f"{self.name}: images must be uint8 (H, W, 3), got {image.dtype} {image.shape}"
                )
        maps = self._predict(images)
        for image, edge_map in zip(images, maps, strict=True):
            check_edge_map(edge_map, shape=image.shape[:2], source=self.name)
        return maps


def check_edge_map(
    edge_map: np.ndarray, *, shape: tuple[int, ...] | None = None, source: str = "edge map"
) -> None:
    """Check an edge map.

    Args:
        edge_map: what should be float32 (H, W), finite and in [0, 1].
        shape: (H, W) it must have; None for any.
        source: where it comes from, for the message.

    Raises:
        InputError: another type, another shape, or values that are NaN or outside [0, 1].
    """
    if edge_map.ndim != 2 or edge_map.dtype != np.float32 or (shape is not None and edge_map.shape != shape):
        raise InputError(
            f"{source}: expected a float32 map of shape {shape or '(H, W)'}, got {edge_map.dtype} {edge_map.shape}"
        )
    low, high = float(edge_map.min()), float(edge_map.max())
    if not (low >= 0.0 and high <= 1.0):  # also false for NaN
        raise InputError(f"{source}: edge values must be finite and in [0, 1], found range [{low}, {high}]")
