"""What every way of stopping would have given in a click run, as a file beside its results."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.data.errors import InputError, ResultsError
from fsannot.data.stored_arrays import DamagedArraysError, read_arrays
from fsannot.evaluation.rows import write_atomically

FILE = "click_paths.npz"


@dataclass(frozen=True, eq=False)
class ClickPaths:
    """U objects, or images, after 0 to K clicks under each of R rules. One that has no further click keeps what it has.

    Attributes:
        images: (U,) image of each.
        rules: (R,) in words.
        quality: float32 (R, U, K + 1), IoU or agreement, in [0, 1]. Without a click the mask is empty.
        seconds: float64 (R, U, K + 1), human seconds spent on it so far.

    Raises:
        InputError: arrays of another shape, or not finite.
    """

    images: tuple[str, ...]
    rules: tuple[str, ...]
    quality: np.ndarray
    seconds: np.ndarray

    def __post_init__(self) -> None:
        shape = (len(self.rules), len(self.images))
        if (
            self.quality.shape[:2] != shape
            or self.quality.shape != self.seconds.shape
            or 0 in self.quality.shape
        ):
            raise InputError(
                f"quality {self.quality.shape} and seconds {self.seconds.shape} must be {shape}, rules and objects, "
                "each by the number of clicks"
            )
        if self.quality.dtype.kind != "f" or self.seconds.dtype.kind != "f":
            raise InputError(
                f"quality is {self.quality.dtype} and seconds {self.seconds.dtype}, floats are needed"
            )
        if not (np.isfinite(self.quality).all() and np.isfinite(self.seconds).all()):
            raise InputError("quality and seconds must be finite")


def write_click_paths(folder: Path, paths: ClickPaths) -> None:
    """Write ``click_paths.npz`` atomically.

    Args:
        folder: run directory.
        paths: of the run.

    Raises:
        ResultsError: the file cannot be written.
    """
    data = io.BytesIO()
    np.savez_compressed(
        data,
        allow_pickle=False,
        images=np.array(paths.images, np.str_),
        rules=np.array(paths.rules, np.str_),
        quality=paths.quality.astype(np.float32),
        seconds=paths.seconds.astype(np.float64),
    )
    write_atomically(folder / FILE, data.getvalue())


def read_click_paths(folder: Path) -> ClickPaths | None:
    """Read ``click_paths.npz``.

    Args:
        folder: run directory.

    Returns:
        the paths; None where the run has none: it is a session, or a click run of an older version.

    Raises:
        ResultsError: not whole; names the file.
    """
    path = folder / FILE
    if not path.exists():
        return None
    try:
        stored = read_arrays(path, ("images", "rules", "quality", "seconds"))
        images, rules = (tuple(str(name) for name in stored[key].ravel()) for key in ("images", "rules"))
        return ClickPaths(images, rules, stored["quality"], stored["seconds"])
    except (DamagedArraysError, InputError) as error:
        raise ResultsError(f"{path}: half written or of another version ({error}); run again") from error
