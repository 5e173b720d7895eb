"""NumPy's files, read so that a damaged one is an error with a reason, and memory is bounded by their size."""

from __future__ import annotations

import math
import os
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

import numpy as np

from fsannot.data.errors import FsannotError

RATIO = 1032
"""Deflate makes no file smaller than by this factor: a member that claims more is no member."""
_SLACK = 4096


class DamagedArraysError(FsannotError):
    """A file of arrays cannot be read; the message is the reason. Who reads it adds name and remedy."""


def read_arrays(source: Path | BinaryIO, only: Collection[str] | None = None) -> dict[str, np.ndarray]:
    """Read an ``.npz`` archive without pickles.

    Args:
        source: the file, or its content.
        only: names of the arrays wanted; None for all.

    Returns:
        name → array.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedArraysError: anything else that makes it unreadable, or a wanted array is not in it.

    Example:
        >>> import io
        >>> stored = io.BytesIO()
        >>> np.savez(stored, a=np.arange(3))
        >>> read_arrays(stored)
        {'a': array([0, 1, 2])}
    """
    try:
        with zipfile.ZipFile(source) as archive:
            found: dict[str, np.ndarray] = {}
            for member in archive.infolist():
                name = member.filename.removesuffix(".npy")
                if only is not None and name not in only:
                    continue
                if name == member.filename or name in found:
                    raise ValueError(f"member {member.filename!r} is no array, or there twice")
                if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
                    raise ValueError(f"member {member.filename!r} is compressed in another way")
                if member.file_size > RATIO * member.compress_size + _SLACK:
                    raise ValueError(f"member {member.filename!r} claims more bytes than it can hold")
                with archive.open(member) as stream:
                    found[name] = _array(stream, member.file_size)
        missing = [name for name in only or () if name not in found]
        if missing:
            raise ValueError(f"array {missing[0]!r} is missing")
        return found
    except FileNotFoundError:
        raise
    except Exception as error:  # ZIP and NumPy raise a dozen kinds for damaged bytes
        raise DamagedArraysError(_reason(error)) from error


def read_array(path: Path, *, mapped: bool = False) -> np.ndarray:
    """Read an ``.npy`` file without pickles.

    Args:
        path: the file.
        mapped: leave the numbers on disk until they are read.

    Returns:
        the array; read-only where it is mapped.

    Raises:
        FileNotFoundError: there is no such file.
        DamagedArraysError: anything else that makes it unreadable.
    """
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            if not mapped:
                return _array(stream, size)
            shape, order, dtype = _head(stream, size)
            if 0 in shape:
                return np.empty(shape, dtype)  # an empty array cannot be mapped
            return np.memmap(stream, dtype, "r", stream.tell(), shape, order)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise DamagedArraysError(_reason(error)) from error


def _array(stream: IO[bytes], size: int) -> np.ndarray:
    shape, order, dtype = _head(stream, size)
    content = bytearray(stream.read())  # to the end, where the checksum is compared
    return np.frombuffer(content, dtype, math.prod(shape)).reshape(shape, order=order)


def _head(stream: Any, size: int) -> tuple[tuple[int, ...], Literal["C", "F"], np.dtype]:
    """Shape, order and type; checked against the bytes that follow."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, by_columns, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"version {version} of NumPy's format is not known")
    if dtype.hasobject or dtype.names or not dtype.itemsize or len(shape) > 32:
        raise ValueError(f"an array of {dtype} {shape}, plain numbers or texts are needed")
    if any(isinstance(side, bool) or side < 0 for side in shape):
        raise ValueError(f"an array of shape {shape}")
    expected = math.prod(shape) * dtype.itemsize
    if expected != size - stream.tell():
        raise ValueError(
            f"an array of {dtype} {shape} needs {expected} bytes, {size - stream.tell()} are there"
        )
    return shape, "F" if by_columns else "C", dtype


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
