"""Each image with its mask over it, to look at."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically, write_rows
from fsannot.exports.labelling import Labelling
from fsannot.progress import counted
from fsannot.report.palette import class_colour, rgb
from fsannot.runs.masks import inside

COLORS = "classes.csv"
STRENGTH = 0.45
"""Share of the class's color."""
QUALITY = 92


@dataclass(frozen=True)
class ClassColor:
    """A line of ``classes.csv``: index, name and color ``#rrggbb`` of a class."""

    index: int
    name: str
    color: str


def write_overlay(labelling: Labelling, folder: Path) -> Path:
    """Write ``<id>.jpg`` for each image, and the colors of the classes in ``classes.csv``.

    Regions of every class but the background are tinted, with a white line around them. Background and unlabelled
    pixels are shown as they are.

    Args:
        labelling: the images.
        folder: made when missing.

    Returns:
        the folder.

    Raises:
        InputError: a mask holds a class without a name, or differs from its image in size.
        ResultsError: a file cannot be written.
    """
    colors = [ClassColor(k, labelling.classes[k], class_colour(k)) for k in labelling.objects]
    for image in counted(labelling.images, "overlay", unit="image"):
        labels, pixels = labelling.read(image), image.image()
        if labels.shape != pixels.shape[:2]:
            raise InputError(
                f"{image.id}: the mask is {labels.shape} and the image {pixels.shape[:2]} (height, width); "
                "restore the image the mask was made of"
            )
        jpeg = io.BytesIO()
        Image.fromarray(tinted(pixels, labels, colors)).save(jpeg, "JPEG", quality=QUALITY)
        write_atomically(inside(folder, f"{image.id}.jpg"), jpeg.getvalue())
    write_rows(folder / COLORS, ClassColor, colors)
    return folder


def tinted(image: np.ndarray, labels: np.ndarray, colors: list[ClassColor]) -> np.ndarray:
    """An image with its labels over it.

    Args:
        image: uint8 (H, W, 3), RGB.
        labels: int (H, W), class of each pixel.
        colors: classes that are shown.

    Returns:
        uint8 (H, W, 3), RGB.
    """
    shown = np.zeros(labels.shape, np.int32)
    out = image.copy()
    for number, entry in enumerate(colors, start=1):
        own = labels == entry.index
        shown[own] = number
        mixed = (1 - STRENGTH) * image[own] + STRENGTH * np.array(rgb(entry.color))
        out[own] = np.rint(mixed).astype(np.uint8)
    line = np.zeros(labels.shape, bool)
    for a, b in (
        ((slice(None), slice(1, None)), (slice(None), slice(-1))),
        ((slice(1, None),), (slice(-1),)),
    ):
        differs = shown[a] != shown[b]
        line[a] |= differs & (shown[a] > 0)
        line[b] |= differs & (shown[b] > 0)
    out[line] = 255
    return out
