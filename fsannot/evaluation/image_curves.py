"""Quality of every image against human seconds: what a paired comparison of two annotators needs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.data.stored_arrays import DamagedArraysError, read_arrays
from fsannot.evaluation.rows import write_atomically

FILE = "image_curves.npz"


@dataclass(frozen=True, eq=False)
class ImageCurves:
    """N images after T moments of a run.

    Attributes:
        images: (N,) ids, in the run's order.
        seconds: float64 (T,), human seconds per image of the run so far; rising.
        quality: float32 (T, N), IoU or agreement of each image, in [0, 1].

    Raises:
        InputError: ``quality`` is of another shape or not finite, or seconds fall.
    """

    images: tuple[str, ...]
    seconds: np.ndarray
    quality: np.ndarray

    def __post_init__(self) -> None:
        if self.seconds.ndim != 1 or self.seconds.dtype.kind != "f" or self.quality.dtype.kind != "f":
            raise InputError(
                f"seconds {self.seconds.dtype} {self.seconds.shape} must be floats (T,), and quality floats"
            )
        shape = (len(self.seconds), len(self.images))
        if self.quality.shape != shape or 0 in shape:
            raise InputError(f"quality must be {shape}, moments and images, got {self.quality.shape}")
        if not (np.diff(self.seconds) >= 0).all() or not np.isfinite(self.quality).all():
            raise InputError("seconds must rise and quality must be finite")

    def of(self, images: Sequence[str]) -> np.ndarray:
        """Quality of some of the images.

        Args:
            images: M ids.

        Returns:
            float32 (T, M), in their order.

        Raises:
            InputError: an image has no curve here.
        """
        position = {image: i for i, image in enumerate(self.images)}
        strangers = [image for image in images if image not in position]
        if strangers:
            raise InputError(f"no curve of image {strangers[0]!r}; the runs are of different images")
        return self.quality[:, [position[image] for image in images]]


def write_image_curves(folder: Path, curves: ImageCurves) -> None:
    """Write ``image_curves.npz`` atomically; moments at which no image changed are left out.

    Args:
        folder: run directory.
        curves: of the run.

    Raises:
        ResultsError: the file cannot be written.
    """
    # the first and the last moment stay, and so does every one before and after a change
    changed = np.r_[True, (np.diff(curves.quality, axis=0) != 0).any(1)]
    keep = changed | np.r_[changed[1:], True]
    data = io.BytesIO()
    np.savez_compressed(
        data,
        allow_pickle=False,
        images=np.array(curves.images, dtype=np.str_),
        seconds=curves.seconds[keep].astype(np.float64),
        quality=curves.quality[keep].astype(np.float32),
    )
    write_atomically(folder / FILE, data.getvalue())


def read_image_curves(folder: Path) -> ImageCurves:
    """Read ``image_curves.npz``.

    Args:
        folder: run directory.

    Returns:
        the curves, without the moments at which no image changed.

    Raises:
        ResultsError: missing or not whole; names the file.
    """
    path = folder / FILE
    try:
        stored = read_arrays(path, ("images", "seconds", "quality"))
        images = tuple(str(name) for name in stored["images"].ravel())
        return ImageCurves(images, stored["seconds"], stored["quality"])
    except FileNotFoundError as error:
        raise ResultsError(
            f"{path}: missing; run again, runs of older versions have no curve of each image"
        ) from error
    except (DamagedArraysError, InputError) as error:
        raise ResultsError(f"{path}: half written or of another version ({error}); run again") from error
