"""Typed rows as CSV: what is written reads back equal, and a broken file is named, with its column."""

from __future__ import annotations

import csv
import errno
import io
import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from fsannot.data.errors import FsannotError, ResultsError

Row = TypeVar("Row")

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a full disk."""
RENAMED = {
    "user_seconds": "human_seconds",
    "user_seconds_per_image": "human_seconds_per_image",
    "user_seconds_per_image_ci": "human_seconds_per_image_ci",
}
"""Columns, keys and arrays of files written by version 0.1 → today's names; every reader uses it."""


def write_atomically(path: Path | str, data: bytes) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Args:
        path: of the file; its folder is made when missing.
        data: whole content.

    Raises:
        ResultsError: the disk is full or the folder cannot be written; ``path`` is left as it was.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        if error.errno in FULL:
            raise ResultsError(
                f"{path}: no space left for {len(data)} bytes; the file was left as it was. "
                "Free some space or set hydra.run.dir to another disk, and run again: it resumes"
            ) from error
        raise ResultsError(
            f"{path}: cannot be written ({error.strerror}); set hydra.run.dir to a writable folder"
        ) from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_rows(path: Path | str, row_type: type[Row], rows: Sequence[Row]) -> None:
    """Write dataclass rows with a header line; ``None`` is an empty cell, floats keep every digit.

    Identical rows give identical bytes. A column whose field has ``None`` as default is written where a row fills it.

    Args:
        path: of the file.
        row_type: dataclass of the rows, whose fields are the columns.
        rows: in order.

    Raises:
        ResultsError: the file cannot be written.
    """
    names = [
        f.name
        for f in fields(row_type)  # type: ignore[arg-type]
        if f.default is not None or any(getattr(row, f.name) is not None for row in rows)
    ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(getattr(row, name)) for name in names] for row in rows)
    write_atomically(path, text.getvalue().encode())


def read_rows(path: Path | str, row_type: type[Row]) -> list[Row]:
    """Read what ``write_rows`` wrote, by this version or version 0.1 (see ``RENAMED``).

    Args:
        path: of the file.
        row_type: dataclass of the rows, whose fields are the columns.

    Returns:
        the rows, in order.

    Raises:
        ResultsError: the file is missing, has other columns, ends in the middle of a row, or a cell is not
            of its column's type or range; the message names file, line and column.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ResultsError(f"{path}: missing; the run that should have written it did not finish") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path}: cannot be read ({error})") from error
    hints = get_type_hints(row_type)
    names = [f.name for f in fields(row_type)]  # type: ignore[arg-type]
    lines = list(csv.reader(io.StringIO(text, newline="")))
    header = [RENAMED.get(name, name) for name in lines[0]] if lines else []
    needed = [f.name for f in fields(row_type) if f.default is not None]  # type: ignore[arg-type]
    missing = [name for name in needed if name not in header]
    if missing:
        raise ResultsError(f"{path}: column {', '.join(missing)} is missing; expected {','.join(names)}")
    unknown = [name for name in header if name not in names]
    if unknown or len(header) != len(set(header)):
        raise ResultsError(
            f"{path}: column {', '.join(unknown) or header} is not known; expected {','.join(names)}"
        )
    if not text.endswith("\n"):
        raise ResultsError(f"{path}: half written, line {len(lines)} has no end; run again to complete it")
    rows: list[Row] = []
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            column = header[len(line)] if len(line) < len(header) else header[-1]
            raise ResultsError(
                f"{path}: line {number} is half written, it has {len(line)} of {len(header)} columns "
                f"(from {column} on); run again to complete it"
            )
        values = {
            name: _value(cell, hints[name], f"{path}: line {number}, column {name}")
            for name, cell in zip(header, line, strict=True)
        }
        try:
            rows.append(row_type(**values))
        except FsannotError as error:
            raise ResultsError(f"{path}: line {number}: {error}") from error
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    # item() turns a NumPy scalar into Python's, whose repr is the shortest text that reads back equal
    plain = value.item() if hasattr(value, "item") else value
    return repr(plain)


def _value(cell: str, hint: Any, where: str) -> str | int | float | None:
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if str in kinds:
        return cell
    if cell == "":
        if NoneType in kinds:
            return None
        raise ResultsError(f"{where} is empty, it must hold {_valid(kinds)}")
    for kind in (int, float):
        if kind in kinds:
            try:
                value = kind(cell)
            except ValueError:
                continue
            if math.isfinite(value):
                return value
    raise ResultsError(f"{where} is {cell!r}, it must hold {_valid(kinds)}")


def _valid(kinds: tuple[Any, ...]) -> str:
    return "a whole number" if float not in kinds else "a finite number"


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
