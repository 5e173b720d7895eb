"""Masks on disk: one PNG per image, value = class, 255 = unlabelled."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.rows import write_atomically

UNLABELLED = 255


def mask_path(folder: Path | str, image_id: str) -> Path:
    """``<folder>/masks/<image id>.png``. Raises ``InputError`` where the id would leave the folder."""
    parts = image_id.split("/")
    if not image_id or any(part in {"", ".", ".."} for part in parts) or "\0" in image_id or "\\" in image_id:
        raise InputError(f"image id {image_id!r} is not a relative path inside masks/; rename the image")
    return Path(folder, "masks", *parts[:-1], parts[-1] + ".png")


def write_mask(folder: Path | str, image_id: str, mask: np.ndarray) -> None:
    """Store a result mask of a run.

    Args:
        folder: the run directory.
        image_id: e.g. ``"bear/00000"``.
        mask: int (H, W), class index, −1 = unlabelled.

    Raises:
        InputError: not an integer (H, W), or a class above 254.
        ResultsError: it cannot be written.
    """
    if mask.ndim != 2 or mask.dtype.kind not in "iu" or mask.size == 0:
        raise InputError(
            f"{image_id}: mask must be a non-empty integer (H, W), got {mask.dtype} {mask.shape}"
        )
    if mask.min() < -1 or mask.max() >= UNLABELLED:
        raise InputError(
            f"{image_id}: mask holds {mask.min()} to {mask.max()}; classes are 0 to 254, −1 = none"
        )
    png = io.BytesIO()
    Image.fromarray(np.where(mask < 0, UNLABELLED, mask).astype(np.uint8)).save(png, "PNG")
    write_atomically(mask_path(folder, image_id), png.getvalue())


def read_mask(folder: Path | str, image_id: str) -> np.ndarray:
    """int32 (H, W), class index, −1 = unlabelled. Raises ``ResultsError`` naming the file."""
    path = mask_path(folder, image_id)
    try:
        with Image.open(path) as stored:
            mask = np.asarray(stored).astype(np.int32)
    except FileNotFoundError as error:
        raise ResultsError(
            f"{path}: missing; the run is half written, run it again to complete it"
        ) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ResultsError(f"{path}: not a readable PNG ({error}); run again") from error
    if mask.ndim != 2:
        raise ResultsError(f"{path}: must be a single-channel label image, got shape {mask.shape}")
    return np.where(mask == UNLABELLED, -1, mask)
