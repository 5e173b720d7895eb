"""Names of files and folders: what is in a folder, what a list file names, what may become an id."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from fsannot.data.errors import DatasetError

_LONGEST_PATH, _LONGEST_NAME = 1000, 255  # characters, and bytes, that file systems take
IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff")


def folders_in(folder: Path) -> list[str]:
    """Names of the folders in a folder, without hidden ones.

    Args:
        folder: need not exist.

    Returns:
        names, sorted; empty where ``folder`` does not exist.
    """
    return sorted(e.name for e in _scan(folder) if e.is_dir() and not e.name.startswith((".", "__")))


def files_by_stem(folder: Path, suffixes: Iterable[str], *, ending: str = "") -> dict[str, Path]:
    """Files of a folder by stem, the part of the name before ``ending`` and suffix.

    Args:
        folder: its subfolders are not searched.
        suffixes: suffixes of the files wanted, with dot, in lower case; other files are skipped.
        ending: what a name ends with before its suffix; files without it are skipped.

    Returns:
        stem → file.

    Raises:
        DatasetError: two files have the same stem, so that it is unclear which belongs to the pair.
    """
    found: dict[str, Path] = {}
    allowed = tuple(suffixes)
    for entry in sorted(_scan(folder), key=lambda e: e.name):
        stem, suffix = os.path.splitext(entry.name)
        if entry.name.startswith(".") or suffix.lower() not in allowed or not stem.endswith(ending):
            continue
        # a dangling link counts: reading it then says that it is broken, instead of "image without mask"
        if entry.is_dir() or not (entry.is_file() or entry.is_symlink()):
            continue
        stem = stem.removesuffix(ending)
        if stem in found:
            raise DatasetError(
                f"{folder}: {found[stem].name} and {entry.name} have the same stem; "
                "remove the one that is not part of the dataset"
            )
        found[stem] = Path(entry.path)
    return found


def read_list(file: Path) -> list[tuple[int, list[PurePosixPath]]]:
    """Read the paths on each line of a list file.

    Lines of the official files start at the dataset's root (``/JPEGImages/…``); that slash is dropped, so a
    path never leaves the root.

    Args:
        file: a text file, paths separated by white space.

    Returns:
        line number and relative paths of each line that has any.

    Raises:
        DatasetError: unreadable, not text, or a path that leaves the root (``..``).
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{file}: not readable text ({error}); restore the official list") from error
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        paths = [PurePosixPath(word.lstrip("/")) for word in line.split()]
        for path in paths:
            if (
                ".." in path.parts
                or any(sign in str(path) for sign in "\\:\0")
                or len(str(path)) > _LONGEST_PATH
                or any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.parts)
            ):
                raise DatasetError(
                    f"{file}, line {number}: {str(path)[:200]!r} is not a path below the dataset's root; "
                    "restore the official list"
                )
        if paths:
            lines.append((number, paths))
    return lines


def path_safe(name: str) -> str:
    """Replace every character that a file system or shell could misread by ``_``.

    Args:
        name: any text.

    Returns:
        text of the same length.

    Example:
        >>> path_safe("a/b:c")
        'a_b_c'
    """
    safe = re.sub(r"[^\w .,()&+@=-]", "_", name)
    return re.sub(r"^\.|[. ]$", "_", safe)


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be listed ({error.strerror}); check its permissions") from error
