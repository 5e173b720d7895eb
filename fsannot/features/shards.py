"""Features on disk: float16 matrices that are written row by row and read as memory maps."""

from __future__ import annotations

import contextlib
import io
import os
import uuid
from pathlib import Path
from types import TracebackType

import numpy as np

from fsannot.data.errors import InputError, StoreError
from fsannot.data.stored_arrays import DamagedArraysError, read_array


class ShardWriter:
    """Writes the features of some images, one image after the other, without holding them.

    A context manager. The shard appears under its name when the block ends without an error, complete or not at
    all: several processes may write the same shard, and a killed one leaves nothing that is taken for a result.

    Args:
        path: the shard, ``<name>.npy``; the images' row counts go into ``<name>.counts.npy``.
        dim: D.
    """

    def __init__(self, path: Path, dim: int) -> None:
        self.path = path
        self.dim = dim
        self.counts: list[int] = []

    def __enter__(self) -> ShardWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._unfinished = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}.unfinished")
        self._stream = self._unfinished.open("xb")
        self._stream.write(_header(0, self.dim))
        return self

    def append(self, rows: np.ndarray) -> None:
        """Add the next image's features.

        Args:
            rows: float (n, D), n ≥ 0, of any float dtype: float32 (n, D) is stored as float16.

        Raises:
            InputError: rows of another width, or with values that are not finite.
            StoreError: the file cannot be written.
        """
        if rows.ndim != 2 or rows.shape[1] != self.dim or not np.isfinite(rows).all():
            raise InputError(
                f"{self.path.name}: rows must be finite (n, {self.dim}), got {rows.dtype} {rows.shape}"
            )
        try:
            self._stream.write(np.ascontiguousarray(rows, np.float16).data)
        except OSError as error:
            raise _refused(self.path, error) from error
        self.counts.append(len(rows))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._stream.seek(0)
                self._stream.write(_header(sum(self.counts), self.dim))
                self._stream.flush()
                os.fsync(self._stream.fileno())  # the name must not reach the disk before the content
                _replace(_counts_path(self.path), np.array(self.counts, np.int64))
                self._stream.close()
                self._unfinished.replace(self.path)
        except OSError as failure:
            raise _refused(self.path, failure) from failure
        finally:
            self._stream.close()
            with contextlib.suppress(OSError):
                self._unfinished.unlink(missing_ok=True)


class FeatureShard:
    """A finished shard, memory-mapped.

    Args:
        path: what :class:`ShardWriter` wrote.

    Attributes:
        rows: float16 (N, D), read-only, read from disk as it is used.
        counts: int64 (images,), rows of each image.

    Raises:
        StoreError: the file is not there, is truncated or is no shard.
    """

    def __init__(self, path: Path) -> None:
        try:
            self.counts = read_array(_counts_path(path))
            self.rows = read_array(path, mapped=True)
        except (OSError, DamagedArraysError) as error:
            raise StoreError(
                f"feature shard {path}: missing, truncated or no shard ({error}); delete it and run again"
            ) from error
        if self.counts.dtype != np.int64 or self.counts.ndim != 1 or self.counts.min(initial=0) < 0:
            raise StoreError(
                f"feature shard {path}: its counts are {self.counts.dtype} {self.counts.shape}; delete it and run again"
            )
        if self.rows.dtype != np.float16 or self.rows.ndim != 2 or len(self.rows) != self.counts.sum():
            raise StoreError(
                f"feature shard {path}: {self.rows.dtype} {self.rows.shape} does not fit its counts "
                f"(sum {self.counts.sum()}); delete it and run again"
            )
        self._ends = np.cumsum(self.counts)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.counts)

    def image(self, position: int) -> np.ndarray:
        """Features of one image, still on disk.

        Args:
            position: of the image in the shard.

        Returns:
            float16 (n, D), read-only.
        """
        stop = int(self._ends[position])
        return self.rows[stop - int(self.counts[position]) : stop]


def _header(rows: int, dim: int) -> bytes:
    """NumPy's file header, whose length does not depend on ``rows``: NumPy leaves room for the first axis to grow."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f2", "fortran_order": False, "shape": (rows, dim)}
    )
    return stream.getvalue()


def _counts_path(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".npy") + ".counts.npy")


def _replace(path: Path, array: np.ndarray) -> None:
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}.unfinished")
    try:
        with unfinished.open("xb") as stream:
            np.save(stream, array)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(
        f"feature shard {path}: {error.strerror or error}; free space or name another folder, then run again: "
        "finished shards are kept"
    )
