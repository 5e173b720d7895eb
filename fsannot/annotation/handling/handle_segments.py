"""Carries out actions that change segments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.checks import check_image, check_label
from fsannot.annotation.desk import Desk
from fsannot.annotation.new_partition import with_new_cut, with_refined, with_split
from fsannot.data.errors import InputError
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.cut import check_threshold


def refine_box(desk: Desk, action: act.RefineBox) -> Situation:
    check_threshold(action.threshold)
    inside, drawn = desk._draw(action.box)
    desk._save_for_undo()
    image_of = desk.state.table.image[inside]
    for image in np.unique(image_of).tolist():
        members, finer = inside[image_of == image], desk.engine.images.hierarchy(image)
        desk._replace_segments(with_refined(desk.state, image, members, finer, action.threshold), image)
    desk._pointer = drawn.box[2:]
    return Situation(box=drawn.gesture)


def split(desk: Desk, action: act.Split) -> Situation:
    if action.label is not None:
        check_label(action.label, len(desk.classes))
    at = desk._point_at(action.segment)
    image = int(desk.state.table.image[action.segment])
    if desk.sight is not None and desk._view.open_image != image:
        raise InputError(f"segment={action.segment} is cut in its image; OpenImage({image}) first")
    edge_map = desk.engine.images.edge_map(image)
    divided, positive = with_split(desk.state, action.segment, edge_map, action.positive, action.negative)
    changed = action.label is not None and action.label != desk._last_label
    situation = Situation(**desk._pointing(action.segment, at), label_changed=changed)
    desk._save_for_undo()
    desk._replace_segments(divided, image)
    if action.label is not None:
        desk.state = desk.state.with_labels(np.array([positive]), action.label)
        desk._last_label = action.label
        desk._labelled_since += 1
    desk._pointer = at
    return situation


def repartition(desk: Desk, action: act.Repartition) -> Situation:
    check_image(action.image, desk.state)
    if action.criterion not in CRITERIA:
        raise InputError(f"criterion={action.criterion!r}: choose one of {', '.join(sorted(CRITERIA))}")
    label_map = desk.engine.images.hierarchy(action.image, action.criterion).cut(action.threshold)
    changed = with_new_cut(desk.state, action.image, label_map)
    desk._save_for_undo()
    desk._replace_segments(changed, action.image)
    return Situation()


HANDLERS: dict[type[act.Action], Callable[[Any, Any], Situation]] = {
    act.RefineBox: refine_box,
    act.Split: split,
    act.Repartition: repartition,
}
