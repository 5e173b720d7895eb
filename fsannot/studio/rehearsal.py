"""A trace played in the real page by a real mouse and keyboard, action by action."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Action
from fsannot.data.errors import FsannotError
from fsannot.human.legibility import POINTABLE, aim, drawing_order, session_order, visible_pixels
from fsannot.human.screen import Box, inside
from fsannot.human.view import View
from fsannot.studio.desk import Desk
from fsannot.studio.hand import Hand
from fsannot.studio.screen import Screen, view_of

PAGE_FACTOR = 0.5
"""Of the threshold: what the page's key for finer parts asks for."""
SMALLEST_DRAG = 4.0
"""Pixels; shorter ones are clicks."""
KEYS: dict[type[Action], str] = {
    act.LearnMetric: "l", act.Reproject: "p", act.RequestBatch: "m", act.Undo: "u", act.ShowUncertain: "q",
    act.Unfocus: "g", act.CloseImage: "Escape", act.ZoomOut: "0", act.Grid: "d", act.Confirm: "k",
}  # fmt: skip
"""Actions of one key."""
NOT_RECORDED = (act.Undo, act.RequestBatch, act.Hover, act.ZoomOut)
"""Gestures that leave no step in the session where they change nothing."""


class CannotError(FsannotError):
    """A hand cannot make an action; the message says why."""


@dataclass
class Rehearsed:
    """What came of a rehearsal.

    Attributes:
        made: actions made by hand, by name.
        not_made: ``(step, name, reason)`` of the others, which were given to the page as they are.
        waited: seconds from gestures to the screen's answers.
    """

    made: Counter[str] = field(default_factory=Counter)
    not_made: list[tuple[int, str, str]] = field(default_factory=list)
    waited: float = 0.0


