"""Any sequence of actions and looks: what it costs, what a replay of it costs, and that nothing else is told."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Action
from fsannot.annotation.reader import UNREAD, Reader
from fsannot.annotation.saving import resume_session, save_session
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import IN_SEARCH
from fsannot.annotation.trace import TraceStep, read_trace, replay
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.operators import Operators
from tests.annotation.scene import reader, session

KINDS = [kind for name, kind in act.ACTIONS.items() if name not in {"LabelNeighbors", "Repartition", "Stop"}]
SOON = (
    act.LabelBox,
    act.LabelSegment,
    act.Zoom,
    act.ZoomOut,
    act.OpenImage,
    act.LabelInImage,
    act.Unfocus,
    act.Hover,
)
"""These are tried more often than others."""


@dataclass(frozen=True)
class Remembering(Clock):
    """A clock that remembers what it was asked."""

    prices: list[float] = field(default_factory=list)

    def price(self, operators: Operators) -> float:  # type: ignore[override]
        self.prices.append(super().price(operators))
        return self.prices[-1]


def some_action(made: AnnotationSession, rng: np.random.Generator) -> Action:
    """Any action, possible or not."""
    choice = [*KINDS, *SOON, *SOON]
    kind = choice[rng.integers(len(choice))]
    x, y = np.sort(rng.uniform(0, [[1600], [1200]], (2, 2)), axis=1)
    box = (float(x[0]), float(y[0]), float(x[1]), float(y[1]))
    label, segment = int(rng.integers(2)), int(rng.integers(len(made.state.table)))
    opened = made.observe().open_image
    if kind is act.RefineBox:
        return act.RefineBox(box, float(rng.choice([0.05, 0.1])))
    if kind is act.LabelBox:
        return act.LabelBox(box, label)
    if issubclass(kind, act.BoxAction):
        return kind(box)
    if kind is act.LabelSegment:
        return act.LabelSegment(segment, label)
    if kind is act.LabelRadius:
        return act.LabelRadius(segment, int(rng.integers(1, 60)), label)
    if kind is act.LabelInImage:
        rows = np.flatnonzero(made.state.alive & (made.state.table.image == opened))
        rows = rng.permutation(rows if len(rows) else [segment])[:4]
        return act.LabelInImage(tuple(rows.tolist()), tuple(rng.integers(0, 2, len(rows)).tolist()))
    if kind is act.LabelRest:
        return act.LabelRest(label)
    if kind is act.Hover:
        return act.Hover(segment)
    if kind is act.OpenImage:
        return act.OpenImage(int(rng.integers(3)))
    if kind is act.SetView:
        return act.SetView(2.0, float(rng.uniform(0, 800)), float(rng.uniform(0, 600)))
    if kind is act.Split:
        image = int(made.state.table.image[segment])
        ys, xs = np.nonzero(made.state.row_map(image) == segment)
        ends = [(int(ys[i]), int(xs[i])) for i in (0, -1)] if len(ys) else [(0, 0), (0, 0)]
        return act.Split(segment, (ends[0],), (ends[1],), label)
    return kind()


def look_around(made: AnnotationSession, person: Reader, rng: np.random.Generator) -> int:
    """Look at some of what can be read; the looks that have to be paid for."""
    screen, sight = made.observe(), made.sight
    assert sight is not None
    if screen.open_image is not None:
        person.catch_up()
        here = np.flatnonzero(made.state.alive & (made.state.table.image == screen.open_image))
        before = int((person.open_name != UNREAD).sum())
        person.inspect(rng.permutation(here)[: int(rng.integers(40))])
        after = int((person.open_name != UNREAD).sum())
        return max(after - IN_SEARCH, 0) - max(before - IN_SEARCH, 0)
    rows = rng.permutation(np.flatnonzero(screen.readable))[: int(rng.integers(12))]
    unpaid = int((~sight.read[rows]).sum())
    person.look(rows)
    assert (person.name[rows] != UNREAD).all()
    return unpaid


def play(seed: int, count: int) -> tuple[AnnotationSession, list[TraceStep]]:
    """A session of ``count`` tried actions with looks between them, and the trace of those that were possible."""
    rng = np.random.default_rng(seed)
    clock = Remembering()
    made = session(clock=clock, sight=True)
    made.reset()
    person = reader(made, Confusion(), seed)
    trace: list[TraceStep] = []
    spent, unpaid = 0.0, 0
    for _ in range(count):
        unpaid += look_around(made, person, rng) if rng.random() < 0.6 else 0
        action = some_action(made, rng)
        before = (
            made.state,
            made.human_seconds,
            made._pointer,
            made.layout,
            made.sight.read,
            made.sight.view,
        )  # type: ignore[union-attr]
        try:
            result = made.step(action)
        except InputError:
            after = (
                made.state,
                made.human_seconds,
                made._pointer,
                made.layout,
                made.sight.read,
                made.sight.view,
            )  # type: ignore[union-attr]
            assert all(a is b for a, b in zip(before, after, strict=True)), action
            continue
        person.noticed(action)
        assert result.looks == unpaid, action
        assert result.human_seconds == clock.prices[-1] + 0.03 * unpaid, action
        spent, unpaid = spent + clock.prices[-1] + 0.03 * unpaid, 0
        named = np.flatnonzero(person.name != UNREAD)
        assert made.sight.read[named].all(), action  # type: ignore[union-attr]
        assert (person.image[person.name == UNREAD] == -1).all() and person.looked_at[named].all()
        if made.observe().open_image is None:
            assert (person.open_name == UNREAD).all()
        trace.append(TraceStep(len(trace) + 1, action, result.human_seconds, 0, result.looks))
    assert made.human_seconds == spent or abs(made.human_seconds - spent) < 1e-9
    return made, trace


def assert_same(one: AnnotationSession, other: AnnotationSession) -> None:
    assert one.human_seconds == other.human_seconds
    np.testing.assert_array_equal(one.layout, other.layout)
    np.testing.assert_array_equal(one.state.labels, other.state.labels)
    for image in range(len(one.state.label_maps)):
        np.testing.assert_array_equal(one.mask(image), other.mask(image))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_any_session_costs_its_operators_and_looks_and_so_does_its_replay(seed: int) -> None:
    made, trace = play(seed, 20)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace.jsonl"
        path.write_text("".join(step.to_json() + "\n" for step in trace))
        again = session(sight=True)
        replay(again, read_trace(path))
    assert_same(again, made)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), at=st.floats(0, 1))
def test_interrupted_anywhere_it_goes_on_and_costs_the_same(seed: int, at: float) -> None:
    whole, trace = play(seed, 16)
    stop = round(at * len(trace))
    broken = session(sight=True)
    broken.reset()
    for step in trace[:stop]:
        broken.step(step.action, looks=step.looks)
    with tempfile.TemporaryDirectory() as folder:
        save_session(broken, Path(folder) / "session.npz")
        taken_up = session(sight=True)
        resume_session(taken_up, Path(folder) / "session.npz")
    for step in trace[stop:]:
        assert taken_up.step(step.action, looks=step.looks).human_seconds == step.human_seconds
    assert_same(taken_up, whole)
