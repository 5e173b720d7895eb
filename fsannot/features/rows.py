"""Features of many segments as one matrix that need not be in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np

from fsannot.data.errors import InputError

BLOCK_ROWS = 8192
"""Rows that are converted to float32 at a time."""


class FeatureRows:
    """N rows of D features, kept as blocks that may be memory maps; only rows that are indexed are read.

    Read-only; extending and selecting share the blocks. Slices and integer or boolean arrays index rows and give
    plain arrays of the blocks' type.

    Args:
        blocks: float16 or float32 (n_i, D), all of one type.
        order: int (N,), which rows of the blocks in which order; ``None`` for all.

    Raises:
        InputError: no block, or blocks of different width or type.

    Example:
        >>> rows = FeatureRows([np.zeros((2, 3), np.float32), np.ones((1, 3), np.float32)])
        >>> rows.shape, rows[1:]
        ((3, 3), array([[0., 0., 0.],
               [1., 1., 1.]], dtype=float32))
    """

    ndim = 2

    def __init__(self, blocks: Sequence[np.ndarray], order: np.ndarray | None = None) -> None:
        kinds = {(b.shape[1:], b.dtype.name) for b in blocks}
        if len(kinds) != 1 or blocks[0].ndim != 2 or blocks[0].dtype not in (np.float16, np.float32):
            raise InputError(f"features must be blocks of float16 or float32 (n, D), got {sorted(kinds)}")
        self._blocks = tuple(blocks)
        self._ends = np.cumsum([len(b) for b in blocks])
        self._order = order
        self._digests: dict[int, bytes] = {}
        """SHA-256 of block i; shared with what is made from this object, whose first blocks are the same."""

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), self._blocks[0].shape[1]

    @property
    def dtype(self) -> np.dtype:
        return self._blocks[0].dtype

    def __len__(self) -> int:
        return int(self._ends[-1]) if self._order is None else len(self._order)

    def __getitem__(self, key: slice | np.ndarray) -> np.ndarray:
        if self._order is not None:
            return self._gather(self._order[key])
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step != 1:
                return self._gather(np.arange(start, stop, step))
            return self._span(start, stop)
        key = np.asarray(key)
        return self._gather(np.flatnonzero(key) if key.dtype == np.bool_ else key)

    def select(self, rows: np.ndarray) -> FeatureRows:
        """Select rows without reading them.

        Args:
            rows: int (n,) or bool (N,).

        Returns:
            the rows; this object itself where all are selected.
        """
        rows = np.flatnonzero(rows) if rows.dtype == np.bool_ else np.asarray(rows, np.int64)
        if self._order is not None:
            rows = self._order[rows]
        elif np.array_equal(rows, np.arange(len(self))):
            return self
        return self._sharing(FeatureRows(self._blocks, rows))

    @property
    def blocks(self) -> tuple[np.ndarray, ...]:
        """What the rows consist of; raises ``InputError`` for a selection, which has no blocks of its own."""
        if self._order is not None:
            raise InputError("a selection of rows cannot be extended; extend the rows it was made of")
        return self._blocks

    def extended(self, blocks: Sequence[np.ndarray]) -> FeatureRows:
        """These rows with more appended.

        Args:
            blocks: float (n_i, D), converted to this object's type.

        Returns:
            a new object that shares the blocks.
        """
        return self._sharing(FeatureRows([*self.blocks, *(b.astype(self.dtype, copy=False) for b in blocks)]))

    def chunks(self, rows: int = BLOCK_ROWS) -> Iterator[np.ndarray]:
        """All rows in pieces.

        Args:
            rows: length of a piece.

        Yields:
            float32 (≤ ``rows``, D), in order.
        """
        return chunks(self, rows)

    def load(self) -> np.ndarray:
        """All rows in memory."""
        return self[:]

    def fingerprint(self) -> str:
        """Hex digest of the rows; a block is read for it once."""
        whole = hashlib.sha256(repr((self.shape, self.dtype.str)).encode())
        for i, block in enumerate(self._blocks):
            if i not in self._digests:
                self._digests[i] = hashlib.sha256(np.ascontiguousarray(block).data).digest()
            whole.update(self._digests[i])
        if self._order is not None:
            whole.update(np.ascontiguousarray(self._order, np.int64).data)
        return whole.hexdigest()

    def _sharing(self, made: FeatureRows) -> FeatureRows:
        made._digests = self._digests.copy() if len(made._blocks) > len(self._blocks) else self._digests
        return made

    def _span(self, start: int, stop: int) -> np.ndarray:
        first = int(np.searchsorted(self._ends, start, side="right"))
        parts = []
        while start < stop:
            begin = int(self._ends[first]) - len(self._blocks[first])
            end = min(stop, int(self._ends[first]))
            parts.append(self._blocks[first][start - begin : end - begin])
            start, first = end, first + 1
        if len(parts) == 1:
            return np.asarray(parts[0])
        return np.concatenate(parts) if parts else np.empty((0, self.shape[1]), self.dtype)

    def _gather(self, rows: np.ndarray) -> np.ndarray:
        rows = np.where(rows < 0, rows + int(self._ends[-1]), rows)
        out = np.empty((len(rows), self.shape[1]), self.dtype)
        owner = np.searchsorted(self._ends, rows, side="right")
        if len(rows) and not 0 <= rows.min() <= rows.max() < self._ends[-1]:
            raise IndexError(f"rows {rows.min()}..{rows.max()} of {int(self._ends[-1])}")
        by_owner = np.argsort(owner, kind="stable")
        for part in np.split(by_owner, np.flatnonzero(np.diff(owner[by_owner])) + 1):
            if len(part):
                block = int(owner[part[0]])
                begin = int(self._ends[block]) - len(self._blocks[block])
                out[part] = self._blocks[block][rows[part] - begin]
        return out


Features: TypeAlias = np.ndarray | FeatureRows
"""Float16 or float32 (N, D), in memory or not."""


def chunks(features: Features, rows: int = BLOCK_ROWS) -> Iterator[np.ndarray]:
    """All rows of features in pieces.

    Args:
        features: float16 or float32 (N, D).
        rows: length of a piece.

    Yields:
        float32 (≤ ``rows``, D), in order.
    """
    for start in range(0, len(features), rows):
        yield np.asarray(features[start : start + rows], np.float32)


def check_features(features: Features, what: str = "features") -> None:
    """Check features.

    Args:
        features: what should be finite float16 or float32 (N, D).
        what: their name, for the message.

    Raises:
        InputError: another type or shape, or values that are not finite.
    """
    fits = features.ndim == 2 and features.dtype in (np.float16, np.float32)
    if not fits or not all(np.isfinite(chunk).all() for chunk in chunks(features)):
        raise InputError(
            f"{what} must be finite float16 or float32 (N, D), got {features.dtype} {features.shape}"
        )
