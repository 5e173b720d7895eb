"""A trace on disk says what was done: nothing is lost, and what cannot be read is named."""

from __future__ import annotations

import json
import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsannot.annotation.actions import (
    ACTIONS,
    Action,
    CloseImage,
    Confirm,
    FocusBox,
    Grid,
    GridBox,
    Hover,
    LabelBox,
    LabelInImage,
    LabelNeighbors,
    LabelRadius,
    LabelRest,
    LabelSegment,
    LearnMetric,
    OpenImage,
    RefineBox,
    Repartition,
    Reproject,
    RequestBatch,
    SetView,
    ShowUncertain,
    Split,
    Stop,
    Undo,
    Unfocus,
    Zoom,
    ZoomOut,
)
from fsannot.annotation.trace import OWN_KEYS, VERSION, TraceStep, read_trace, replay
from fsannot.data.errors import ResultsError
from tests.annotation.examples import EXAMPLES
from tests.annotation.scene import session

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def anything(kind: type[Action]) -> st.SearchStrategy[Action]:
    """Any action of a kind, whatever its fields."""
    hints = get_type_hints(kind)
    special = {"box": st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), "threshold": NUMBERS}
    names = [field.name for field in fields(kind)]
    return st.builds(kind, **{name: special.get(name, st.from_type(hints[name])) for name in names})


STEPS = st.builds(
    TraceStep,
    step=st.integers(1),
    action=st.one_of([anything(kind) for kind in ACTIONS.values()]),
    human_seconds=st.floats(0, 1e9),
    changed=st.integers(0),
    looks=st.integers(0),
)
SEEING = {Zoom, ZoomOut, SetView, Grid, GridBox, Hover, Confirm}
"""Actions of version 2 of the human model alone; ``LabelNeighbors`` is of version 1 alone."""


def trace_of(lines: list[str], folder: Path, end: str = "\n") -> Path:
    path = folder / "trace.jsonl"
    path.write_text("\n".join(lines) + end)
    return path


