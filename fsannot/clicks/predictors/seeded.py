"""The base of the predictors without a network: clicks become seeds on a working copy of the image."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal, get_args

import cv2
import numpy as np

from fsannot.clicks.click import Click
from fsannot.clicks.predictor import ClickPredictor
from fsannot.data.errors import InputError
from fsannot.edges.model import check_edge_map

FREE, OBJECT, BACKGROUND = 0, 1, 2
"""Values of a seed map."""

Border = Literal["until_negative", "always", "never"]


class SeededPredictor(ClickPredictor):
    """Base of the seeded methods. Subclasses prepare an image once and turn a map of seeds into probabilities.

    A click is a disk of seeds of its sign; where disks overlap, the later click wins. A seeded method needs both
    signs, but an episode begins with a positive click alone. Therefore the outermost pixels of the image are
    background seeds (right for most objects), below the disks of the clicks. By default they remain when there is a
    negative click, which does not bound the object on its other sides. Without any background seed everything is
    object, and without any object seed nothing is.

    Args:
        size: long side of the working copy, pixels, at least 16; smaller images keep their size. None is full size.
        radius: of a click's disk, pixels of the working copy; 0 is the pixel itself.
        border: when the image border is background: ``"until_negative"``, ``"always"`` or ``"never"``.

    Raises:
        InputError: an option outside its domain.
    """

    def __init__(self, *, size: int | None, radius: int, border: Border) -> None:
        if size is not None and size < 16:
            raise InputError(f"{self.name}: size={size} is not valid; at least 16, or null for full size")
        if radius < 0:
            raise InputError(f"{self.name}: radius={radius} is not valid; pixels, 0 or more")
        if border not in get_args(Border):
            raise InputError(
                f"{self.name}: border={border!r} is not valid; choose {', '.join(get_args(Border))}"
            )
        self.size, self.radius = size, radius
        self.border: Border = border
        self._shape: tuple[int, int] | None = None

    @abstractmethod
    def _settings(self) -> tuple[object, ...]:
        """Settings of the subclass its output depends on."""

    @abstractmethod
    def _prepare(self, image: np.ndarray, edge_map: np.ndarray | None) -> None:
        """Once an episode, on the working copy: uint8 (h, w, 3) and float32 (h, w) in [0, 1]."""

    @abstractmethod
    def _probability(self, seeds: np.ndarray) -> np.ndarray:
        """float32 (h, w) in [0, 1] from a seed map, uint8 (h, w), with both signs and a free pixel in it."""

    def fingerprint(self) -> str:
        """Hex digest of name and settings."""
        settings = (self.name, self.size, self.radius, self.border, *self._settings())
        return hashlib.sha256(repr(settings).encode()).hexdigest()

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        """Begin an episode on an image.

        Args:
            image: uint8 (H, W, 3), RGB.
            edge_map: float32 (H, W) in [0, 1]; needed where ``needs_edges`` is set, else ignored.

        Raises:
            InputError: an image of another type or shape, or an edge map that is missing or does not fit it.
        """
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise InputError(f"{self.name}: image must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
        h, w = image.shape[:2]
        if self.needs_edges:
            if edge_map is None:
                raise InputError(f"{self.name} needs an edge map; set edges= to an edge model")
            check_edge_map(edge_map, shape=(h, w), source=f"{self.name}: edge map")
        else:
            edge_map = None
        scale = 1.0 if self.size is None else min(1.0, self.size / max(h, w))
        self._shape = (h, w)
        self._working = (max(1, round(h * scale)), max(1, round(w * scale)))
        if self._working != (h, w):
            image = cv2.resize(image, self._working[::-1], interpolation=cv2.INTER_AREA)
            if edge_map is not None:
                # averaging rounds above 1 by float32 noise at most
                resized = cv2.resize(edge_map, self._working[::-1], interpolation=cv2.INTER_AREA)
                edge_map = np.minimum(resized, 1.0)
        self._prepare(np.ascontiguousarray(image), edge_map)

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        """Object probability of each pixel.

        Args:
            clicks: all clicks of the episode, oldest first.

        Returns:
            float32 (H, W) in [0, 1].

        Raises:
            InputError: no episode was started, no click, or a click outside the image.
        """
        if self._shape is None:
            raise InputError(f"{self.name}: predict() before start(image)")
        if not clicks:
            raise InputError(f"{self.name}: predict() needs at least one click")
        for click in clicks:
            if not (0 <= click.y < self._shape[0] and 0 <= click.x < self._shape[1]):
                raise InputError(f"{self.name}: {click} lies outside the image of {self._shape} pixels")
        seeds = self._seeds(clicks)
        found = np.bincount(seeds.ravel(), minlength=3)
        if found[FREE] == 0 or found[OBJECT] == 0:
            small = (seeds == OBJECT).astype(np.float32)
        elif found[BACKGROUND] == 0:
            small = np.ones(seeds.shape, np.float32)
        else:
            small = self._probability(seeds)
        if small.shape == self._shape:
            return small
        return cv2.resize(small, self._shape[::-1], interpolation=cv2.INTER_LINEAR)

    def _seeds(self, clicks: Sequence[Click]) -> np.ndarray:
        h, w = self._working
        seeds = np.full((h, w), FREE, np.uint8)
        only_positive = all(c.positive for c in clicks)
        self._stand_in = self.border == "always" or (self.border == "until_negative" and only_positive)
        if self._stand_in:
            seeds[[0, -1], :] = BACKGROUND
            seeds[:, [0, -1]] = BACKGROUND
        for click in clicks:
            y, x = self._to_working(click)
            cv2.circle(seeds, (x, y), self.radius, OBJECT if click.positive else BACKGROUND, cv2.FILLED)
            seeds[y, x] = OBJECT if click.positive else BACKGROUND
        return seeds

    def _to_working(self, click: Click) -> tuple[int, int]:
        assert self._shape is not None
        (h, w), (full_h, full_w) = self._working, self._shape
        return min(h - 1, click.y * h // full_h), min(w - 1, click.x * w // full_w)
