"""Image and label files → arrays, with errors that name the file and the remedy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import (
    BmpImagePlugin,  # noqa: F401 - a format that is named must be there
    GifImagePlugin,  # noqa: F401
    Image,
    JpegImagePlugin,  # noqa: F401
    PngImagePlugin,  # noqa: F401
    PpmImagePlugin,  # noqa: F401
    TiffImagePlugin,  # noqa: F401
    WebPImagePlugin,  # noqa: F401
)

from fsannot.data.errors import DatasetError

UNKNOWN = -2
"""Entry of a label table for values that must not occur."""

MAX_PIXELS = 89_478_485
"""The most pixels of an image that is read; Pillow's own limit against files that unpack to fill the memory."""
FORMATS = ("JPEG", "PNG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
"""What image and label files may hold, by Pillow's names; others of its readers start programs or are little tried."""

_RESTORE = "restore this file from the dataset's archive"


def read_rgb(path: Path) -> np.ndarray:
    """Read an image in its stored orientation; masks follow that, not the EXIF orientation.

    Args:
        path: an image file that Pillow reads.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        DatasetError: missing, empty, truncated, no image, or more than 8 bits per channel.
    """
    image = decoded(path, _RESTORE)
    if image.mode not in {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr"}:
        raise DatasetError(f"{path}: pixel mode {image.mode} is not an 8-bit image; {_RESTORE}")
    return np.asarray(image.convert("RGB"))


def read_labels(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Read a label image: stored values or palette indices; three equal channels count as one.

    Args:
        path: an image file with one channel.
        shape: (H, W) of the image it belongs to.

    Returns:
        int32 (H, W), the values as stored.

    Raises:
        DatasetError: missing, empty, truncated, no image, of another size, or coloured.
    """
    image = decoded(path, _RESTORE)
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
    """Check that a mask is as large as its image.

    Args:
        path: file of the mask, for the message.
        found: (H, W) of the mask.
        shape: (H, W) of the image.

    Raises:
        DatasetError: the sizes differ.
    """
    if tuple(found) != tuple(shape):
        raise DatasetError(
            f"{path}: mask is {found[0]}×{found[1]} (height×width) but its image is {shape[0]}×{shape[1]}; "
            "use images and masks of the same release, neither of them resized"
        )


def label_table(mapping: dict[int, int], size: int = 256) -> np.ndarray:
    """Lookup table from stored value to class index.

    Args:
        mapping: stored value → class index.
        size: length of the table; every key lies in [0, size).

    Returns:
        int32 (size,); values that are not in ``mapping`` become ``UNKNOWN``.

    Example:
        >>> label_table({0: 0, 255: 1})[[0, 7, 255]]
        array([ 0, -2,  1], dtype=int32)
    """
    table = np.full(size, UNKNOWN, np.int32)
    table[list(mapping)] = list(mapping.values())
    return table


def apply_table(labels: np.ndarray, table: np.ndarray, path: Path, valid: str) -> np.ndarray:
    """Class index of each pixel.

    Args:
        labels: int (H, W), values as stored.
        table: int32 (size,), from ``label_table``.
        path: file of the labels, for the message.
        valid: the valid values in words, for the message.

    Returns:
        int32 (H, W), class indices.

    Raises:
        DatasetError: a value is not in the table; names it, its number of pixels and what is valid.
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
    """Target of a mask stored as 0/255 or as 0/1.

    Args:
        labels: int (H, W), values as stored.
        path: file of the mask, for the message.

    Returns:
        int32 (H, W), 0 = background, 1 = object.

    Raises:
        DatasetError: the mask holds any other value.
    """
    highest = 1 if labels.max(initial=0) <= 1 else 255
    valid = "0 (background) and 255 (object), or 0 and 1"
    return apply_table(labels, label_table({0: 0, highest: 1}), path, valid)


def painted_target(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Target of a mask whose objects are painted in any colour on black.

    In JPEG files a pixel belongs to an object from half brightness on, so that compression artefacts around it
    stay background.

    Args:
        path: file of the mask.
        shape: (H, W) of the image it belongs to.

    Returns:
        int32 (H, W), 0 = background, 1 = object.

    Raises:
        DatasetError: the file cannot be read or has another size.
    """
    brightest = read_rgb(path).max(axis=2)
    check_size(path, brightest.shape, shape)
    return (brightest > (127 if path.suffix.lower() in {".jpg", ".jpeg"} else 0)).astype(np.int32)


def compact(instances: np.ndarray) -> np.ndarray:
    """The same regions, numbered without gaps.

    Args:
        instances: int (H, W), 0 = no instance.

    Returns:
        int32 (H, W), 1..K in the order of the old numbers; 0 stays 0.

    Example:
        >>> compact(np.array([[0, 7], [9, 7]]))
        array([[0, 1],
               [2, 1]], dtype=int32)
    """
    values = np.unique(instances)
    return np.searchsorted(values[values > 0], instances, side="right").astype(np.int32)


def decoded(path: Path, remedy: str, *, formats: tuple[str, ...] = FORMATS) -> Image.Image:
    """Decode an image file.

    Args:
        path: the file.
        remedy: end of the error message.
        formats: what it may hold, by Pillow's names.

    Returns:
        the image, in its own mode.

    Raises:
        DatasetError: missing, empty, truncated, no image of these formats, or of more than ``MAX_PIXELS`` pixels.
    """
    try:
        if path.stat().st_size == 0:
            raise DatasetError(f"{path}: the file is empty; {remedy}")
        with Image.open(path, formats=formats) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise DatasetError(
                    f"{path}: {width}×{height} pixels, at most {MAX_PIXELS / 1e6:.0f} million are read; {remedy}"
                )
            image.load()
            return image.copy() if image.mode != "1" else image.convert("1")
    except DatasetError:
        raise
    except FileNotFoundError as error:
        raise DatasetError(f"{path}: the file is gone or a broken link; {remedy}") from error
    except Exception as error:  # a damaged file makes decoders raise almost anything
        raise DatasetError(f"{path}: truncated or not an image ({error}); {remedy}") from error
