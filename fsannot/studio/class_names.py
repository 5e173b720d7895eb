"""Names of the classes, which a person may add and change at any time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.rows import write_atomically

MOST = 254
"""Classes a palette PNG holds beside 255 for unlabelled."""
LONGEST = 60
"""Characters of a name."""


class ClassNames:
    """Names by index, kept in ``classes.json`` of the run directory.

    Args:
        path: of the file.
        initial: names a new session begins with.

    Raises:
        ResultsError: the file is not a list of names.
    """

    def __init__(self, path: Path, initial: Sequence[str]) -> None:
        self._path = path
        self.names: tuple[str, ...] = tuple(initial)
        if path.is_file():
            try:
                stored = json.loads(path.read_text(encoding="utf-8"))
                if not isinstance(stored, list) or not all(isinstance(name, str) for name in stored):
                    raise ValueError("not a list of names")
            except (OSError, ValueError) as error:
                raise ResultsError(
                    f"{path}: not a list of class names ({error}); mend or delete it"
                ) from error
            self.names = tuple(stored)
        else:
            self._write(self.names)

    def add(self, name: str) -> None:
        """Add a class at the end.

        Args:
            name: of the class.

        Raises:
            InputError: a name that is blank, too long or taken; or too many classes.
        """
        if len(self.names) >= MOST:
            raise InputError(f"there are {MOST} classes; a mask holds no more")
        self._write((*self.names, self._checked(name, None)))

    def rename(self, index: int, name: str) -> None:
        """Give a class another name.

        Args:
            index: of the class.
            name: the new one.

        Raises:
            InputError: no such class, or a name that is blank, too long or taken.
        """
        if not 0 <= index < len(self.names):
            raise InputError(f"class {index} does not exist; there are 0 to {len(self.names) - 1}")
        names = list(self.names)
        names[index] = self._checked(name, index)
        self._write(tuple(names))

    def _checked(self, name: str, own: int | None) -> str:
        name = " ".join(name.split())
        if not name or len(name) > LONGEST or not name.isprintable():
            raise InputError(f"a class name has 1 to {LONGEST} printable characters")
        if any(name == other for i, other in enumerate(self.names) if i != own):
            raise InputError(f"there is a class {name!r} already; choose another name")
        return name

    def _write(self, names: tuple[str, ...]) -> None:
        write_atomically(self._path, json.dumps(names, ensure_ascii=False, indent=1).encode())
        self.names = names
