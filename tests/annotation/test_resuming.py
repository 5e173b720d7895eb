"""A session killed at any action, and any trace done again, end the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation.actions import (
    Action,
    FocusBox,
    LabelBox,
    LabelNeighbors,
    LabelRest,
    LabelSegment,
    LearnMetric,
    RefineBox,
    Reproject,
    RequestBatch,
    ShowUncertain,
    Split,
    Undo,
    Unfocus,
)
from fsannot.annotation.saving import resume_session, save_session
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import TraceStep, read_trace, replay
from fsannot.data.errors import InputError
from tests.annotation.scene import session

KINDS = (LabelBox, LabelSegment, LabelNeighbors, LabelRest, RefineBox, FocusBox, Split, LearnMetric)
PLAIN = (Unfocus, Undo, RequestBatch, Reproject, ShowUncertain)


def some_action(made: AnnotationSession, rng: np.random.Generator) -> Action:
    """Any action, possible or not, as a clumsy person might try."""
    kind = (KINDS + PLAIN)[rng.integers(len(KINDS) + len(PLAIN))]
    x, y = np.sort(rng.uniform(0, [[1600], [1200]], (2, 2)), axis=1)
    box = (float(x[0]), float(y[0]), float(x[1]), float(y[1]))
    label, segment = int(rng.integers(2)), int(rng.integers(len(made.state.table)))
    if kind is LabelBox:
        return LabelBox(box, label)
    if kind is LabelSegment:
        return LabelSegment(segment, label)
    if kind is LabelNeighbors:
        return LabelNeighbors(segment, int(rng.integers(1, 6)), label)
    if kind is LabelRest:
        return LabelRest(label)
    if kind is RefineBox:
        return RefineBox(box, float(rng.choice([0.0, 0.1, 0.25])))
    if kind is FocusBox:
        return FocusBox(box)
    if kind is Split:
        image = int(made.state.table.image[segment])
        ys, xs = np.nonzero(made.state.row_map(image) == segment)
        ends = [(int(ys[i]), int(xs[i])) for i in (0, -1)] if len(ys) else [(0, 0), (0, 0)]
        return Split(segment, (ends[0],), (ends[1],), label)
    return kind()


def play(seed: int, count: int) -> tuple[AnnotationSession, list[TraceStep]]:
    """A session of ``count`` tried actions and the trace of those that were possible."""
    rng = np.random.default_rng(seed)
    made = session()
    made.reset()
    trace: list[TraceStep] = []
    for _ in range(count):
        action = some_action(made, rng)
        before = (made.state, made.human_seconds, made._pointer, made.layout)
        try:
            result = made.step(action)
        except InputError:
            after = (made.state, made.human_seconds, made._pointer, made.layout)
            assert all(a is b for a, b in zip(before, after, strict=True)), action
            continue
        trace.append(TraceStep(len(trace) + 1, action, result.human_seconds, 0))
    return made, trace


def assert_same(one: AnnotationSession, other: AnnotationSession) -> None:
    assert one.human_seconds == other.human_seconds
    np.testing.assert_array_equal(one.layout, other.layout)
    np.testing.assert_array_equal(one.state.labels, other.state.labels)
    assert len(one.state.label_maps) == len(other.state.label_maps)
    for image in range(len(one.state.label_maps)):
        np.testing.assert_array_equal(one.mask(image), other.mask(image))


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_any_trace_done_again_gives_the_same_masks(seed: int) -> None:
    made, trace = play(seed, 14)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.jsonl"
        path.write_text("".join(step.to_json() + "\n" for step in trace))
        again = session()
        replay(again, read_trace(path))
    assert_same(again, made)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.floats(0, 1))
def test_killed_at_any_action_it_goes_on_and_ends_the_same(seed: int, at: float) -> None:
    whole, trace = play(seed, 14)
    stop = round(at * len(trace))
    broken = session()
    broken.reset()
    for step in trace[:stop]:
        broken.step(step.action)
    with tempfile.TemporaryDirectory() as folder:
        save_session(broken, Path(folder) / "session.npz")
        taken_up = session()
        resume_session(taken_up, Path(folder) / "session.npz")
    for step in trace[stop:]:
        assert taken_up.step(step.action).human_seconds == step.human_seconds
    assert_same(taken_up, whole)
