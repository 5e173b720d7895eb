"""Results of stages on disk, found again by what they were computed from.

The key of an artefact is a digest of stage, code version, settings and inputs: where any of them changes, nothing is
found, and nothing stale either. Files appear by renaming, complete or not at all. Several processes may share a
folder, two that compute the same artefact write the same arrays, and a killed run leaves no partial result. Each file
ends with a checksum; a damaged file is computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import logging
import math
import os
import time
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

import fsannot
from fsannot.data.errors import InputError, StoreError
from fsannot.data.stored_arrays import DamagedArraysError, read_arrays

log = logging.getLogger(__name__)

CHECKSUM_BYTES = 32
SECONDS = "__seconds__"
STALE_AFTER = 24 * 3600.0
"""Seconds after which another machine's unfinished file counts as abandoned."""


class Artefact(dict[str, np.ndarray]):
    """Named arrays and the seconds their computation took, also when they are read back.

    Args:
        arrays: by name.
        seconds: of their computation.
    """

    def __init__(self, arrays: Mapping[str, np.ndarray], seconds: float = 0.0) -> None:
        super().__init__(arrays)
        self.seconds = seconds


class Store:
    """A folder of artefacts.

    Args:
        root: the folder, created when missing. Artefacts lie in ``<stage>/<first two digits>/<key>.npz``.

    Attributes:
        hits: artefacts read, by stage, since this object was made.
        misses: artefacts computed and written, by stage.

    Raises:
        StoreError: the folder cannot be created or written.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     store = Store(folder)
        ...     for _ in range(2):
        ...         made = store.get_or_compute("squares", {"power": 2}, [1, 2], lambda: {"x": np.array([1, 4])})
        ...     made["x"].tolist(), store.summary()
        ([1, 4], 'squares: 1 computed, 1 read')
    """

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root).expanduser().resolve()
        self._unfinished = self.root / "unfinished"
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        try:
            self._unfinished.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"store {self.root}: {error.strerror}; name another folder") from error
        self._sweep()

    def get(self, stage: str, key: str) -> Artefact | None:
        """Read an artefact.

        Args:
            stage: name of the stage.
            key: see ``artefact_key``.

        Returns:
            the artefact, or None where there is none, or a damaged one, which is logged and removed.
        """
        path = self._path(stage, key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        content, checksum = memoryview(data)[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
        if hashlib.sha256(content).digest() != checksum:
            log.warning("store: %s is damaged or truncated (%d bytes), it is computed again", path, len(data))
            path.unlink(missing_ok=True)
            return None
        arrays = read_arrays(io.BytesIO(content))
        self.hits[stage] += 1
        return Artefact(arrays, float(arrays.pop(SECONDS)))

    def peek(self, stage: str, key: str, name: str = SECONDS) -> np.ndarray | None:
        """Read one array of an artefact without the others.

        Args:
            stage: name of the stage.
            key: see ``artefact_key``.
            name: of the array; by default the seconds of the computation, a float64 scalar of shape ().

        Returns:
            the array as it was stored, or None where it cannot be read.
        """
        try:
            return read_arrays(self._path(stage, key), (name,))[name]
        except (FileNotFoundError, DamagedArraysError):
            return None

    def put(self, stage: str, key: str, arrays: Mapping[str, np.ndarray], seconds: float = 0.0) -> None:
        """Write an artefact, or replace the one with the same key.

        Args:
            stage: name of the stage.
            key: see ``artefact_key``.
            arrays: by name, of any shape and numeric, bool or string dtype (such as float16 (n, D)).
            seconds: of their computation.

        Raises:
            InputError: an array of Python objects, which would need pickle.
            StoreError: the disk is full or cannot be written; no part of the artefact is left.
        """
        content = _pack({**arrays, SECONDS: np.array(seconds)})
        path = self._path(stage, key)
        unfinished = self._unfinished / f"{os.uname().nodename}.{os.getpid()}.{uuid.uuid4().hex}"
        try:
            with unfinished.open("xb") as stream:
                stream.write(content)
                stream.write(hashlib.sha256(content).digest())
                stream.flush()
                os.fsync(stream.fileno())  # the name must not reach the disk before the content
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.replace(path)
        except BaseException as error:
            with contextlib.suppress(OSError):
                unfinished.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise StoreError(
                    f"store {path}: {error.strerror or error}, {len(content)} bytes were to be written; "
                    "free space or name another folder, then run again: finished artefacts are kept"
                ) from error
            raise
        self.misses[stage] += 1

    def get_or_compute(
        self,
        stage: str,
        settings: object,
        inputs: object,
        compute: Callable[[], Mapping[str, np.ndarray]],
    ) -> Artefact:
        """Read an artefact, or compute and write it.

        Args:
            stage: name of the stage, a folder of the store.
            settings: what determines the result besides the inputs, code version included, see ``digest``.
            inputs: arrays, fingerprints or keys it is computed from, see ``digest``.
            compute: returns named arrays, of any shape and dtype (such as float16 (n, D)); called at most once.

        Returns:
            the arrays, with the seconds of their computation.

        Raises:
            InputError: settings or inputs that have no digest, or arrays of Python objects.
            StoreError: the artefact cannot be written.
        """
        key = artefact_key(stage, settings, inputs)
        found = self.get(stage, key)
        if found is not None:
            return found
        start = time.perf_counter()
        made = Artefact(compute())
        made.seconds = time.perf_counter() - start
        self.put(stage, key, made, made.seconds)
        return made

    def summary(self) -> str:
        """One line: how many artefacts of each stage were computed and read."""
        stages = sorted({*self.hits, *self.misses})
        return "; ".join(f"{s}: {self.misses[s]} computed, {self.hits[s]} read" for s in stages) or "unused"

    def _path(self, stage: str, key: str) -> Path:
        return self.root / stage / key[:2] / f"{key}.npz"

    def _sweep(self) -> None:
        """Remove what killed processes left unfinished."""
        for path in self._unfinished.iterdir():
            node, pid, _ = path.name.rsplit(".", 2)
            with contextlib.suppress(FileNotFoundError):  # another process sweeps too
                old = time.time() - path.stat().st_mtime > STALE_AFTER
                if old or (node == os.uname().nodename and not _alive(int(pid))):
                    path.unlink()


def artefact_key(stage: str, settings: object, inputs: object) -> str:
    """The key of an artefact.

    Args:
        stage: name of the stage.
        settings: what determines the result besides the inputs.
        inputs: what it is computed from.

    Returns:
        hex digest.
    """
    return digest([stage, settings, inputs])


def digest(value: object) -> str:
    """SHA-256 of a nested value.

    Equal values have equal digests, whatever the order of keys or the memory layout of arrays. 1, 1.0, True and "1"
    differ; tuples and lists do not.

    Args:
        value: mappings, sequences, arrays, numbers, strings, bytes, booleans and None, nested.

    Returns:
        64 hex digits.

    Raises:
        InputError: a value of another type.

    Examples:
        >>> digest({"a": 1, "b": [2, 3]}) == digest({"b": (2, 3), "a": 1})
        True
        >>> digest(1) == digest(1.0)
        False
    """
    state = hashlib.sha256()
    _feed(state.update, value)
    return state.hexdigest()


def code_version(*objects: object) -> str:
    """Digest of the source that computes a stage, so that results of older code are not taken for those of newer.

    Args:
        objects: classes or functions, see ``source_files``.

    Returns:
        hex digest.
    """
    return digest(sorted([path.name, path.read_bytes()] for path in source_files(*objects)))


def source_files(*objects: object) -> set[Path]:
    """The source files that results depend on: all modules of the room of each object, or the file that defines it.

    Args:
        objects: classes or functions.

    Returns:
        paths of Python files.
    """
    package = Path(fsannot.__file__).parent
    files: set[Path] = set()
    for thing in objects:
        file = Path(inspect.getfile(thing)).resolve()  # type: ignore[arg-type]
        if package in file.parents and file.parent != package:
            files.update((package / file.relative_to(package).parts[0]).rglob("*.py"))
        else:
            files.add(file)
    return files


def _feed(update: Callable[[bytes], None], value: object) -> None:
    """Each value as a type tag, its length where that varies, and its bytes, so that no two run together."""
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise InputError("digest: arrays of Python objects have no stable content; use a numeric array")
        update(f"a{value.dtype.str}{value.shape};".encode())
        update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, np.generic):
        _feed(update, value.item())
    elif value is None or isinstance(value, (bool, int)):
        update(f"{type(value).__name__}{value};".encode())
    elif isinstance(value, float):
        update(f"float{'nan' if math.isnan(value) else value.hex()};".encode())
    elif isinstance(value, (str, bytes)):
        raw = value.encode() if isinstance(value, str) else value
        update(f"{type(value).__name__}{len(raw)};".encode() + raw)
    elif isinstance(value, (list, tuple)):
        update(f"list{len(value)};".encode())
        for item in value:
            _feed(update, item)
    elif isinstance(value, Mapping):
        update(f"map{len(value)};".encode())
        for name in sorted(value):
            _feed(update, name)
            _feed(update, value[name])
    else:
        raise InputError(
            f"digest: {type(value).__name__} is not supported; pass its fingerprint or plain values"
        )


def _pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An npz archive; fast compression, because label maps shrink to a tenth and edge maps to half."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, array in arrays.items():
            content = np.asanyarray(array)
            if content.dtype.hasobject:
                raise InputError(f"store: array {name!r} holds Python objects; only plain arrays are stored")
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, content, allow_pickle=False)
    return buffer.getvalue()


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
