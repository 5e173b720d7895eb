"""Which files of a folder are photographs: a search that stays below the folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from fsannot.data.errors import DatasetError
from fsannot.data.photo import SUFFIXES

RUN_FILES = {"provenance.json", "trace.jsonl"}
"""Any of them makes a folder a run directory, whose masks are no photographs."""


@dataclass(frozen=True)
class Photo:
    """A file that may be a photograph.

    Attributes:
        path: below the root, with ``/`` between its parts.
        group: the folder it lies in, below the root; ``.`` for the root.
    """

    path: str
    group: str


def find_photos(root: Path) -> tuple[list[Photo], list[str]]:
    """Search a folder and the folders in it, in the order of names.

    Args:
        root: the folder.

    Returns:
        files with an ending of ``SUFFIXES``, and the names of all others; neither has hidden files, hidden folders
        (names that begin with ``.``, ``__`` or ``@``) or what lies in run directories.

    Raises:
        DatasetError: a folder cannot be listed, or a link leads out of the root; names it.
    """
    real = root.resolve()
    photos: list[Photo] = []
    others: list[str] = []
    waiting = [""]
    while waiting:
        below = waiting.pop()
        entries = _listed(root / below)
        if below and any(entry.name in RUN_FILES for entry in entries):
            continue
        folders = []
        for entry in entries:
            if entry.name.startswith((".", "__", "@")):
                continue
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_symlink():
                _check_inside(Path(entry.path), real)
            if entry.is_dir():
                if not entry.is_symlink():  # what it leads to is searched where it lies
                    folders.append(path)
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:
                photos.append(Photo(path, below or "."))
            else:
                others.append(entry.name)
        waiting += reversed(folders)
    return sorted(photos, key=lambda photo: (photo.group != ".", photo.group, photo.path)), others


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be listed ({error.strerror}); check its permissions") from error


def _check_inside(link: Path, root: Path) -> None:
    try:
        goal = link.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise DatasetError(f"{link}: a link that leads nowhere; remove it") from error
    if not goal.is_relative_to(root):
        raise DatasetError(
            f"{link}: a link to {goal}, which is not below {root}; copy the file there instead of linking it"
        )