class Rehearsal:
    """Plays actions with a hand.

    Args:
        hand: at the page.
        desk: of the session the page shows; only looked at.
        seed: of the session.
    """

    def __init__(self, hand: Hand, desk: Desk, *, seed: int) -> None:
        self._hand, self._desk, self._seed = hand, desk, seed
        self._ways: dict[type[Action], Callable[[Any], None]] = {
            act.LabelBox: self._label_box,
            act.LabelSegment: self._label_segment,
            act.LabelInImage: self._label_in_image,
            act.LabelNeighbors: self._label_neighbors,
            act.LabelRest: self._label_rest,
            act.RefineBox: self._refine_box,
            act.FocusBox: lambda action: self._box_and_key(action.box, "f", unlabelled=False),
            act.OpenImage: self._open_image,
            act.Split: self._split,
            act.LabelRadius: self._label_radius,
            act.Zoom: lambda action: self._box_and_key(action.box, "z", unlabelled=False),
            act.GridBox: lambda action: self._box_and_key(action.box, "d", unlabelled=False),
            act.Hover: lambda action: self._hand.point(self._aim(np.array([action.segment]))),
        }

    def play(self, actions: Iterable[Action]) -> Rehearsed:
        """Play actions in order; ``Stop`` has no gesture and ends the play.

        Args:
            actions: of a trace.

        Returns:
            which were made, and which a hand cannot make.
        """
        done = Rehearsed()
        for number, action in enumerate(actions, 1):
            if isinstance(action, act.Stop):
                break
            name = type(action).__name__
            version = self._desk.version
            try:
                self._play(action)
                if self._desk.version == version and not isinstance(action, NOT_RECORDED):
                    raise CannotError(f"the page says: {self._hand.tab.inner_text('#message')}")
                done.made[name] += 1
            except CannotError as reason:
                done.not_made.append((number, name, str(reason)))
                if self._desk.version == version:
                    self._give(action)
        done.waited = self._hand.waited
        return done

    def _play(self, action: Action) -> None:
        way = self._ways.get(type(action))
        if way is not None:
            way(action)
        elif type(action) in KEYS:
            self._hand.key(KEYS[type(action)])
        else:
            raise CannotError("the page has no gesture for it")

    def _give(self, action: Action) -> None:
        """Let the page send an action as it is, so that what follows finds the same session."""
        self._hand.tab.evaluate("record => studio.act(record).then(() => null)", action.to_dict())
        self._hand.settle()

    # -- where things are -------------------------------------------------------------------------------------

    def _screen(self) -> tuple[Screen, np.ndarray, np.ndarray]:
        """The screen, whole pixels of the present view int32 (N, 2), and rows from the bottom to the top."""
        screen = Screen.of(self._desk.session)
        known = view_of(self._desk.session)
        view = View(*known) if known else View.overview()
        points = np.zeros((len(screen.shown), 2), np.int32)
        points[screen.shown] = view.points(screen.points[screen.shown])
        order = drawing_order(screen.labels >= 0, session_order(np.arange(len(points)), seed=self._seed))
        return screen, points, order[screen.shown[order]]

    def _aim(self, rows: np.ndarray) -> tuple[float, float]:
        """Place in the window of the thumbnail, one of some, that can be hit most easily."""
        screen, points, order = self._screen()
        rows = rows[screen.shown[rows]]
        if not len(rows):
            raise CannotError("it is not on the canvas")
        seen = visible_pixels(points, order)[rows]
        best = int(rows[seen.argmax()])
        if seen.max() < POINTABLE:
            raise CannotError(
                f"{seen.max()} of its pixels can be seen; {POINTABLE} are needed to point at it"
            )
        x, y = aim(points, order, np.array([best]))[0]
        return self._hand.on_canvas((float(x), float(y)))

    def _corners(self, box: Box, *, unlabelled: bool) -> Box:
        """A box in whole pixels with the same thumbnails in it."""
        if view_of(self._desk.session):
            return box  # is in whole pixels already
        screen = Screen.of(self._desk.session)
        candidates = screen.shown & (screen.labels < 0) if unlabelled else screen.shown
        wanted = candidates & inside(screen.points, box)
        whole = tuple(float(round(v)) for v in box)
        tries: list[Any] = [whole]
        if wanted.any():
            low, high = screen.points[wanted].min(0), screen.points[wanted].max(0)
            tries.append((*np.floor(low).tolist(), *np.ceil(high).tolist()))
            tries.append((*(np.floor(low) - 2).tolist(), *(np.ceil(high) + 2).tolist()))
        for corners in tries:
            drawn = np.asarray(corners, np.float32).tolist()
            same = np.array_equal(
                candidates & inside(screen.points, (drawn[0], drawn[1], drawn[2], drawn[3])), wanted
            )
            wide = max(corners[2] - corners[0], corners[3] - corners[1]) >= SMALLEST_DRAG
            within = corners[0] >= 0 and corners[1] >= 0 and corners[2] <= 1600 and corners[3] <= 1200
            if same and wide and within:
                return corners  # type: ignore[no-any-return]
        raise CannotError("no box in whole pixels has these thumbnails in it and no other")

    def _draw(self, box: Box, *, unlabelled: bool) -> None:
        x0, y0, x1, y1 = self._corners(box, unlabelled=unlabelled)
        self._hand.drag(self._hand.on_canvas((x0, y0)), self._hand.on_canvas((x1, y1)))

    def _box_and_key(self, box: Box, key: str, *, unlabelled: bool) -> None:
        self._draw(box, unlabelled=unlabelled)
        self._hand.key(key)

    # -- gestures ---------------------------------------------------------------------------------------------

    def _number(self, label: int) -> None:
        """Press the number of a class, or click it in the palette where it has none."""
        if label < 9:
            self._hand.key(str(label + 1))
        else:
            self._hand.tab.locator(f"[data-part='class-{label}']").click()
            self._hand.settle()

    def _label_box(self, action: act.LabelBox) -> None:
        self._draw(action.box, unlabelled=True)
        self._number(action.label)

    def _label_segment(self, action: act.LabelSegment) -> None:
        table = self._desk.state.table
        if self._desk.session.observe().open_image == int(table.image[action.segment]):
            self._click_in_image(action.segment, action.label)
            return
        self._hand.click(self._aim(np.array([action.segment])))
        self._number(action.label)

    def _label_in_image(self, action: act.LabelInImage) -> None:
        for segment, label in zip(action.segments, action.labels, strict=True):
            self._click_in_image(segment, label)

    def _click_in_image(self, segment: int, label: int) -> None:
        image = int(self._desk.state.table.image[segment])
        row_map = self._desk.session.row_map(image)
        if self._hand.tab.evaluate("studio.palette.chosen") != label:
            self._number(label)
        self._hand.click(self._hand.in_image(_middle(row_map == segment), row_map.shape))

    def _label_neighbors(self, action: act.LabelNeighbors) -> None:
        place = self._aim(np.array([action.segment]))
        found = self._desk.session.similar(action.segment, action.count + 1)
        features = self._desk.session.neighborhoods.features
        rows = np.asarray(features[:], np.float32)
        away = (1 - rows[found] @ rows[action.segment]) * 800  # pixels of drag
        count = min(action.count, len(found))
        reach = int(np.ceil(away[count - 1]))
        if count < len(found) and reach >= away[count]:
            raise CannotError("no radius in whole pixels has so many segments in it")
        self._drag_radius(place, reach)
        self._number(action.label)

    def _label_radius(self, action: act.LabelRadius) -> None:
        self._drag_radius(self._aim(np.array([action.segment])), action.pixels)
        self._number(action.label)

    def _drag_radius(self, place: tuple[float, float], reach: int) -> None:
        """Drag a radius of so many canvas pixels, to the side where there is room."""
        box = self._hand.tab.locator("#thumbnails").bounding_box()
        assert box is not None
        scale = box["width"] / 1600
        sign = 1 if place[0] + reach * scale < box["x"] + box["width"] else -1
        end = (place[0] + sign * max(reach, 1) * scale, place[1])
        self._hand.drag(place, end, "right", ready="studio.projection.similar")

    def _label_rest(self, action: act.LabelRest) -> None:
        if self._hand.tab.evaluate("studio.palette.chosen") != action.label:
            self._number(action.label)
        self._hand.key("r")
        self._hand.key("r")

    def _refine_box(self, action: act.RefineBox) -> None:
        offered = PAGE_FACTOR * self._desk.session.engine.images.threshold
        if action.threshold != offered:
            raise CannotError(
                f"the page refines at {offered:g}, half the threshold, not at {action.threshold:g}"
            )
        self._box_and_key(action.box, "x", unlabelled=True)

    def _open_image(self, action: act.OpenImage) -> None:
        rows = np.flatnonzero(self._desk.state.table.image == action.image)
        self._hand.click(self._aim(rows), twice=True)

    def _split(self, action: act.Split) -> None:
        image = int(self._desk.state.table.image[action.segment])
        was_open = self._desk.session.observe().open_image
        if was_open != image:
            raise CannotError("its image is not open; the page splits in an open image")
        size = self._desk.session.row_map(image).shape
        self._hand.point(self._hand.in_image(action.positive[0], size))
        self._hand.key("s")
        for clicks, button in ((action.positive, "left"), (action.negative, "right")):
            for pixel in clicks:
                self._hand.click(self._hand.in_image(pixel, size), button)  # type: ignore[arg-type]
        self._hand.until("studio.imageView.splitting?.parts")
        if action.label is None:
            self._hand.key("Enter")
        else:
            self._number(action.label)


def _middle(mask: np.ndarray) -> tuple[int, int]:
    """The deepest pixel (y, x) of a mask."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    y, x = divmod(int(depth.argmax()), mask.shape[1])
    return y, x
