"""Counts of a trace against what a changed constant changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fsannot.annotation.actions import (
    Action,
    CloseImage,
    Confirm,
    Grid,
    Hover,
    LabelBox,
    LabelInImage,
    LabelNeighbors,
    LabelRadius,
    LabelRest,
    LabelSegment,
    LearnMetric,
    OpenImage,
    Split,
    Undo,
    Unfocus,
    Zoom,
    ZoomOut,
)
from fsannot.annotation.operators import count_operators
from fsannot.annotation.trace import TraceStep
from fsannot.human.clock import Clock
from tests.annotation.placed import placed
from tests.annotation.scene import reader, session


def played(clock: Clock) -> tuple[list[TraceStep], float]:
    made = session(clock=clock)
    made.reset()
    ys, xs = (made.row_map(0) == 0).nonzero()
    ends = [(int(ys[i]), int(xs[i])) for i in (0, 1, -1)]
    actions: list[Action] = [
        LabelSegment(1, 0),
        LabelBox((0.0, 0.0, 700.0, 600.0), 1),
        LabelBox((0.0, 0.0, 900.0, 600.0), 1),
        LearnMetric(),
        Split(0, tuple(ends[:2]), (ends[2],), 1),
        Undo(),
        OpenImage(0),
        LabelInImage((0, 2, 1), (1, 0, 0)),
        CloseImage(),
        LabelNeighbors(int(made.observe().open_segments[0]), 3, 0),
        LabelRest(0),
    ]
    trace = []
    for number, action in enumerate(actions, 1):
        before = made.state.labels
        result = made.step(action)
        after = made.state.labels[: len(before)]
        trace.append(TraceStep(number, action, result.human_seconds, int((before != after).sum())))
    return trace, made.human_seconds


def seen(clock: Clock) -> tuple[list[TraceStep], float]:
    made = placed(clock=clock)
    person = reader(made)
    person.look(np.array([20, 21]))
    ys, xs = (made.row_map(0) == 9).nonzero()
    ends = [(int(ys[i]), int(xs[i])) for i in (0, -1)]
    actions: list[Action] = [
        LabelSegment(1, 0),
        LabelBox((0.0, 0.0, 700.0, 300.0), 1),
        Zoom((0.0, 0.0, 800.0, 600.0)),
        Zoom((0.0, 0.0, 1500.0, 1100.0)),
        ZoomOut(),
        Hover(30),
        LabelRadius(33, 8, 1),
        OpenImage(0),
        LabelInImage((2, 1, 3), (1, 0, 0)),
        LabelSegment(4, 0),
        Split(9, (ends[0],), (ends[1],), 1),
        Confirm(),
        CloseImage(),
        Grid(),
        Unfocus(),
        LabelRest(0),
    ]
    trace = []
    for number, action in enumerate(actions, 1):
        before = made.state.labels
        result = made.step(action)
        after = made.state.labels[: len(before)]
        changed = int((before != after).sum())
        trace.append(TraceStep(number, action, result.human_seconds, changed, result.looks))
    return trace, made.human_seconds


SPENT = ["decide", "key", "press", "look", "hover", "inspect", "further_click", "drag"]


@pytest.mark.parametrize("name", SPENT)
def test_a_constant_is_spent_as_often_as_counted_where_looks_are_paid(name: str) -> None:
    clock = Clock()
    value = getattr(clock, name)
    more = (value[0] + 1.0, *value[1:]) if isinstance(value, tuple) else value + 1.0
    trace, seconds = seen(clock)
    _, longer = seen(replace(clock, **{name: more}))
    counted = count_operators(trace, sight=True)
    assert counted[name] > 0 and longer - seconds == pytest.approx(counted[name])
    assert counted.keys() <= {*SPENT, "point", "box"}


@pytest.mark.parametrize("name", ["decide", "key", "press", "look", "first_click", "further_click", "drag"])
def test_a_constant_is_spent_as_often_as_counted(name: str) -> None:
    clock = Clock()
    value = getattr(clock, name)
    more = (value[0] + 1.0, *value[1:]) if isinstance(value, tuple) else value + 1.0
    trace, seconds = played(clock)
    _, longer = played(replace(clock, **{name: more}))
    assert longer - seconds == pytest.approx(count_operators(trace)[name])
