"""Carries out actions that give labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.checks import check_count, check_in_image, check_label
from fsannot.annotation.desk import Desk
from fsannot.data.errors import InputError
from fsannot.human.gestures import RADIUS_DISTANCE
from fsannot.human.legibility import LEGIBLE


def label_box(desk: Desk, action: act.LabelBox) -> Situation:
    check_label(action.label, len(desk.classes))
    inside, drawn = desk._draw(action.box)
    situation = Situation(box=drawn.gesture, label_changed=action.label != desk._last_label)
    desk._set_labels(inside, action.label)
    desk._pointer = drawn.box[2:]
    return situation


def label_segment(desk: Desk, action: act.LabelSegment) -> Situation:
    check_label(action.label, len(desk.classes))
    at = desk._point_at(action.segment)
    changed = action.label != desk._last_label
    situation = Situation(**desk._pointing(action.segment, at), label_changed=changed)
    desk._set_labels(np.array([action.segment]), action.label)
    desk._pointer = at
    return situation


def label_in_image(desk: Desk, action: act.LabelInImage) -> Situation:
    check_in_image(action.segments, action.labels, desk._view.open_image, desk.state)
    for label in action.labels:
        check_label(label, len(desk.classes))
    labels = np.array(action.labels, np.int16)
    at = desk._point_at(action.segments[-1])
    desk._set_labels(np.array(action.segments), labels)
    desk._pointer = at
    return Situation(searched=desk.sight is not None)


def label_rest(desk: Desk, action: act.LabelRest) -> Situation:
    check_label(action.label, len(desk.classes))
    desk._set_labels(np.flatnonzero(desk.state.alive & (desk.state.labels < 0)), action.label)
    return Situation()


def label_neighbors(desk: Desk, action: act.LabelNeighbors) -> Situation:
    if desk.sight is not None:
        raise InputError(
            "LabelNeighbors chooses a number of segments, which nobody can drag; use LabelRadius, or human_model=v1"
        )
    check_label(action.label, len(desk.classes))
    check_count(action.count)
    at = desk._point_at(action.segment)
    unlabelled = np.flatnonzero(desk.screen().shown & (desk.state.labels < 0))
    found = desk._space.similar(action.segment, unlabelled, action.count)
    situation = Situation(reach=desk._reach(at), found=len(found))
    chosen = np.union1d(found, [action.segment] if desk.state.labels[action.segment] < 0 else [])
    desk._set_labels(chosen.astype(np.int64), action.label)
    desk._pointer = at
    return situation


def label_radius(desk: Desk, action: act.LabelRadius) -> Situation:
    check_label(action.label, len(desk.classes))
    check_count(action.pixels, "pixels")
    at = desk._point_at(action.segment)
    pointing = desk._pointing(action.segment, at)
    if pointing["searched"]:
        raise InputError(f"segment={action.segment} is in the open image; a radius is dragged on the canvas")
    screen, unlabelled = desk.screen(), desk.state.labels < 0
    distance = action.pixels * RADIUS_DISTANCE
    found = desk._space.within(action.segment, np.flatnonzero(screen.shown & unlabelled), distance)
    checked = found if screen.visible is None else found[screen.visible[found] >= LEGIBLE]
    if desk.sight is not None and screen.visible is not None:
        desk.sight.check_box(found, screen.visible)
    chosen = np.union1d(found, [action.segment] if unlabelled[action.segment] else []).astype(np.int64)
    desk._set_labels(chosen, action.label)
    desk._pointer = at
    return Situation(**pointing, found=len(checked))


HANDLERS: dict[type[act.Action], Callable[[Any, Any], Situation]] = {
    act.LabelBox: label_box,
    act.LabelSegment: label_segment,
    act.LabelInImage: label_in_image,
    act.LabelRest: label_rest,
    act.LabelNeighbors: label_neighbors,
    act.LabelRadius: label_radius,
}
