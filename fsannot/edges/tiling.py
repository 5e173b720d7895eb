"""Images beyond the memory limit, in overlapping tiles whose seams do not show."""

from __future__ import annotations

import hashlib
import itertools
import logging
from collections.abc import Sequence

import numpy as np

from fsannot.data.errors import DeviceMemoryError, InputError
from fsannot.edges.model import EdgeModel

log = logging.getLogger(__name__)


class Tiled(EdgeModel):
    """Runs a model on tiles of an image that is too large for it, and blends their maps.

    Images of up to ``max_pixels`` pass through untouched. Others are covered with evenly spaced square
    tiles. Neighboring tiles share at least ``overlap`` pixels: of the smallest overlap, the outer
    quarter of each tile is discarded (there the model saw a border that is none), and over the half in
    between the weight moves gradually from one tile to the other. The map is therefore continuous, and a
    hierarchy built on it sees no seam. Tiles are computed one at a time, so memory is bounded by one tile
    and the map itself. Where the device has no room even so, images that did not fit go in tiles, and tiles
    with half the side, as long as they overlap enough; each step is logged as a warning.

    Args:
        model: any edge model.
        max_pixels: largest image, in pixels, that goes through the model in one piece.
        tile: side of a tile, pixels.
        overlap: pixels neighboring tiles share at the least; about the model's receptive field.

    Raises:
        InputError: ``max_pixels``, ``tile`` or ``overlap`` outside its range.
    """

    def __init__(
        self, model: EdgeModel, max_pixels: int = 4_194_304, tile: int = 1536, overlap: int = 256
    ) -> None:
        if max_pixels < 1:
            raise InputError(f"tiling: max_pixels={max_pixels} is not valid; it must be at least 1")
        if overlap < 4 or tile < 2 * overlap:
            raise InputError(
                f"tiling: tile={tile}, overlap={overlap} is not valid; "
                "overlap must be at least 4 pixels and tile at least twice the overlap"
            )
        self.model = model
        self.max_pixels, self.tile, self.overlap = max_pixels, tile, overlap
        self._max_pixels, self._side = max_pixels, tile  # in use: less once the device ran out of memory
        self.name = model.name

    def fingerprint(self) -> str:
        settings = f"tiled v1 {self.max_pixels} {self.tile} {self.overlap} {self.model.fingerprint()}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        maps: dict[int, np.ndarray] = {}
        whole = [i for i, image in enumerate(images) if _pixels(image) <= self._max_pixels]
        if whole:
            try:
                maps = dict(zip(whole, self.model.predict([images[i] for i in whole]), strict=True))
            except DeviceMemoryError as error:
                self._max_pixels = max(_pixels(images[i]) for i in whole) - 1
                log.warning("%s; continuing in tiles above %d pixels", error, self._max_pixels)
                return self._predict(images)
        return [maps[i] if i in maps else self._in_tiles(image) for i, image in enumerate(images)]

    def _in_tiles(self, image: np.ndarray) -> np.ndarray:
        """The image's map from tiles that fit the device."""
        while True:
            try:
                return self._blend(image)
            except DeviceMemoryError as error:
                if self._side // 2 < 2 * self.overlap:
                    raise DeviceMemoryError(
                        f"{error}; tiles of {self._side} px do not fit, and overlap={self.overlap} px allows none "
                        "of half the side: set a smaller overlap"
                    ) from error
                self._side //= 2
                log.warning("%s; continuing with tiles of %d px", error, self._side)

    def _blend(self, image: np.ndarray) -> np.ndarray:
        h, w = image.shape[:2]
        total = np.zeros((h, w), np.float32)
        weight = np.zeros((h, w), np.float32)
        spans = list(itertools.product(self._spans(h), self._spans(w)))
        tiles = [image[top:bottom, left:right] for (top, bottom), (left, right) in spans]
        for ((top, bottom), (left, right)), edge_map in zip(spans, self.model.predict(tiles), strict=True):
            ramp = np.outer(self._ramp(top, bottom, h), self._ramp(left, right, w))
            total[top:bottom, left:right] += ramp * edge_map
            weight[top:bottom, left:right] += ramp
        return np.clip(total / weight, 0.0, 1.0)

    def _spans(self, length: int) -> list[tuple[int, int]]:
        """Evenly spaced intervals of at most a tile's side that cover ``length`` and overlap enough."""
        if length <= self._side:
            return [(0, length)]
        count = -(-(length - self.overlap) // (self._side - self.overlap))
        starts = np.linspace(0, length - self._side, count).round().astype(int)
        return [(int(s), int(s) + self._side) for s in starts]

    def _ramp(self, start: int, stop: int, length: int) -> np.ndarray:
        """Weight of each row or column of a tile, float32; tapers only where another tile continues."""
        discard, rise = self.overlap // 4, self.overlap // 2
        position = np.arange(stop - start, dtype=np.float32) + 0.5
        ramp = np.ones_like(position)
        if start > 0:
            ramp = np.minimum(ramp, (position - discard) / rise)
        if stop < length:
            ramp = np.minimum(ramp, (stop - start - position - discard) / rise)
        return np.clip(ramp, 0.0, 1.0)


def _pixels(image: np.ndarray) -> int:
    return image.shape[0] * image.shape[1]
