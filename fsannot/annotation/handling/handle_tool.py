"""Carries out actions that let the tool work, take back, and end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.desk import Desk


def request_batch(desk: Desk, _: act.RequestBatch) -> Situation:
    if len(desk.state.label_maps) < desk.image_total:
        shown = desk.state.alive
        desk._load_images(desk.batch_images)
        desk._space.place_new()
        desk._refit(shown)
    return Situation()


def learn_metric(desk: Desk, _: act.LearnMetric) -> Situation:
    desk._space.learn(desk.state)
    desk._labelled_since = 0
    desk._refit()
    return Situation()


def reproject(desk: Desk, _: act.Reproject) -> Situation:
    desk._refit()
    return Situation()


def undo(desk: Desk, _: act.Undo) -> Situation:
    if desk._undo_states:
        desk.state = desk._undo_states.pop().grown_like(desk.state)
    return Situation()


def stop(desk: Desk, _: act.Stop) -> Situation:
    desk.done = True
    return Situation()


HANDLERS: dict[type[act.Action], Callable[[Any, Any], Situation]] = {
    act.RequestBatch: request_batch,
    act.LearnMetric: learn_metric,
    act.Reproject: reproject,
    act.Undo: undo,
    act.Stop: stop,
}
