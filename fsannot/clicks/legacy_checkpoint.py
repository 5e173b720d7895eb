"""Checkpoints as torch wrote them before version 1.6: several pickles one after another, then the numbers.

``torch.load(weights_only=True)`` reads such a file only where it holds no pickled module. The published files of
SimpleClick hold the loss of their training and therefore need a reader of their own. It makes tensors, numbers,
strings and plain containers; everything else becomes a placeholder. Nothing that a file names is imported or called.
"""

from __future__ import annotations

import math
import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
BLOCKED = {"os", "posix", "nt", "sys", "subprocess"}

_DTYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
_CONTAINERS: dict[tuple[str, str], type] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch", "Size"): tuple,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
}


class RefusedNameError(pickle.UnpicklingError):
    """The file names something for which there is no placeholder."""


def is_legacy(path: Path) -> bool:
    """Whether a checkpoint has the format from before torch 1.6, that is, is not a zip archive.

    Args:
        path: the file.

    Returns:
        True for the old format.
    """
    with path.open("rb") as stream:
        return stream.read(4) != b"PK\x03\x04"


def load_legacy(path: Path, *, stand_in: Callable[[], type]) -> object:
    """Read a file of the old format.

    Args:
        path: the file.
        stand_in: makes a new placeholder class, whose instances take any arguments and state and do nothing.

    Returns:
        the content, with tensors on the CPU.

    Raises:
        RefusedNameError: the file names functions of the operating system; says which.
        pickle.UnpicklingError, ValueError, EOFError: the file is truncated or of another format.
    """
    with path.open("rb") as stream:
        if _Plain(stream).load() != MAGIC or _Plain(stream).load() != PROTOCOL:
            raise ValueError("not a checkpoint of torch")
        system = _Plain(stream).load()
        if not isinstance(system, Mapping) or system.get("little_endian") is not True:
            raise ValueError("written on a machine of another byte order")
        objects = _Objects(stream, stand_in)
        content = objects.load()
        keys = _Plain(stream).load()
        if not isinstance(keys, list):
            raise ValueError("its storages are not listed")
        end = path.stat().st_size
        numbers = {key: _numbers(stream, objects.storages[key], end) for key in keys}
    return _with_tensors(content, numbers, {})


@dataclass(frozen=True)
class _Storage:
    key: str
    dtype: torch.dtype
    length: int


@dataclass(frozen=True)
class _View:
    """Where a tensor lies in a storage. Tensors are made when the file is read, not while it is unpickled."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


class _Plain(pickle.Unpickler):
    """Numbers, texts and plain containers only."""

    def find_class(self, module: str, name: str) -> Any:
        raise RefusedNameError(f"{module}.{name}")


class _Objects(pickle.Unpickler):
    """Plain containers, places of tensors, and stand-ins of this one file."""

    def __init__(self, stream: BinaryIO, stand_in: Callable[[], type]) -> None:
        super().__init__(stream, encoding="utf-8")
        self.storages: dict[str, _Storage] = {}
        self._stand_in = stand_in
        self._known: dict[tuple[str, str], Any] = dict(_CONTAINERS)
        # functions and classes of this object alone, so that a file can change none that others use
        self._known["torch._utils", "_rebuild_tensor_v2"] = lambda *given: _view(*given[:4])
        self._known["torch._utils", "_rebuild_tensor"] = lambda *given: _view(*given[:4])
        self._known["torch._utils", "_rebuild_parameter"] = lambda data, *_: data
        self._kinds: dict[type, torch.dtype] = {}
        for name, dtype in _DTYPES.items():
            kind = self._known["torch", name] = stand_in()
            self._kinds[kind] = dtype

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] in BLOCKED:
            raise RefusedNameError(f"{module}.{name}")
        if (module, name) not in self._known:
            self._known[module, name] = self._stand_in()
        return self._known[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if not isinstance(pid, tuple) or not pid:
            raise pickle.UnpicklingError(f"persistent id {pid!r:.100}")
        if pid[0] == "module" and len(pid) == 4:  # a class of a network, with its source beside it
            return pid[1]
        if pid[0] != "storage" or len(pid) != 6 or pid[5] is not None:
            raise pickle.UnpicklingError(f"persistent id {pid[0]!r:.100}")
        _, kind, key, _, length, _ = pid
        if kind not in self._kinds or not isinstance(key, str) or not _is_size(length):
            raise pickle.UnpicklingError("a storage of no known type")
        return self.storages.setdefault(key, _Storage(key, self._kinds[kind], length))


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _view(storage: object, offset: Any, size: object, stride: object) -> _View:
    if not (isinstance(storage, _Storage) and isinstance(size, tuple) and isinstance(stride, tuple)):
        raise pickle.UnpicklingError("a tensor without storage or shape")
    if len(size) != len(stride) or not all(map(_is_size, (offset, *size, *stride))):
        raise pickle.UnpicklingError("a tensor of an impossible shape")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) and last >= storage.length:
        raise pickle.UnpicklingError("a tensor beyond the end of its storage")
    return _View(storage, offset, size, stride)


def _numbers(stream: BinaryIO, storage: _Storage, end: int) -> Tensor:
    """1-d tensor of what the file holds for a storage: its length, then its numbers."""
    (length,) = struct.unpack("<q", stream.read(8))
    size = length * storage.dtype.itemsize
    if length != storage.length or size > end - stream.tell():
        raise EOFError(f"storage of {storage.length} numbers, the file has {length}")
    if length == 0:
        return torch.empty(0, dtype=storage.dtype)
    return torch.frombuffer(bytearray(stream.read(size)), dtype=storage.dtype)


def _with_tensors(value: Any, numbers: Mapping[str, Tensor], done: dict[int, Any]) -> Any:
    """``value`` with tensors in place of their descriptions; each container once, however often it is named."""
    if id(value) in done:
        return done[id(value)]
    made = value
    if isinstance(value, _View):
        # torch refuses what lies beyond the storage, so that a description changed later on does no harm
        made = numbers[value.storage.key].as_strided(value.size, value.stride, value.offset)
    elif type(value) in (dict, OrderedDict):
        made = {_hashable(k): _with_tensors(v, numbers, done) for k, v in value.items()}
    elif type(value) in (list, tuple):
        made = type(value)(_with_tensors(item, numbers, done) for item in value)
    done[id(value)] = made
    return made


def _hashable(key: object) -> object:
    if not isinstance(key, str | int | float):
        raise ValueError(f"a dictionary's key is {type(key).__name__}")
    return key
