"""Masks on disk: one palette PNG per image, whose values are the classes.

In foreground sets 0 is background and 1 the object; what nobody labelled is background. In semantic sets 255 is what
was never labelled. Runs of earlier versions hold grey PNGs, with 255 for what was unlabelled in foreground sets, too;
``read_mask`` reads both.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from fsannot.data.decode import decoded
from fsannot.data.errors import DatasetError, InputError, ResultsError
from fsannot.evaluation.rows import write_atomically
from fsannot.runs.mask_colors import mask_colours

UNLABELLED = 255

Task = Literal["foreground", "semantic"]


def mask_path(folder: Path | str, image_id: str) -> Path:
    """Path of an image's mask, ``<folder>/masks/<image id>.png``.

    Args:
        folder: the run directory.
        image_id: e.g. ``"bear/00000"``.

    Returns:
        the path; the file need not be there.

    Raises:
        InputError: the id leads out of the folder.

    >>> mask_path("outputs/davis", "bear/00000").as_posix()
    'outputs/davis/masks/bear/00000.png'
    """
    return inside(Path(folder, "masks"), image_id + ".png" if image_id else "")


def inside(folder: Path, name: str) -> Path:
    """Path of a file below a folder.

    Args:
        folder: the folder.
        name: relative path, with ``/`` between its parts; of an image's id, so it may be anybody's text.

    Returns:
        the path; the file need not be there.

    Raises:
        InputError: the name leads out of the folder.
    """
    parts = name.split("/")
    if not name or any(part in {"", ".", ".."} for part in parts) or "\0" in name or "\\" in name:
        raise InputError(f"image id {name!r} is not a relative path inside {folder.name}/; rename the image")
    return Path(folder, *parts)


def final_labels(labels: np.ndarray, task: Task) -> np.ndarray:
    """Labels at the end of a run: in foreground sets, unlabelled is background.

    Args:
        labels: int (H, W), class index, −1 = unlabelled.
        task: of the dataset.

    Returns:
        int (H, W); −1 in semantic sets only.
    """
    return np.maximum(labels, 0) if task == "foreground" else labels


def write_mask(folder: Path | str, image_id: str, mask: np.ndarray, *, task: Task) -> None:
    """Store a result mask of a run.

    Args:
        folder: the run directory.
        image_id: e.g. ``"bear/00000"``.
        mask: int (H, W), class index, −1 = unlabelled.
        task: of the dataset; decides how −1 is stored, and the colours.

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
    final = final_labels(mask, task)
    image = Image.fromarray(np.where(final < 0, UNLABELLED, final).astype(np.uint8), "P")
    image.putpalette(mask_colours(task).tobytes())
    png = io.BytesIO()
    image.save(png, "PNG")
    write_atomically(mask_path(folder, image_id), png.getvalue())


def read_mask(folder: Path | str, image_id: str) -> np.ndarray:
    """Mask of an image, of this version or an earlier one.

    Args:
        folder: the run directory.
        image_id: e.g. ``"bear/00000"``.

    Returns:
        int32 (H, W), class index, −1 = unlabelled. Masks of foreground sets hold −1 only where an earlier version
        wrote them.

    Raises:
        ResultsError: missing, not a readable PNG, or a picture in colours instead of classes; names the file.
    """
    path = mask_path(folder, image_id)
    try:
        if not path.exists():
            raise ResultsError(f"{path}: missing; the run is half written, run it again to complete it")
        stored = decoded(path, "run again", formats=("PNG",))
    except DatasetError as error:
        raise ResultsError(str(error)) from error
    if stored.mode not in {"L", "P"}:
        raise ResultsError(
            f"{path}: pixel mode {stored.mode}, a single-channel label image is needed; run again"
        )
    mask = np.asarray(stored).astype(np.int32)
    return np.where(mask == UNLABELLED, -1, mask)


class MaskMapping(Mapping[str, np.ndarray]):
    """Masks by image id, each made when it is asked for.

    Args:
        ids: of the images, in order.
        mask: image id → int (H, W), class index.
    """

    def __init__(self, ids: Sequence[str], mask: Callable[[str], np.ndarray]) -> None:
        self._ids, self._mask = dict.fromkeys(ids), mask

    def __getitem__(self, image_id: str) -> np.ndarray:
        if image_id not in self._ids:
            raise KeyError(image_id)
        return self._mask(image_id)

    def __contains__(self, image_id: object) -> bool:  # that of Mapping would make the mask
        return image_id in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
