"""Thumbnails of segments, drawn when the page asks for them and kept."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from fsannot.annotation.checks import is_index
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.human.view import SIDE
from fsannot.runs.thumbnails import segment_thumbnail

COLUMNS = 32
"""Thumbnails in a row of a sheet."""
MOST = 1024
"""Thumbnails of one sheet: 1024 × 1024 pixels."""


class Tiles:
    """Draws each thumbnail once, 32×32 pixels.

    Args:
        session: whose segments they show.
    """

    def __init__(self, session: AnnotationSession) -> None:
        self._session = session
        self._tiles = np.zeros((0, SIDE, SIDE, 3), np.uint8)
        self._drawn = np.zeros(0, bool)

    def sheet(self, wanted: object) -> bytes:
        """Thumbnails of some rows, next to each other on one sheet.

        Args:
            wanted: list of 1 to ``MOST`` rows.

        Returns:
            PNG, 32 thumbnails a row.

        Raises:
            InputError: something else, or rows that are not there.
        """
        total = len(self._session.state.table)
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= MOST:
            raise InputError(f"rows: a list of 1 to {MOST} rows is needed")
        if not all(is_index(row, total) for row in wanted):
            raise InputError(f"rows: whole numbers from 0 to {total - 1} are needed")
        rows, count = np.array(wanted), len(wanted)
        self._grow(total)
        self._draw(np.unique(rows[~self._drawn[rows]]))
        lines = -(-count // COLUMNS)
        slots = np.zeros((lines * COLUMNS, SIDE, SIDE, 3), np.uint8)
        slots[:count] = self._tiles[rows]
        sheet = slots.reshape(lines, COLUMNS, SIDE, SIDE, 3).swapaxes(1, 2)
        out = io.BytesIO()
        Image.fromarray(sheet.reshape(lines * SIDE, COLUMNS * SIDE, 3)).save(out, "PNG", compress_level=1)
        return out.getvalue()

    def _grow(self, total: int) -> None:
        missing = total - len(self._drawn)
        if missing:
            room = np.zeros((missing, SIDE, SIDE, 3), np.uint8)
            self._tiles = np.concatenate([self._tiles, room])
            self._drawn = np.concatenate([self._drawn, np.zeros(missing, bool)])

    def _draw(self, rows: np.ndarray) -> None:
        state, images = (
            self._session.state,
            self._session.engine.images,
        )  # one state, whatever is done meanwhile
        table, alive = state.table, state.alive
        for image in np.unique(table.image[rows]).tolist():
            pixels, row_map = images.image(image), state.row_map(image)
            for row in rows[table.image[rows] == image].tolist():
                own = row if alive[row] else None  # what was replaced by its parts shows its surroundings
                self._tiles[row] = segment_thumbnail(pixels, table.bbox[row], row_map, own, SIDE)
                self._drawn[row] = True
