"""Image and label files → arrays, with errors that name the file and the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from fsannot.data.errors import DatasetError

UNKNOWN = -2
"""Entry of a label table for values that must not occur."""

_RESTORE = "restore this file from the dataset's archive"


def read_rgb(path: Path) -> np.ndarray:
    """The image as uint8 (H, W, 3), RGB, in stored orientation (masks are aligned with that, not with EXIF).

    Raises:
        DatasetError: missing, empty, truncated, no image, or more than 8 bits per channel.
    """
    image = _decode(path)
    if image.mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}:
        raise DatasetError(f"{path}: pixel mode {image.mode} is not an 8-bit image; {_RESTORE}")
    return np.asarray(image.convert("RGB"))


def read_labels(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """A label image as int32 (H, W): stored values, or palette indices; three equal channels count as one.

    Args:
        shape: (H, W) of the image it belongs to.

    Raises:
        DatasetError: missing, empty, truncated, no image, of another size, or coloured.
    """
    image = _decode(path)
    if image.mode in {"LA", "PA", "RGB", "RGBA"}:
        channels = np.asarray(image.convert("RGB"))
        if (channels != channels[..., :1]).any():
            raise DatasetError(f"{path}: a coloured image where label values are expected; {_RESTORE}")
        labels = channels[..., 0]
    elif image.mode in {"1", "L", "P", "I", "I;16", "I;16B", "I;16L"}:
        labels = np.asarray(image)
    else:
        raise DatasetError(f"{path}: pixel mode {image.mode} where label values are expected; {_RESTORE}")
    check_size(path, labels.shape[:2], shape)
    return labels.astype(np.int32)


def check_size(path: Path, found: tuple[int, ...], shape: tuple[int, int]) -> None:
    """Raise ``DatasetError`` unless the mask in ``path`` is as large as its image."""
    if tuple(found) != tuple(shape):
        raise DatasetError(
            f"{path}: mask is {found[0]}×{found[1]} (height×width) but its image is {shape[0]}×{shape[1]}; "
            "use images and masks of the same release, neither of them resized"
        )


def label_table(mapping: dict[int, int], size: int = 256) -> np.ndarray:
    """int32 (size,) table from stored value to class index; values not in ``mapping`` become ``UNKNOWN``."""
    table = np.full(size, UNKNOWN, np.int32)
    table[list(mapping)] = list(mapping.values())
    return table


def apply_table(labels: np.ndarray, table: np.ndarray, path: Path, valid: str) -> np.ndarray:
    """Class indices int32 (H, W) of stored ``labels`` (H, W).

    Raises:
        DatasetError: a value is not in the table; names it, its number of pixels and what is ``valid``.
    """
    inside = (labels >= 0) & (labels < len(table))
    target = np.where(inside, table[np.where(inside, labels, 0)], np.int32(UNKNOWN)).astype(np.int32)
    unknown = target == UNKNOWN
    if unknown.any():
        values, counts = np.unique(labels[unknown], return_counts=True)
        shown = ", ".join(f"{v} ({c} pixels)" for v, c in zip(values[:5], counts[:5], strict=True))
        more = f" and {len(values) - 5} more" if len(values) > 5 else ""
        raise DatasetError(f"{path}: unknown label value {shown}{more}; valid are {valid}; {_RESTORE}")
    return target


def binary_target(labels: np.ndarray, path: Path) -> np.ndarray:
    """Target 0/1 int32 (H, W) of a mask stored as 0/255 or as 0/1; any other value is an error."""
    highest = 1 if labels.max(initial=0) <= 1 else 255
    valid = "0 (background) and 255 (object), or 0 and 1"
    return apply_table(labels, label_table({0: 0, highest: 1}), path, valid)


def painted_target(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Target 0/1 int32 (H, W) of a mask whose objects are painted in any colour on black.

    Lossy JPEG masks count from half brightness on, so that artefacts around the object stay background.
    """
    brightest = read_rgb(path).max(axis=2)
    check_size(path, brightest.shape, shape)
    return (brightest > (127 if path.suffix.lower() in {".jpg", ".jpeg"} else 0)).astype(np.int32)


def compact(instances: np.ndarray) -> np.ndarray:
    """The same regions numbered 1..K without gaps, int32 (H, W); 0 stays 0."""
    values = np.unique(instances)
    return np.searchsorted(values[values > 0], instances, side="right").astype(np.int32)


def _decode(path: Path) -> Image.Image:
    try:
        if path.stat().st_size == 0:
            raise DatasetError(f"{path}: the file is empty; {_RESTORE}")
        with Image.open(path) as image:
            image.load()
            return image.copy() if image.mode != "1" else image.convert("1")
    except DatasetError:
        raise
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: the file is gone or a broken link; {_RESTORE}") from error
    except Exception as error:  # a damaged file makes decoders raise almost anything
        raise DatasetError(f"{path}: truncated or not an image ({error}); {_RESTORE}") from error
