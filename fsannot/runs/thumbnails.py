"""Thumbnails of segments, and the sheets they are kept on.

A page can show 20,000 thumbnails only if they are a few files: tiles of equal size on square sheets (a sprite
atlas), lossy, and within a budget of bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

SHEET = 1024
"""Side of a sheet, pixels."""
TILES = ((5500, 64), (10000, 48), (20000, 32))
"""Up to so many segments, tiles of so many pixels; above the last, the largest segments only."""
QUALITIES = (75, 60, 45, 30, 20)
BUDGET = 6_000_000
"""Bytes of all sheets together; with base64 a page carries 4/3 of it."""
MARGIN = 6
"""Pixels of surroundings shown around a segment."""
FADE = 0.72
"""How far what is not the segment fades into white."""


@dataclass(frozen=True, eq=False)
class Atlas:
    """Tiles on sheets.

    Attributes:
        tile: side of a tile, pixels.
        place: int32 (N,), number of the segment's tile, −1 where it has none. Tiles run along the rows of a
            sheet, ``(1024 // tile)²`` a sheet.
        sheets: encoded images (WebP).
    """

    tile: int
    place: np.ndarray
    sheets: tuple[bytes, ...]


def segment_thumbnail(
    image: np.ndarray, bbox: np.ndarray, row_map: np.ndarray, row: int | None, size: int = 64
) -> np.ndarray:
    """A segment in its surroundings, which are faded.

    Args:
        image: uint8 (H, W, 3) RGB.
        bbox: ``y0, x0, y1, x1``, half open, pixels.
        row_map: int (H, W), the segment each pixel belongs to.
        row: the segment; ``None`` fades nothing.
        size: side of the thumbnail, pixels.

    Returns:
        uint8 (size, size, 3); the longer side of the crop fills it, the rest is white.
    """
    h, w = image.shape[:2]
    y0, x0, y1, x1 = (int(v) for v in bbox)
    window = (
        slice(max(0, y0 - MARGIN), min(h, y1 + MARGIN)),
        slice(max(0, x0 - MARGIN), min(w, x1 + MARGIN)),
    )
    crop = image[window]
    if row is not None:
        faded = (crop * (1 - FADE) + 255 * FADE).astype(np.uint8)
        crop = np.where((row_map[window] == row)[..., None], crop, faded)
    scale = size / max(crop.shape[:2])
    height, width = (max(1, round(side * scale)) for side in crop.shape[:2])
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    out = np.full((size, size, 3), 255, np.uint8)
    top, left = (size - height) // 2, (size - width) // 2
    out[top : top + height, left : left + width] = cv2.resize(crop, (width, height), interpolation=shrink)
    return out


def build_atlas(area: np.ndarray, thumbnail: Callable[[int, int], np.ndarray], budget: int = BUDGET) -> Atlas:
    """Draw thumbnails onto sheets of at most ``budget`` bytes.

    Args:
        area: int (N,), segment areas: where not all fit, the largest are kept.
        thumbnail: ``(segment, size) → uint8 (size, size, 3)``; called in rising order of segment,
            and again where the smallest have to be left out.
        budget: bytes; quality is lowered first, and the smallest segments dropped only then.

    Returns:
        sheets of equal tiles, and the tile of each segment.
    """
    n = len(area)
    tile = next((tile for limit, tile in TILES if n <= limit), TILES[-1][1])
    by_area = np.argsort(-area, kind="stable")
    count = min(n, TILES[-1][0])
    while True:
        kept = np.sort(by_area[:count])
        drawn = list(_draw(kept, tile, thumbnail))
        sheets = _encode_within(drawn, budget)
        total = sum(map(len, sheets))
        if total <= budget:
            break
        count = int(0.95 * count * budget / total)
    place = np.full(n, -1, np.int32)
    place[kept] = np.arange(len(kept), dtype=np.int32)
    return Atlas(tile, place, tuple(sheets))


def _draw(kept: np.ndarray, tile: int, thumbnail: Callable[[int, int], np.ndarray]) -> Iterator[np.ndarray]:
    """Sheets, uint8 (≤ 1024, 1024, 3)."""
    columns = SHEET // tile
    for start in range(0, len(kept), columns * columns):
        members = kept[start : start + columns * columns]
        sheet = np.full((-(-len(members) // columns) * tile, SHEET, 3), 255, np.uint8)
        for slot, segment in enumerate(members):
            y, x = divmod(slot, columns)
            sheet[y * tile : (y + 1) * tile, x * tile : (x + 1) * tile] = thumbnail(int(segment), tile)
        yield sheet


def _encode_within(drawn: list[np.ndarray], budget: int) -> list[bytes]:
    """The sheets in the best quality that fits, or the lowest one; the first sheet tells which to try."""
    for quality in QUALITIES[:-1]:
        if drawn and len(_encode(drawn[0], quality)) * sum(map(len, drawn)) / len(drawn[0]) > budget:
            continue
        sheets = [_encode(sheet, quality) for sheet in drawn]
        if sum(map(len, sheets)) <= budget:
            return sheets
    return [_encode(sheet, QUALITIES[-1]) for sheet in drawn]


def _encode(sheet: np.ndarray, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
