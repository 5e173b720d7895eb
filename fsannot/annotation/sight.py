"""What a person can see of the canvas and has read of it: version 2 of the human model, inside a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.data.errors import InputError
from fsannot.human.legibility import (
    DIM,
    LEGIBLE,
    POINTABLE,
    Legibility,
    aim,
    drawing_order,
    session_order,
)
from fsannot.human.view import View, on_canvas

IN_SEARCH = 50
"""Segments of an opened image whose names the seconds of ``Clock.inspect`` cover (HUMAN.md §3)."""
MOVED = 32.0
"""Pixels of the overview; a thumbnail that a new layout moves further is unread again (HUMAN.md §2)."""

COUNTS = ("views", "layouts", "local_layouts", "pending", "local")
"""Attributes of a sight that are saved by name."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The canvas at one moment. N counts all segments that ever were; rows not shown mean nothing.

    Attributes:
        shown: bool (N,), on the canvas.
        overview: float32 (N, 2), places in the overview.
        points: (N, 2), places on the canvas: float32 where everything is free to see, else whole pixels, int32.
        visible: int32 (N,), visible pixels of each thumbnail; None where everything is free to see.
        known_points: like ``points``, with hidden thumbnails in the middle of their 32-px cell, which is all that a
            person knows of their place.
    """

    shown: np.ndarray
    overview: np.ndarray
    points: np.ndarray
    visible: np.ndarray | None
    known_points: np.ndarray


class Sight:
    """The view, what is visible in it, and which thumbnails were read in the present layout.

    It holds no names: those are in the reader's head (:class:`~fsannot.annotation.reader.Reader`). It knows what a
    look costs and what cannot be looked at.

    Args:
        seed: of the session, ≥ 0; fixes which thumbnails lie on top.

    Attributes:
        view: zoom and offset.
        views: how often the view changed; names that were only read are forgotten then.
        layouts: how often the main layout was computed.
        local: whether a layout of some segments is shown instead of the main one.
        local_layouts: how often such a layout was computed.
        read: bool (N,), thumbnails named in the layout that is shown.
        checked: int (M,), rows that were read when the last box was checked.
        pending: looks that the next action is charged for.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Start a session: the overview, nothing read."""
        self.view = View.overview()
        self.views = self.layouts = self.local_layouts = self.pending = 0
        self.local = False
        self.read = np.zeros(0, bool)
        self._read_main = np.zeros(0, bool)
        self._order = np.zeros(0, np.int64)
        self.checked = np.zeros(0, np.int64)
        self._named = np.zeros(0, bool)
        self._shown: tuple[tuple[object, ...], Shown] | None = None
        self._drawn = (np.zeros(0, np.int64), np.zeros((0, 2), np.int32), np.zeros(0, np.int64))

    def canvas(
        self, shown: np.ndarray, overview: np.ndarray, labels: np.ndarray, top: int | None = None
    ) -> Shown:
        """What the canvas shows in the present view.

        Args:
            shown: bool (N,), segments of the layout.
            overview: float32 (N, 2), their places in the overview.
            labels: int16 (N,), −1 = unlabelled; never written into.
            top: a segment the tool points at, drawn above all others.

        Returns:
            the canvas; segments outside the view are not shown.
        """
        self._grow(len(shown))
        key = (shown, overview, labels, self.view, top)
        if self._shown is not None and all(a is b for a, b in zip(key, self._shown[0], strict=True)):
            return self._shown[1]
        rows = np.flatnonzero(shown)
        points = np.zeros((len(shown), 2), np.int32)
        points[rows] = self.view.points(overview[rows])
        visible = np.zeros(len(shown), np.int32)
        place = np.empty(len(shown), np.int64)
        place[rows] = np.arange(len(rows))
        order = drawing_order(labels[rows] >= 0, place[self._order[shown[self._order]]])
        if top is not None and shown[top]:
            order = np.append(order[order != place[top]], place[top])
        self._drawn = rows, points[rows], order
        visible[rows] = Legibility.of(points[rows], order).visible
        inside = np.zeros(len(shown), bool)
        inside[rows] = on_canvas(points[rows])
        known = np.where((visible > 0)[:, None], points, points // 32 * 32 + 16).astype(np.int32)
        for array in (inside, points, visible, known):
            array.flags.writeable = False
        canvas = Shown(inside, overview, points, visible, known)
        self._shown = (key, canvas)
        return canvas

    def look(self, rows: np.ndarray, visible: np.ndarray) -> np.ndarray:
        """Look at thumbnails; those not named yet in this layout are charged to the next action.

        Args:
            rows: int (M,), rows.
            visible: int32 (N,), visible pixels of each thumbnail.

        Returns:
            bool (M,), which of them are only a quarter to half visible.

        Raises:
            InputError: one of them cannot be read; none is charged.
        """
        covered = rows[visible[rows] < DIM]
        if len(covered):
            row = int(covered[0])
            raise InputError(
                f"segment={row} has {int(visible[row])} visible pixels of 1024 in this view; from {DIM} on it can be "
                "read: zoom in, lay it out in a grid, or hover"
            )
        self.pending += int((~self.read[rows]).sum())
        self.read[rows] = True
        return visible[rows] < LEGIBLE

    def check_box(self, rows: np.ndarray, visible: np.ndarray) -> None:
        """Note that a person checked what lies in a box: the legible thumbnails are read; the box paid for it."""
        self.checked = rows[visible[rows] >= LEGIBLE]
        self.read = self.read.copy()
        self.read[self.checked] = True

    def marks(self) -> tuple[np.ndarray, np.ndarray]:
        """What an action may mark as read before it is refused, for :meth:`put_back`."""
        return self.read, self.checked

    def put_back(self, marks: tuple[np.ndarray, np.ndarray]) -> None:
        """Take back what a refused action marked as read: nothing was paid for it."""
        self.read, self.checked = marks

    def require_pointable(self, row: int, visible: np.ndarray) -> float:
        """The width of a thumbnail as a target.

        Args:
            row: of the segment.
            visible: int32 (N,), visible pixels of each thumbnail.

        Returns:
            √(visible pixels).

        Raises:
            InputError: fewer than 16 pixels are visible.
        """
        if visible[row] < POINTABLE:
            raise InputError(
                f"segment={row} has {int(visible[row])} visible pixels in this view; {POINTABLE} are needed to point "
                "at it: zoom in, or label what lies above it first"
            )
        return float(np.sqrt(visible[row]))

    def aim(self, row: int) -> tuple[float, float]:
        """Where a person aims at a thumbnail of the canvas that was shown last: the deepest visible pixel."""
        rows, points, order = self._drawn
        x, y = aim(points, order, np.searchsorted(rows, [row]))[0].tolist()
        return float(x), float(y)

    def look_in_image(self, rows: np.ndarray) -> None:
        """Name segments of the open image; beyond the first ``IN_SEARCH`` since it was opened, each is a look."""
        self._named = np.append(self._named, np.zeros(len(self.read) - len(self._named), bool))
        before = int(self._named.sum())
        self._named[rows] = True
        after = int(self._named.sum())
        self.pending += max(after - IN_SEARCH, 0) - max(before - IN_SEARCH, 0)

    # -- changes ----------------------------------------------------------------------------------------------

    def open_image(self) -> None:
        """Note that an image was opened: nothing in it is named yet."""
        self._named = np.zeros(len(self.read), bool)

    def show(self, view: View) -> None:
        """Show another part of the layout; names that were only read are forgotten."""
        if view != self.view:
            self.view = view
            self._forget()

    def _forget(self) -> None:
        """Note that the view changed."""
        self.views += 1
        self.checked = self.checked[:0]

    def new_layout(self, before: np.ndarray, after: np.ndarray, kept: np.ndarray) -> None:
        """Note that the main layout was computed anew: what moved is unread, and the overview is shown.

        Args:
            before, after: float32 (n, 2), (N, 2), places in the overview; n ≤ N.
            kept: bool (n,), rows that were on the canvas before.
        """
        if self.local:
            self.leave_local()
        self._grow(len(after))
        count = len(before)
        moved = np.ones(len(after), bool)
        moved[:count] = ~kept | (np.hypot(*(after[:count] - before).T) > MOVED)
        self.read = self.read & ~moved
        self.layouts += 1
        self.show(View.overview())

    def enter_local(self) -> None:
        """Note that some segments are laid out on their own: all of them are unread there."""
        if not self.local:
            self._read_main = self.read
        self.local = True
        self.local_layouts += 1
        self.read = np.zeros(len(self.read), bool)
        self.view = View.overview()
        self._forget()

    def leave_local(self) -> None:
        """Note that the main layout is shown again; what was named in it before is not paid for a second time."""
        if self.local:
            self.local = False
            self.read = np.append(self._read_main, np.zeros(len(self.read) - len(self._read_main), bool))
            self.view = View.overview()
            self._forget()

    # -- saving -----------------------------------------------------------------------------------------------

    def saved(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What a saved session needs: marks of segments by name, and numbers that are JSON-ready."""
        marks = {"read": self.read, "read_main": self._read_main, "named": self._named}
        numbers = {name: getattr(self, name) for name in COUNTS}
        return marks, {**numbers, "view": [self.view.zoom, self.view.x, self.view.y]}

    def restore(self, marks: dict[str, np.ndarray], numbers: dict[str, Any]) -> None:
        """Take over what :meth:`saved` gave."""
        self.reset()
        self._grow(len(marks["read"]))
        self.read, self._read_main, self._named = marks["read"], marks["read_main"], marks["named"]
        self.view = View(*numbers["view"])
        for name in COUNTS:
            setattr(self, name, numbers[name])

    def _grow(self, count: int) -> None:
        if count > len(self.read):
            self.read = np.append(self.read, np.zeros(count - len(self.read), bool))
            self._order = session_order(np.arange(count), seed=self.seed)
