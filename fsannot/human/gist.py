"""What remains of thumbnails that were read before the view changed: the gist of each place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.screen import HEIGHT, WIDTH

CELL = 64
"""Side of a place, pixels of the overview (HUMAN.md §2)."""
ROWS, COLUMNS = -(-HEIGHT // CELL), -(-WIDTH // CELL)
NOTHING = -1
"""The name of a cell of which nothing is remembered."""


def cells_of(overview_points: np.ndarray) -> np.ndarray:
    """The cell of each place of the overview; cells are counted row by row.

    Args:
        overview_points: float32 or int32 (N, 2), ``x, y``, pixels of the overview.

    Returns:
        int64 (N,).
    """
    row = np.clip(np.floor_divide(overview_points[:, 1], CELL), 0, ROWS - 1).astype(np.int64)
    column = np.clip(np.floor_divide(overview_points[:, 0], CELL), 0, COLUMNS - 1).astype(np.int64)
    return row * COLUMNS + column


@dataclass(frozen=True, eq=False)
class CellMemory:
    """The majority name of each 64-px cell of the overview, with how much spoke for it.

    Of each cell one name and two numbers are kept, whatever was read: the minority is forgotten. It belongs to one
    layout; after another was computed, start from ``empty``.

    Attributes:
        name: int64 (ROWS · COLUMNS,), the majority; ``NOTHING`` where nothing is remembered.
        weight: float64, same shape, weight of that name.
        total: float64, same shape, weight of all names that were read there.
    """

    name: np.ndarray
    weight: np.ndarray
    total: np.ndarray

    @classmethod
    def empty(cls) -> CellMemory:
        """Nothing remembered."""
        return cls._frozen(np.full(ROWS * COLUMNS, NOTHING, np.int64), *np.zeros((2, ROWS * COLUMNS)))

    @classmethod
    def _frozen(cls, name: np.ndarray, weight: np.ndarray, total: np.ndarray) -> CellMemory:
        name.flags.writeable = weight.flags.writeable = total.flags.writeable = False
        return cls(name, weight, total)

    def remember(self, cells: np.ndarray, names: np.ndarray, weights: np.ndarray | None = None) -> CellMemory:
        """The memory after the view changed, with what was only read in it.

        The remembered name of a cell counts with its weight, together with the new names; of equal weights the
        smallest name wins.

        Args:
            cells: int (N,), as ``cells_of`` gives them.
            names: int (N,), ≥ 0.
            weights: float (N,), > 0; left out: 1 each.

        Returns:
            the new memory; this one stays as it is.

        Raises:
            InputError: arrays of different lengths, or values outside these ranges.
        """
        cells, names = np.asarray(cells, np.int64), np.asarray(names, np.int64)
        weights = np.ones(len(cells)) if weights is None else np.asarray(weights, np.float64)
        if cells.ndim != 1 or not cells.shape == names.shape == weights.shape:
            raise InputError(
                f"cells {cells.shape}, names {names.shape}, weights {weights.shape}: all (N,) is needed"
            )
        if len(cells) and not (cells.min() >= 0 and cells.max() < len(self.name)):
            raise InputError(
                f"cells from {cells.min()} to {cells.max()}: 0 to {len(self.name) - 1} are there"
            )
        if (names < 0).any() or not ((weights > 0) & np.isfinite(weights)).all():
            raise InputError("names to remember: names ≥ 0 and finite weights > 0 are needed")
        known = np.flatnonzero(self.name != NOTHING)
        total = self.total + np.bincount(cells, weights, minlength=len(self.name))
        cells = np.concatenate((known, cells))
        distinct, index = np.unique(np.concatenate((self.name[known], names)), return_inverse=True)
        pair, which = np.unique(cells * len(distinct) + index, return_inverse=True)
        summed = np.bincount(which, np.concatenate((self.weight[known], weights)), minlength=len(pair))
        cell, label = pair // max(len(distinct), 1), pair % max(len(distinct), 1)
        best = np.lexsort((label, -summed, cell))  # per cell: heaviest first, of equals the smallest name
        best = best[np.unique(cell[best], return_index=True)[1]]
        name, weight = np.full_like(self.name, NOTHING), np.zeros_like(self.weight)
        name[cell[best]], weight[cell[best]] = distinct[label[best]], summed[best]
        return CellMemory._frozen(name, weight, total)

    def majority(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What is remembered of some cells.

        Args:
            cells: int (M,), as ``cells_of`` gives them.

        Returns:
            name int64 (M,), ``NOTHING`` where nothing is remembered; its weight, and the weight of all names that were
            read there, float64 (M,).
        """
        return self.name[cells], self.weight[cells], self.total[cells]
