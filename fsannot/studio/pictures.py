"""Pictures the page asks for: images, the large crop of a segment, and where it is in its image."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from fsannot.annotation.checks import check_image
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError

CROP = 256
"""Longer side of the large crop, and of the image that shows its place, pixels."""
AROUND = 24
"""Pixels of surroundings around a segment in its large crop."""
OUTLINE = (255, 0, 200)
"""Of a segment in its surroundings; white beside it, so that it shows on anything."""


def image_picture(session: AnnotationSession, image: int) -> bytes:
    """An image as the page shows it.

    Args:
        session: the session.
        image: index of a loaded image.

    Returns:
        JPEG.

    Raises:
        InputError: it is not loaded.
    """
    check_image(image, session.state)
    return _encoded(session.engine.images.image(image), "JPEG")


def crop_picture(session: AnnotationSession, segment: int) -> bytes:
    """A segment, large and outlined, in its surroundings.

    Args:
        session: the session.
        segment: row of the segment.

    Returns:
        PNG, longer side ``CROP``.

    Raises:
        InputError: no such segment.
    """
    image, (y0, x0, y1, x1) = _where(session, segment)
    pixels = session.engine.images.image(image)
    h, w = pixels.shape[:2]
    window = (
        slice(max(0, y0 - AROUND), min(h, y1 + AROUND)),
        slice(max(0, x0 - AROUND), min(w, x1 + AROUND)),
    )
    crop, mask = pixels[window], session.row_map(image)[window] == segment
    scale = CROP / max(crop.shape[:2])
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large = np.ascontiguousarray(cv2.resize(crop, size, interpolation=shrink))
    filled = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(filled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(large, contours, -1, (255, 255, 255), 3)
    cv2.drawContours(large, contours, -1, OUTLINE, 1)
    return _encoded(large, "PNG")


def place_picture(session: AnnotationSession, segment: int) -> bytes:
    """The whole image, small, with the box around a segment.

    Args:
        session: the session.
        segment: row of the segment.

    Returns:
        PNG, longer side ``CROP``.

    Raises:
        InputError: no such segment.
    """
    image, (y0, x0, y1, x1) = _where(session, segment)
    pixels = session.engine.images.image(image)
    scale = CROP / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = np.ascontiguousarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    first, second = (int(x0 * scale) - 1, int(y0 * scale) - 1), (int(x1 * scale) + 1, int(y1 * scale) + 1)
    cv2.rectangle(small, first, second, (255, 255, 255), 3)
    cv2.rectangle(small, first, second, OUTLINE, 1)
    return _encoded(small, "PNG")


def _where(session: AnnotationSession, segment: int) -> tuple[int, tuple[int, int, int, int]]:
    table = session.state.table
    if not 0 <= segment < len(table):
        raise InputError(f"segment={segment} does not exist; there are 0 to {len(table) - 1}")
    y0, x0, y1, x1 = (int(v) for v in table.bbox[segment])
    return int(table.image[segment]), (y0, x0, y1, x1)


def _encoded(pixels: np.ndarray, kind: str) -> bytes:
    out = io.BytesIO()
    options: dict[str, int] = {"quality": 93} if kind == "JPEG" else {"compress_level": 1}
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()
