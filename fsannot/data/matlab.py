"""MATLAB files, checked element by element before SciPy decodes them: it ends the process at some damaged ones."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

from scipy.io import loadmat

from fsannot.data.errors import DatasetError

HEAD = 128  # bytes before the first element
DEEPEST = 32  # cells in cells, and structs in structs
MATRIX, COMPRESSED = 14, 15
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}
"""Type of numbers → bytes of one."""
TEXTS = {1, 2, 4, 16, 17, 18}
CELL, STRUCT, CHAR, SPARSE = 1, 2, 4, 5
NUMBERS = range(6, 16)
COMPLEX = 0x0800


class _Element(NamedTuple):
    kind: int
    content: memoryview
    end: int  # of the element with its padding, in what it lies in


def read_matlab(path: Path, names: Collection[str], remedy: str) -> dict[str, Any]:
    """Read variables of a MATLAB file.

    Args:
        path: a file of MATLAB's version 5 to 7.2.
        names: of the variables wanted.
        remedy: end of the error messages: where to get a good file.

    Returns:
        name → array, as ``scipy.io.loadmat`` gives them; those that are there.

    Raises:
        DatasetError: missing, damaged, of version 7.3, or none of the variables is there; names file and remedy.
    """
    try:
        data = path.read_bytes()
        found = _check_file(data, set(names))
        content = loadmat(io.BytesIO(data), variable_names=list(names)) if set(names) & set(found) else {}
    except NotImplementedError as error:
        raise DatasetError(
            f"{path}: saved in MATLAB's 7.3 format; save it again with the option -v7"
        ) from error
    except Exception as error:  # a damaged file makes the parser raise almost anything
        raise DatasetError(f"{path}: truncated or not a MATLAB file ({_said(error)}); {remedy}") from error
    if not content:
        shown = ", ".join(found[:8]) or "nothing"
        raise DatasetError(f"{path}: holds no variable {' or '.join(names)} but {shown}; {remedy}")
    return {name: content[name] for name in names if name in content}


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _check_file(data: bytes, wanted: set[str]) -> list[str]:
    """Names of the variables; raises ``ValueError`` where an element does not fit into what it lies in."""
    if len(data) < HEAD or data[126:128] not in (b"IM", b"MI"):
        raise ValueError("its head is another")
    order = "<" if data[126:128] == b"IM" else ">"
    (version,) = struct.unpack(f"{order}H", data[124:126])
    if version == 0x0200:
        raise NotImplementedError
    if version != 0x0100:
        raise ValueError(f"its version is {version:#x}")
    found, at, whole = [], HEAD, memoryview(data)
    while at < len(data):
        element = _element(whole, at, order)
        at = element.end if element.kind != COMPRESSED else at + 8 + len(element.content)
        if element.kind == COMPRESSED:
            element = _element(memoryview(zlib.decompress(element.content)), 0, order)
        if element.kind != MATRIX:
            raise ValueError(f"an element of type {element.kind} where a variable should be")
        name = _check_matrix(element.content, order, 0, wanted)
        found.append(name)
    return found


def _element(data: memoryview, at: int, order: str) -> _Element:
    if at + 8 > len(data):
        raise ValueError("an element is cut off")
    first, second = struct.unpack(f"{order}II", data[at : at + 8])
    if first >> 16:  # a small element holds its content in its tag
        kind, length, start, end = first & 0xFFFF, first >> 16, at + 4, at + 8
        if length > 4:
            raise ValueError("a small element is too long")
    else:
        kind, length, start = first, second, at + 8
        end = start + length if kind == COMPRESSED else start + -(-length // 8) * 8
    if start + length > len(data):
        raise ValueError("an element is cut off")
    return _Element(kind, data[start : start + length], min(end, len(data)))


def _check_matrix(data: memoryview, order: str, depth: int, wanted: set[str] | None = None) -> str:
    """Name of a matrix; its content is checked where ``wanted`` is None or has the name."""
    if depth > DEEPEST:
        raise ValueError("cells are nested too deep")
    if not len(data):
        return ""  # an empty array
    flags = _element(data, 0, order)
    dims = _element(data, flags.end, order)
    name = _element(data, dims.end, order)
    if flags.kind != 6 or len(flags.content) != 8:
        raise ValueError("an array has no flags")
    (bits,) = struct.unpack(f"{order}I", flags.content[:4])
    if dims.kind != 5 or len(dims.content) < 8 or len(dims.content) % 4 or len(dims.content) > 4 * 32:
        raise ValueError("an array has no size")
    sides = struct.unpack(f"{order}{len(dims.content) // 4}i", dims.content)
    if min(sides) < 0:
        raise ValueError("an array has a negative size")
    if name.kind not in {1, 2}:
        raise ValueError("an array has no name")
    text = bytes(name.content).decode("latin1")
    if not text.isprintable():
        raise ValueError("an array has a name with signs that cannot be shown")
    if wanted is None or text in wanted:
        _check_content(data, name.end, order, depth, bits, sides)
    return text


def _check_content(
    data: memoryview, at: int, order: str, depth: int, bits: int, sides: tuple[int, ...]
) -> None:
    kind, count = bits & 0xFF, math.prod(sides)
    if kind == SPARSE:
        rows, columns = _Rest(data, at, order), sides[1]
        lengths = [len(rows.take({5, 6}).content) // 4 for _ in range(2)]
        numbers = [_count(rows.take(SIZES)) for _ in range(1 + bool(bits & COMPLEX))]
        if len(sides) != 2 or lengths[1] != columns + 1 or max(numbers) > max(lengths[0], 1):
            raise ValueError("a sparse array has other numbers than it says")
    elif kind in NUMBERS:
        rest = _Rest(data, at, order)
        for _ in range(1 + bool(bits & COMPLEX)):
            if _count(rest.take(SIZES)) != count:
                raise ValueError("an array has other numbers than it says")
    elif kind == CHAR:
        _Rest(data, at, order).take(TEXTS)
    elif kind in {CELL, STRUCT}:
        rest = _Rest(data, at, order)
        fields = _fields(rest, order) if kind == STRUCT else 1
        if count * fields * 8 > len(data):
            raise ValueError("a cell array is larger than its file")
        for _ in range(count * fields):
            _check_matrix(rest.take({MATRIX}).content, order, depth + 1)
    else:
        raise ValueError(f"an array of class {kind} is no array of numbers, texts, cells or structs")


def _fields(rest: _Rest, order: str) -> int:
    length = rest.take({5}).content
    names = rest.take({1}).content
    (width,) = struct.unpack(f"{order}i", length) if len(length) == 4 else (0,)
    texts = [bytes(names[k : k + width]).strip(b"\0") for k in range(0, len(names), max(width, 1))]
    if not 0 < width <= 256 or len(names) % width or not all(texts):
        raise ValueError("a struct has no names of fields")
    return len(names) // width


def _count(element: _Element) -> int:
    size = SIZES[element.kind]
    if len(element.content) % size:
        raise ValueError("a number is cut off")
    return len(element.content) // size


class _Rest:
    """The elements of a matrix from some place on."""

    def __init__(self, data: memoryview, at: int, order: str) -> None:
        self._data, self._at, self._order = data, at, order

    def take(self, kinds: Collection[int]) -> _Element:
        """The next element, which must be of one of these types."""
        element = _element(self._data, self._at, self._order)
        if element.kind not in kinds:
            raise ValueError(f"an element of type {element.kind} in a wrong place")
        self._at = element.end
        return element
