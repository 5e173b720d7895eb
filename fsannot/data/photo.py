"""A person's own photograph → array: upright, three channels, 8 bits, however it is stored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fsannot.data.decode import MAX_PIXELS
from fsannot.data.errors import DatasetError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
"""Endings of the files that are taken for photographs."""
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF")
"""What they may hold, by Pillow's names, whatever their ending."""
PLAIN = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr")
DEEP = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_DARK = 4096  # a 12-bit picture in a 16-bit file has no brighter value


def check_photo(path: Path) -> None:
    """Read the head of a photograph and refuse what ``read_photo`` would refuse for it; no pixel is decoded.

    Args:
        path: an image file.

    Raises:
        DatasetError: see :func:`read_photo`; a file whose end is cut off is found by that function only.
    """
    try:
        with _opened(path):
            pass
    except DatasetError:
        raise
    except Exception as error:  # a damaged file makes decoders raise almost anything
        raise _unreadable(path, error) from error


def read_photo(path: Path) -> np.ndarray:
    """Read a photograph as a person sees it.

    It is turned as its EXIF orientation says. Grey, palette and CMYK become RGB; what is transparent shows white;
    16-bit grey is divided by 257. Colour profiles are not applied.

    Args:
        path: JPEG, PNG, WebP or TIFF.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        DatasetError: missing, empty, cut off or no such image; larger than ``MAX_PIXELS``; several frames or pages;
            floating-point, 32-bit or LAB pixels; 16-bit grey that would be nearly black. Names file and remedy.

    Example:
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp(), "grey.png")
        >>> Image.new("L", (6, 4), 200).save(path)
        >>> read_photo(path).shape
        (4, 6, 3)
    """
    try:
        with _opened(path) as image:
            image.load()
            return _rgb(_upright(image), path)
    except DatasetError:
        raise
    except Exception as error:
        raise _unreadable(path, error) from error


def _opened(path: Path) -> Image.Image:
    """The file, its head read and checked."""
    if path.stat().st_size == 0:
        raise DatasetError(f"{path}: the file is empty; copy it again, or take it out of the folder")
    image = Image.open(path, formats=FORMATS)
    try:
        _check_head(image, path)
    except BaseException:
        image.close()
        raise
    return image


def _check_head(image: Image.Image, path: Path) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise DatasetError(
            f"{path}: {width}×{height} are {width * height / 1e6:.0f} million pixels, at most "
            f"{MAX_PIXELS / 1e6:.0f} million are read; scale the image down or cut it into parts"
        )
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format != "MPO":  # a JPEG with previews behind it, as phones write them
        raise DatasetError(
            f"{path}: holds {frames} frames or pages; store the one to annotate as an image of its own"
        )
    if image.mode not in (*PLAIN, *DEEP) and not image.has_transparency_data:
        raise DatasetError(
            f"{path}: pixels of mode {image.mode} have no agreed brightness; store the image with 8 bits a channel"
        )


def _upright(image: Image.Image) -> Image.Image:
    """The image turned as its EXIF orientation says; EXIF that cannot be read says nothing, as in image viewers."""
    try:
        turned = ImageOps.exif_transpose(image)
    except Exception:  # as many kinds as there are ways to damage it
        return image
    return image if turned is None else turned


def _rgb(image: Image.Image, path: Path) -> np.ndarray:
    if image.mode in DEEP:
        return _eight_bits(np.asarray(image), path)
    if image.has_transparency_data:
        seen = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen)
    return np.asarray(image.convert("RGB"))


def _eight_bits(values: np.ndarray, path: Path) -> np.ndarray:
    """uint8 (H, W, 3) of 16-bit grey (H, W)."""
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise DatasetError(
            f"{path}: grey values from {low} to {high}, 0 to 65535 are read; store the image with 8 bits a channel"
        )
    if 0 < high < _DARK:
        raise DatasetError(
            f"{path}: 16-bit grey whose brightest value is {high} of 65535, which would be nearly black; "
            "store the image with 8 bits and the contrast you want"
        )
    grey = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def _unreadable(path: Path, error: Exception) -> DatasetError:
    if isinstance(error, FileNotFoundError):
        return DatasetError(f"{path}: the file is gone or a broken link; take it out of the folder")
    if isinstance(error, Image.DecompressionBombError):
        return DatasetError(
            f"{path}: more than {MAX_PIXELS / 1e6:.0f} million pixels, which are not read; scale the image down or "
            "cut it into parts"
        )
    if isinstance(error, Image.UnidentifiedImageError):
        reason = "no JPEG, PNG, WebP or TIFF image"
    else:
        reason = f"cut off or damaged ({error})"
    return DatasetError(f"{path}: {reason}; store it again as one, or take it out of the folder")