@given(steps=st.lists(STEPS, max_size=4))
def test_every_step_is_read_as_it_was_written(steps: list[TraceStep]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = trace_of([step.to_json() for step in steps], Path(folder), "\n" if steps else "")
        assert list(read_trace(path)) == steps
        for line, step in zip(
            path.read_text().splitlines(), steps, strict=True
        ):  # one object a line, for any reader
            record = json.loads(line)
            assert record["version"] == VERSION and record["changed"] == step.changed


def test_examples_are_of_every_action_and_no_field_hides_another() -> None:
    assert {type(action).__name__ for action in EXAMPLES} == set(ACTIONS)
    for name, kind in ACTIONS.items():
        assert not {field.name for field in fields(kind)} & set(OWN_KEYS), name


def first_version(step: int, action: Action, changed: int) -> str:
    """A line as it was written before there was a version."""
    record: dict[str, Any] = {"step": step, **action.to_dict(), "human_seconds": 1.25}
    return json.dumps({**record, "segments": changed})


@pytest.mark.parametrize("action", EXAMPLES, ids=lambda action: type(action).__name__)
def test_the_first_version_is_read_where_it_holds_the_action(action: Action, tmp_path: Path) -> None:
    path = trace_of([first_version(1, Undo(), 0), first_version(2, action, 7)], tmp_path)
    if isinstance(action, LabelInImage):
        with pytest.raises(ResultsError, match=r"trace\.jsonl, line 2: .*LabelInImage.*\(7\).*run again"):
            list(read_trace(path))
    else:
        assert list(read_trace(path)) == [TraceStep(1, Undo(), 1.25, 0), TraceStep(2, action, 1.25, 7)]


@pytest.mark.parametrize("cut", [1, 20, 60])
def test_a_line_that_was_cut_off_is_named(tmp_path: Path, cut: int) -> None:
    lines = [TraceStep(n, LabelInImage((1, 2), (0, 1)), 1.0, 2).to_json() for n in (1, 2)]
    path = trace_of([lines[0], lines[1][:cut]], tmp_path, end="")
    steps = read_trace(path)
    assert next(steps).step == 1
    with pytest.raises(ResultsError, match=r"trace\.jsonl, line 2: cut off.*hydra\.run\.dir"):
        next(steps)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "not a step"),
        ("[]", "not a step"),
        ('{"version": 3, "step": 1}', "version 3 .* 1 to 2"),
        ('{"version": "2", "step": 1}', "version '2'"),
        ('{"version": 2, "step": 1, "action": "Undo", "human_seconds": 1.0, "segments": 0}', "changed"),
        ('{"version": 2, "step": 1, "action": "Redo", "human_seconds": 1.0, "changed": 0}', "Redo"),
        ('{"version": 2, "step": 1, "action": "Undo", "label": 1, "human_seconds": 1.0, "changed": 0}', "label"),
    ],
)  # fmt: skip
def test_what_is_no_step_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = trace_of([line, TraceStep(2, Undo(), 1.0, 0).to_json()], tmp_path)
    with pytest.raises(ResultsError, match=f"trace.jsonl, line 1: .*{said}"):
        list(read_trace(path))


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"trace\.jsonl: there is no trace; an annotation session"):
        list(read_trace(tmp_path / "trace.jsonl"))
    (tmp_path / "trace.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ResultsError, match=r"trace\.jsonl: not a readable trace"):
        list(read_trace(tmp_path / "trace.jsonl"))


def test_a_session_of_every_action_is_replayed_bit_for_bit(tmp_path: Path) -> None:
    made = session()
    observation = made.reset()
    first = np.flatnonzero(observation.table.image == 1)[:3].tolist()
    ys, xs = (made.row_map(0) == 0).nonzero()
    ends = [(int(ys[i]), int(xs[i])) for i in (0, -1)]
    script: list[Action] = [
        LabelBox((0.0, 0.0, 700.0, 600.0), 1), LabelSegment(1, 0), Undo(), OpenImage(1),
        LabelInImage((first[2], first[0], first[1]), (1, 0, 0)), CloseImage(),
        FocusBox((0.0, 0.0, 1600.0, 1200.0)), Unfocus(), Split(0, (ends[0],), (ends[1],), 1), ShowUncertain(),
        RequestBatch(), LearnMetric(), RefineBox((0.0, 0.0, 1600.0, 1200.0), 0.05), Reproject(),
        Repartition(2, "area", 30.0), LabelNeighbors(-1, 4, 0), LabelRadius(-1, 8, 1), LabelRest(0), Stop(),
    ]  # fmt: skip
    assert {type(action) for action in script} == set(ACTIONS.values()) - SEEING
    lines = []
    for number, action in enumerate(script, 1):
        if isinstance(action, LabelNeighbors | LabelRadius):  # of a segment there is by then
            action = replace(action, segment=int(made.observe().open_segments[-1]))
        before = made.state.labels
        result = made.step(action)
        changed = int((made.state.labels[: len(before)] != before).sum())
        lines.append(TraceStep(number, action, result.human_seconds, changed).to_json())
    again = session()
    results = replay(again, read_trace(trace_of(lines, tmp_path)))
    assert results[-1].done and again.human_seconds == made.human_seconds
    for image in range(3):
        np.testing.assert_array_equal(again.mask(image), made.mask(image))
    assert set(np.unique([made.mask(image) for image in range(3)])) == {0, 1}
    other = session()
    with pytest.raises(ResultsError, match="step 1 costs"):
        replay(other, [TraceStep(1, LabelSegment(1, 0), 0.5, 1)])
    with pytest.raises(ResultsError, match=r"step 1 is not possible here.*segment=9999"):
        replay(other, [TraceStep(1, LabelSegment(9999, 0), 0.5, 1)])
