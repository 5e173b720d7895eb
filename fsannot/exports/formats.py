"""The formats there are, and how a whole export is written: all of a format, or nothing of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from fsannot.data.errors import InputError, ResultsError
from fsannot.exports.coco import write_coco
from fsannot.exports.cvat import write_cvat
from fsannot.exports.labelling import Labelling
from fsannot.exports.overlay import write_overlay
from fsannot.exports.panoptic import write_panoptic

FORMATS: dict[str, Callable[[Labelling, Path], Path]] = {
    "coco": write_coco,
    "panoptic": write_panoptic,
    "cvat": write_cvat,
    "overlay": write_overlay,
}
"""Name → what writes it into a folder of its own and returns its main file."""


def write_formats(labelling: Labelling, folder: Path, formats: Iterable[str]) -> dict[str, Path]:
    """Write masks in some formats, each into ``<folder>/<format>``; what an earlier export left there is replaced.

    Args:
        labelling: the images.
        folder: made when missing.
        formats: names in ``FORMATS``.

    Returns:
        format → its main file or folder.

    Raises:
        InputError: no format, one that is not known, or a mask that holds a class without a name.
        ResultsError: a file cannot be written. Formats that were not finished are as they were before.
    """
    names = list(dict.fromkeys(formats))
    unknown = [name for name in names if name not in FORMATS]
    if not names or unknown:
        raise InputError(f"formats={unknown or names} is not valid; choose of {', '.join(FORMATS)}")
    return {name: _whole(labelling, folder, name) for name in names}


def _whole(labelling: Labelling, folder: Path, name: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{name}.", suffix=".part", dir=folder) as temporary:
            made = Path(temporary, name)
            made.mkdir()
            main = FORMATS[name](labelling, made)
            goal = folder / name
            if goal.exists() or goal.is_symlink():
                goal.rename(Path(temporary, "before"))
            made.rename(goal)
            return goal / main.relative_to(made)
    except OSError as error:
        raise ResultsError(
            f"{folder / name}: cannot be written ({error.strerror or error}); name another folder with output=<folder>"
        ) from error
