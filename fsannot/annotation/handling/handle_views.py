"""Carries out actions that change what is on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.checks import check_image, check_segment
from fsannot.annotation.desk import Desk
from fsannot.annotation.sight import Sight
from fsannot.annotation.view import overview
from fsannot.data.errors import InputError
from fsannot.human.gestures import BoxGesture
from fsannot.human.grid import grid_layout
from fsannot.human.legibility import POINTABLE
from fsannot.human.motor import zoom_width
from fsannot.human.view import View


def focus_box(desk: Desk, action: act.FocusBox) -> Situation:
    members, drawn = _members(desk, action.box)
    _show_local(desk, members, desk._space.project_locally(members), fixed=False)
    desk._pointer = drawn.box[2:]
    return Situation(box=drawn.gesture)


def unfocus(desk: Desk, _: act.Unfocus) -> Situation:
    desk._view.focus = None
    if desk.sight is not None:
        desk.sight.leave_local()
    return Situation()


def show_uncertain(desk: Desk, _: act.ShowUncertain) -> Situation:
    desk._view.highlight = desk._space.most_uncertain(desk.state, len(desk.classes))
    return Situation()


def open_image(desk: Desk, action: act.OpenImage) -> Situation:
    check_image(action.image, desk.state)
    screen = desk.screen()
    on_canvas = screen.shown & (desk.state.table.image == action.image)
    if screen.visible is not None:
        on_canvas &= screen.visible >= POINTABLE
    thumbnails = screen.points[on_canvas]
    if not len(thumbnails):
        raise InputError(f"image={action.image}: none of its thumbnails can be pointed at on the canvas now")
    reach = np.hypot(*(thumbnails - np.array(desk._pointer)).T)
    desk._view.open_image = action.image
    if desk.sight is None or screen.visible is None:
        return Situation(reach=float(reach.min()))
    desk.sight.open_image()
    width = np.sqrt(screen.visible[on_canvas])
    easiest = int((reach / width).argmin())
    return Situation(reach=float(reach[easiest]), width=float(width[easiest]), searched=True)


def close_image(desk: Desk, _: act.CloseImage) -> Situation:
    desk._view.open_image = None
    return Situation()


def zoom(desk: Desk, action: act.Zoom) -> Situation:
    sight = _sight(desk, action)
    new = sight.view.zoomed_to(action.box)
    x0, y0, x1, y1 = action.box
    reach = float(np.hypot(x0 - desk._pointer[0], y0 - desk._pointer[1]))
    wide = zoom_width(action.box)
    gesture = BoxGesture(reach, float(np.hypot(x1 - x0, y1 - y0)), (wide, wide), 0)
    sight.show(new)
    desk._pointer = (float(x1), float(y1))
    return Situation(box=gesture, again=desk._zoomed)


def zoom_out(desk: Desk, action: act.ZoomOut) -> Situation:
    _sight(desk, action).show(View.overview())
    return Situation()


def set_view(desk: Desk, action: act.SetView) -> Situation:
    _sight(desk, action).show(View(action.zoom, action.x, action.y))
    return Situation()


def grid(desk: Desk, action: act.Grid) -> Situation:
    _sight(desk, action)
    newest = desk.state.table.image >= desk._newest
    members = np.flatnonzero(desk.state.alive & (desk.state.labels < 0) & newest)
    if not len(members):
        raise InputError("Grid: all segments of the newest images are labelled")
    places = overview(desk.state.alive, desk._space.layout)[members]
    _show_local(desk, members, grid_layout(places).astype(np.float32), fixed=True)
    return Situation()


def grid_box(desk: Desk, action: act.GridBox) -> Situation:
    _sight(desk, action)
    members, drawn = _members(desk, action.box)
    places = np.clip(desk.screen().points[members], 0, (1600, 1200))
    _show_local(desk, members, grid_layout(places).astype(np.float32), fixed=True)
    desk._pointer = drawn.box[2:]
    return Situation(box=drawn.gesture)


def hover(desk: Desk, action: act.Hover) -> Situation:
    sight = _sight(desk, action)
    check_segment(action.segment, desk.state)
    at = desk._point_at(action.segment)
    situation = Situation(**desk._pointing(action.segment, at))
    if situation.searched:
        raise InputError(
            f"segment={action.segment} is in the open image, where it can be read; CloseImage first"
        )
    sight.read[action.segment] = True
    desk._pointer = at
    return situation


def confirm(desk: Desk, action: act.Confirm) -> Situation:
    _sight(desk, action)
    if desk._view.open_image is None:
        raise InputError("no image is open; OpenImage first")
    return Situation()


def _sight(desk: Desk, action: act.Action) -> Sight:
    if desk.sight is None:
        raise InputError(
            f"{type(action).__name__} needs version 2 of the human model; in this session everything is visible "
            "(human_model=v1)"
        )
    return desk.sight


def _members(desk: Desk, box: Any) -> Any:
    """The shown segments int64 (M,) in a box, labelled or not, and the box as it is drawn."""
    members, drawn = desk._draw(box, unlabelled=False)
    if not len(members):
        raise InputError(f"box {box}: no thumbnail inside; draw it around what is to be focused")
    return members, drawn


def _show_local(desk: Desk, members: np.ndarray, places: np.ndarray, *, fixed: bool) -> None:
    desk._view.focus, desk._view.fixed = (members, places), fixed
    if desk.sight is not None:
        desk.sight.enter_local()


HANDLERS: dict[type[act.Action], Callable[[Any, Any], Situation]] = {
    act.FocusBox: focus_box,
    act.Unfocus: unfocus,
    act.ShowUncertain: show_uncertain,
    act.OpenImage: open_image,
    act.CloseImage: close_image,
    act.Zoom: zoom,
    act.ZoomOut: zoom_out,
    act.SetView: set_view,
    act.Grid: grid,
    act.GridBox: grid_box,
    act.Hover: hover,
    act.Confirm: confirm,
}
