"""A person who reads thumbnails and opened images: a robot's eyes under version 2 of the human model.

The reader joins the eyes, which know the ground truth, with the session's sight, which knows what is legible and what
was paid. A robot gets the reader and nothing behind it, so that it cannot name what it could not see.
"""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import (
    Action,
    BoxAction,
    Hover,
    LabelBox,
    LabelInImage,
    LabelRadius,
    LabelSegment,
)
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import Sight
from fsannot.data.errors import InputError
from fsannot.human.eyes import Eyes, Pixel
from fsannot.human.gist import CellMemory, cells_of
from fsannot.human.screen import Box

UNREAD = -2
"""The name of a segment that is not read, or whose name is forgotten."""
SIZES = (0.0005, 0.01)
"""Fractions of the image that divide small, medium and large segments (HUMAN.md §2)."""


class Reader:
    """Names of segments in a person's head: those read in the present view, and the gist of what was read before.

    Args:
        eyes: what a person would name, with errors.
        session: where thumbnails are shown and looks are charged; it models what is visible.

    Attributes:
        name: int16 (N,), class read, −1 = nothing to name, ``UNREAD`` = not read or forgotten.
        mixed: bool (N,), two classes were noticed.
        image: int32 (N,), image of what is read, −1 = not known.
        size: int8 (N,), 0 small, 1 medium, 2 large, −1 = not known.
        gist: majority name of each 64-px cell of the overview, of what was read and is forgotten.
        drawn: the last box that gave labels, pixels of the view it was drawn in; whoever plans by it sets it to None.
        looked_at: bool (N,), everything that was ever read, for the record.

    Raises:
        InputError: the session shows everything.
    """

    def __init__(self, eyes: Eyes, session: AnnotationSession) -> None:
        if session.sight is None:
            raise InputError("a reader needs a session that models what is visible (sight=Sight())")
        self.__eyes, self.__session = eyes, session
        self.reset()

    @property
    def _sight(self) -> Sight:
        sight = self.__session.sight
        assert sight is not None
        return sight

    def reset(self) -> None:
        """Forget everything."""
        self.__eyes.reset()
        self.__alive: np.ndarray | None = None
        self.drawn: Box | None = None
        self.name = np.zeros(0, np.int16)
        self.mixed = np.zeros(0, bool)
        self.image = np.zeros(0, np.int32)
        self.size = np.zeros(0, np.int8)
        self.looked_at = np.zeros(0, bool)
        self._cell = np.zeros(0, np.int64)
        self.gist = self._main_gist = CellMemory.empty()
        self._views = self._layouts = -1
        self._local, self._local_layouts = False, 0
        self._open: int | None = None
        self.open_name = np.zeros(0, np.int16)
        """int16 (N,): names read in the open image, ``UNREAD`` for all others."""

    # -- reading ----------------------------------------------------------------------------------------------

    def look(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read thumbnails; those not named yet in this layout cost a look, charged to the next action.

        Args:
            rows: int (M,), rows on the canvas of which at least a quarter is visible.

        Returns:
            name int16 (M,) and mixed bool (M,), as kept in the attributes.

        Raises:
            InputError: a row that cannot be read in this view.
        """
        self.catch_up()
        screen = self.__session.screen()
        assert screen.visible is not None
        off = rows[~screen.shown[rows]]
        if len(off):
            raise InputError(f"segment={int(off[0])} is not on the canvas in this view")
        dim = self._sight.look(rows, screen.visible)
        self._keep(rows, *self.__eyes.read(rows, dim))
        return self.name[rows], self.mixed[rows]

    def inspect(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Name segments in the open image; the first 50 since it was opened are paid for.

        Args:
            rows: int (M,), living segments of the open image.

        Returns:
            name int16 (M,), mixed bool (M,).

        Raises:
            InputError: no image is open, or a row of another one.
        """
        self._require_open(rows)
        self._sight.look_in_image(rows)
        name, mixed = self.__eyes.read_open(rows)
        self.open_name[rows] = name
        self.looked_at[rows] = True
        return name, mixed

    def second(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The second class of segments of the open image and its share in quarters; see :meth:`Eyes.second`.

        Args:
            rows: int (M,), living segments of the open image that were named there.

        Returns:
            class int16 (M,), −1 = none; share float64 (M,).

        Raises:
            InputError: no image is open, a row of another one, or one that was not named.
        """
        self._require_named(rows)
        return self.__eyes.second(rows)

    def split_clicks(self, segment: int, label: int) -> tuple[tuple[Pixel, ...], tuple[Pixel, ...]] | None:
        """Where a person would click to separate a class from the rest of a segment of the open image.

        Args:
            segment: row of the segment, which was named there.
            label: index of the class.

        Returns:
            positive and negative clicks, ``(y, x)``; None where the segment does not hold both.

        Raises:
            InputError: no image is open, the segment is of another one, or it was not named.
        """
        self._require_named(np.array([segment]))
        clicks = self.__eyes.split_clicks(segment, label)
        return None if clicks is None else ((clicks[0],), (clicks[1],))

    # -- what happens in the session --------------------------------------------------------------------------

    def noticed(self, action: Action) -> None:
        """Take in what an action that was just carried out has shown; the loop calls it after every step.

        Args:
            action: what was done.
        """
        self.catch_up()
        if isinstance(action, LabelBox):
            self.drawn = action.box
        if isinstance(action, BoxAction | LabelRadius):
            new = self._sight.checked[self.name[self._sight.checked] == UNREAD]
            new = new[self.__session.state.alive[new] & self._sight.read[new]]
            if len(new):  # what was checked in the box is named as well; the box has paid
                self._keep(new, *self.__eyes.read(new, np.zeros(len(new), bool)))
        elif isinstance(action, Hover):
            self._keep(np.array([action.segment]), *self.__eyes.hover(np.array([action.segment])))
        elif self._open is not None and isinstance(action, LabelInImage | LabelSegment):
            rows = np.array(action.segments if isinstance(action, LabelInImage) else [action.segment])
            rows = rows[self.__session.state.table.image[rows] == self._open]
            if len(rows):
                self.__eyes.correct(rows)

    def catch_up(self) -> None:
        """Learn of new segments; forget what a new view, a new layout or a closed image makes one forget."""
        session, sight = self.__session, self._sight
        state = session.state
        if state.alive is not self.__alive:
            self.__eyes.extend(state.table, state.alive)
            self.__alive = state.alive
            missing = len(state.table) - len(self.name)
            for key, fill in (
                ("name", UNREAD), ("mixed", False), ("image", -1), ("size", -1), ("looked_at", False), ("_cell", 0),
                ("open_name", UNREAD),
            ):  # fmt: skip
                old = getattr(self, key)
                setattr(self, key, np.append(old, np.full(missing, fill, old.dtype)))
        if sight.views != self._views:
            self._forget_names()
            self._views = sight.views
        if sight.layouts != self._layouts:
            if not sight.local:
                self.gist = self._main_gist = CellMemory.empty()
            self._layouts = sight.layouts
        if (sight.local, sight.local_layouts) != (self._local, self._local_layouts):
            if sight.local and not self._local:
                self._main_gist = self.gist
            self.gist = CellMemory.empty() if sight.local else self._main_gist
            self._local, self._local_layouts = sight.local, sight.local_layouts
        moved = (
            (self.name != UNREAD) & ~sight.read[: len(self.name)] if len(sight.read) else self.name != UNREAD
        )
        self._clear(moved)
        opened = session._view.open_image
        if opened != self._open:
            self.open_name[:] = UNREAD
            self._open = opened

    def _forget_names(self) -> None:
        """Keep the majority of each cell of what was only read."""
        read = np.flatnonzero((self.name >= 0) & self.__session.state.alive)
        if len(read):
            self.gist = self.gist.remember(self._cell[read], self.name[read])
        self._clear(self.name != UNREAD)

    def _clear(self, rows: np.ndarray) -> None:
        self.name[rows], self.mixed[rows] = UNREAD, False
        self.image[rows] = self.size[rows] = -1

    def _keep(self, rows: np.ndarray, name: np.ndarray, mixed: np.ndarray) -> None:
        state, screen = self.__session.state, self.__session.screen()
        self.name[rows], self.mixed[rows] = name, mixed
        self.looked_at[rows] = True
        self._cell[rows] = cells_of(screen.overview[rows])
        self.image[rows] = state.table.image[rows]
        areas = np.array([m.size for m in state.label_maps])[state.table.image[rows]]
        self.size[rows] = np.digitize(state.table.area[rows] / areas, SIZES)

    def _require_open(self, rows: np.ndarray) -> None:
        self.catch_up()
        image = self.__session._view.open_image
        if image is None:
            raise InputError("no image is open; the robot has to step OpenImage first")
        if (self.__session.state.table.image[rows] != image).any():
            raise InputError(f"segments {rows[:5].tolist()} are not all in image {image}, the open one")

    def _require_named(self, rows: np.ndarray) -> None:
        self._require_open(rows)
        unread = rows[self.open_name[rows] == UNREAD]
        if len(unread):
            raise InputError(f"segment={int(unread[0])} was not named in the open image; inspect it first")
