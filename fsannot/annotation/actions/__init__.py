"""What a user of the tool can do, one class an action.

An action is plain data. It owns its price (as elementary acts), its words for the report, and how a learned policy
names it; the session has one handler for each. Segments are named by their row in the session's table, which never
changes; boxes are in canvas pixels (:mod:`fsannot.human.screen`).
"""

from __future__ import annotations

from typing import Any

from fsannot.annotation.actions.action import Action, BoxAction, Signal, Situation
from fsannot.annotation.actions.labelling import (
    LabelBox,
    LabelInImage,
    LabelNeighbors,
    LabelRadius,
    LabelRest,
    LabelSegment,
)
from fsannot.annotation.actions.partition import RefineBox, Repartition, Split
from fsannot.annotation.actions.tool import LearnMetric, Reproject, RequestBatch, Stop, Undo
from fsannot.annotation.actions.views import CloseImage, FocusBox, OpenImage, ShowUncertain, Unfocus
from fsannot.annotation.actions.zooming import Confirm, Grid, GridBox, Hover, SetView, Zoom, ZoomOut
from fsannot.data.errors import InputError

ACTIONS: dict[str, type[Action]] = {
    cls.__name__: cls
    for cls in (
        LabelBox, LabelSegment, LabelInImage, LabelRest, LabelNeighbors, RefineBox, FocusBox, Unfocus, ShowUncertain,
        OpenImage, CloseImage, Split, Repartition, RequestBatch, LearnMetric, Reproject, Undo, Stop,
        Zoom, ZoomOut, SetView, Grid, GridBox, Hover, LabelRadius, Confirm,
    )
}  # fmt: skip
"""Name → action."""

RENAMED = {"LabelNeighbours": "LabelNeighbors"}
"""Names in traces written before version 0.2 → today's."""

__all__ = [
    "ACTIONS",
    "Action",
    "BoxAction",
    "CloseImage",
    "Confirm",
    "FocusBox",
    "Grid",
    "GridBox",
    "Hover",
    "LabelBox",
    "LabelInImage",
    "LabelNeighbors",
    "LabelRadius",
    "LabelRest",
    "LabelSegment",
    "LearnMetric",
    "OpenImage",
    "RefineBox",
    "Repartition",
    "Reproject",
    "RequestBatch",
    "SetView",
    "ShowUncertain",
    "Signal",
    "Situation",
    "Split",
    "Stop",
    "Undo",
    "Unfocus",
    "Zoom",
    "ZoomOut",
    "action_from_dict",
]


def action_from_dict(record: dict[str, Any]) -> Action:
    """The action a trace record describes; the inverse of ``Action.to_dict``.

    Args:
        record: ``{"action": name, **fields}``, as read from JSON; lists become tuples.

    Returns:
        the action; names of earlier versions are translated.

    Raises:
        InputError: an unknown action, or fields that are not that action's.

    >>> action_from_dict({"action": "LabelSegment", "segment": 3, "label": 1})
    LabelSegment(segment=3, label=1)
    """
    fields = dict(record)
    given = fields.pop("action", None)
    name = RENAMED.get(given, given) if isinstance(given, str) else given
    if name not in ACTIONS:
        raise InputError(f"unknown action {given!r}; known are {', '.join(sorted(ACTIONS))}")
    try:
        return ACTIONS[name](**{key: _tuples(value) for key, value in fields.items()})
    except TypeError as error:
        raise InputError(f"action {name}: {error}") from error


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
