"""The session, action by action."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.actions import (
    ACTIONS,
    Action,
    CloseImage,
    FocusBox,
    LabelBox,
    LabelInImage,
    LabelNeighbors,
    LabelRest,
    LabelSegment,
    LearnMetric,
    OpenImage,
    RefineBox,
    Repartition,
    Reproject,
    RequestBatch,
    ShowUncertain,
    Split,
    Stop,
    Undo,
    Unfocus,
    action_from_dict,
)
from fsannot.annotation.saving import resume_session, save_session
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import TraceStep, read_trace, replay
from fsannot.data.errors import InputError, ResultsError
from tests.annotation.examples import EXAMPLES
from tests.annotation.scene import CELL, session, target

EVERYTHING = (0.0, 0.0, 1600.0, 1200.0)


def test_a_session_reads_like_the_tool_is_used() -> None:
    made = session()
    observation = made.reset()
    assert observation.images_loaded == 2 and observation.images_waiting == 1
    first = int(observation.open_segments[0])
    result = made.step(LabelSegment(first, 1))
    assert result.observation.labels[first] == 1 and result.human_seconds > 1.35 and not result.done
    made.step(RequestBatch())
    result = made.step(LabelRest(0))
    assert set(result.observation.labels[result.observation.alive]) == {0, 1}
    assert made.step(Stop()).done
    assert made.mask(2).shape == target(2).shape
    with pytest.raises(InputError, match="over"):
        made.step(Undo())


def test_a_box_labels_the_unlabelled_thumbnails_inside_it() -> None:
    made = session()
    observation = made.reset()
    chosen = observation.open_segments[:5]
    made.step(LabelSegment(int(chosen[0]), 0))
    x, y = observation.canvas[chosen].T
    box = (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
    observation = made.step(LabelBox(box, 1)).observation
    assert observation.labels[chosen[0]] == 0
    assert (observation.labels[chosen[1:]] == 1).all()


def test_clicks_in_the_open_image_give_each_segment_its_label() -> None:
    made = session()
    observation = made.reset()
    first, second, third = np.flatnonzero(observation.table.image == 1)[:3].tolist()
    made.step(LabelSegment(first, 0))
    made.step(OpenImage(1))
    result = made.step(LabelInImage((first, third, second), (1, 1, 0)))
    assert result.observation.labels[[first, second, third]].tolist() == [1, 0, 1]
    assert result.observation.last_label == 0 and result.observation.labels_since_learning == 4
    assert result.human_seconds == pytest.approx(2.4 + 2 * 0.9 + 2 * 0.28)
    assert result.observation.pointer == made._view.place_in_image(made.state, second)
    labels = made.step(Undo()).observation.labels
    assert labels[[first, second, third]].tolist() == [0, -1, -1]  # one action, one undo


@pytest.mark.parametrize(
    ("segments", "labels", "message"),
    [
        ((), (), "at least one"),
        ((0,), (0, 1), "one label for each"),
        ((0, 0), (1, 1), "clicked once"),
        ((0,), (2,), "label=2 does not exist"),
        ((10**6,), (1,), "does not exist"),
        (0, 1, "tuples"),
    ],
)
def test_clicks_that_cannot_be_are_named(
    segments: tuple[int, ...], labels: tuple[int, ...], message: str
) -> None:
    made = session()
    made.reset()
    made.step(OpenImage(0))
    state = made.state
    with pytest.raises(InputError, match=message):
        made.step(LabelInImage(segments, labels))
    made.step(OpenImage(1))
    with pytest.raises(InputError, match="not in image 1"):
        made.step(LabelInImage((0,), (1,)))
    assert made.state is state


def test_refined_segments_become_their_parts_and_the_rest_stays() -> None:
    made = session()
    made.engine.images.partition = lambda image: made.engine.images.hierarchy(image).cut(0.5)  # columns
    observation = made.reset()
    before = len(observation.table)
    kept = int(observation.open_segments[0])
    made.step(LabelSegment(kept, 1))  # labelled: not in the box's reach
    observation = made.step(RefineBox(EVERYTHING, 0.25)).observation
    assert observation.alive[kept] and observation.labels[kept] == 1
    assert observation.alive.sum() > before
    for image in range(2):
        rows = made.row_map(image)
        assert observation.alive[np.unique(rows)].all()
        area = np.bincount(rows.ravel(), minlength=len(observation.table))
        np.testing.assert_array_equal(area[rows], observation.table.area[rows])


def test_what_a_new_partition_keeps_has_its_number_in_the_map() -> None:
    made = session()
    made.reset()
    before = len(made.observe().table)
    some_cells_merge = made.engine.images.hierarchy(0).threshold_for(30)
    after = made.step(Repartition(0, "dynamics", some_cells_merge)).observation
    of_image = np.flatnonzero(after.alive & (after.table.image == 0))
    assert of_image.min() < before <= of_image.max()
    for row in of_image:
        found = made.state.label_maps[0] == after.table.label[row]
        np.testing.assert_array_equal(found, made.row_map(0) == row)


def test_splitting_gives_two_parts_with_features_and_places_of_their_own() -> None:
    made = session()
    observation = made.reset()
    segment = int(observation.table.area[: len(observation.table)].argmax())
    image = int(observation.table.image[segment])
    ys, xs = np.nonzero(made.row_map(image) == segment)
    made.engine.images.asked.clear()
    action = Split(segment, ((int(ys[0]), int(xs[0])),), ((int(ys[-1]), int(xs[-1])),), label=1)
    observation = made.step(action).observation
    assert not observation.alive[segment]
    parts = np.arange(len(observation.table) - 2, len(observation.table))
    assert observation.table.area[parts].sum() == observation.table.area[segment]
    assert sorted(observation.labels[parts]) == [-1, 1]
    assert made.engine.images.asked == [(image, 2)]
    assert np.isfinite(observation.canvas[parts]).all()


def test_repartition_keeps_the_labels_of_unchanged_segments() -> None:
    made = session()
    observation = made.reset()
    made.step(LabelRest(1))
    same = made.step(Repartition(0, "dynamics", 0.25)).observation
    assert (same.labels[same.alive] == 1).all() and len(same.table) == len(observation.table)
    other = made.step(Repartition(0, "dynamics", 0.5)).observation
    of_image = other.alive & (other.table.image == 0)
    assert (other.labels[of_image] == -1).any()
    assert (other.labels[other.alive & (other.table.image == 1)] == 1).all()


def test_learning_pulls_classes_apart_and_needs_two() -> None:
    made = session()
    observation = made.reset()
    made.step(LabelSegment(0, 0))
    with pytest.raises(InputError, match="two classes"):
        made.step(LearnMetric())
    for row in observation.open_segments[1:20]:
        image = int(observation.table.image[row])
        y, x = observation.table.centroid[row].astype(int)
        made.step(LabelSegment(int(row), int(target(image)[y, x])))
    observation = made.step(LearnMetric()).observation
    assert observation.learned == 1 and observation.labels_since_learning == 0
    made.step(RefineBox(EVERYTHING, 0.0))  # new segments go through the learned metric
    assert len(made.neighborhoods.features) == len(made.state.table)


def test_focus_shows_a_subset_in_a_projection_of_its_own() -> None:
    made = session()
    observation = made.reset()
    middle = (400.0, 0.0, 1600.0, 1200.0)
    inside = observation.shown & (observation.canvas[:, 0] >= 400)
    focused = made.step(FocusBox(middle)).observation
    np.testing.assert_array_equal(focused.shown, inside)
    assert focused.focused
    hidden = int(np.flatnonzero(observation.shown & ~inside)[0])
    with pytest.raises(InputError, match="Unfocus"):
        made.step(LabelSegment(hidden, 1))
    assert made.step(Unfocus()).observation.shown.sum() == observation.shown.sum()


def test_neighbors_are_the_most_similar_unlabelled_ones() -> None:
    made = session()
    made.reset()
    found = made.similar(0, 4)
    embedding = made.neighborhoods.features[:]
    similarity = embedding @ embedding[0]
    similarity[0] = -2
    np.testing.assert_array_equal(found, np.argsort(-similarity, kind="stable")[:4])
    after = made.step(LabelNeighbors(0, 4, 1)).observation
    assert set(np.flatnonzero(after.labels == 1)) == {0, *found.tolist()}


def test_the_uncertain_one_lies_between_the_classes() -> None:
    made = session()
    made.reset()
    assert made.step(ShowUncertain()).observation.highlight is None  # nothing is labelled yet
    made.step(LabelSegment(0, 0))
    made.step(LabelSegment(1, 1))
    highlight = made.step(ShowUncertain()).observation.highlight
    assert highlight is not None and made.state.labels[highlight] == -1


def test_undo_takes_back_labels_and_segments() -> None:
    made = session()
    observation = made.reset()
    made.step(LabelSegment(0, 1))
    made.step(RefineBox(EVERYTHING, 0.0))
    observation = made.step(Undo()).observation
    assert observation.labels[0] == 1 and observation.alive[0]
    observation = made.step(Undo()).observation
    assert observation.labels[0] == -1
    before = made.state
    made.step(Undo())
    assert made.state is before  # nothing to undo: a no-op


def test_images_are_opened_and_labelled_in_place() -> None:
    made = session()
    observation = made.reset()
    opened = made.step(OpenImage(1)).observation
    assert opened.open_image == 1
    row = int(np.flatnonzero(observation.table.image == 1)[0])
    assert made.step(LabelSegment(row, 1)).observation.labels[row] == 1
    assert made.step(CloseImage()).observation.open_image is None


def test_a_batch_beyond_the_last_image_is_a_no_op() -> None:
    made = session(images=2, first=2)
    made.reset()
    before = made.state
    assert made.step(RequestBatch()).observation.images_loaded == 2
    assert made.state is before


BAD: list[tuple[Action, str]] = [
    (LabelBox((float("nan"), 0, 1, 1), 1), "finite"),
    (LabelBox((5, 0, 1, 1), 1), "inverted"),
    (LabelBox(EVERYTHING, 7), "label=7 does not exist"),
    (LabelSegment(10**6, 1), "does not exist"),
    (LabelNeighbors(0, 0, 1), "at least one"),
    (RefineBox(EVERYTHING, -1.0), "≥ 0"),
    (FocusBox((0, 0, 1, 1)), "no thumbnail"),
    (Split(0, ((0, 0),), ()), "."),
    (
        Split(
            0,
            (
                95,
                95,
            ),
            ((0, 0),),
        ),
        ".",
    ),
    (Repartition(0, "beauty", 1.0), "choose one of"),
    (Repartition(9, "volume", 1.0), "not loaded"),
    (Repartition(0, "volume", float("nan")), "≥ 0"),
    (RefineBox(EVERYTHING, "fine"), "≥ 0"),  # type: ignore[arg-type]
    (LabelBox((0, 5, 1, 1), 1), "inverted"),
    (LabelBox((0, 0, 1, None), 1), "finite"),  # type: ignore[arg-type]
    (LabelSegment(0, 0.5), "label=0.5 does not exist"),  # type: ignore[arg-type]
    (LabelSegment(0, -1), "label=-1 does not exist"),
    (LabelRest(2), "label=2 does not exist"),
    (LabelInImage((0,), (1,)), "no image is open"),
    (Split(0, (), ((0, 0),)), "no positive click"),
    (Split(0, ((0, 0),), ()), "no negative click"),
    (Split(0, ((0, 0),), ((500, 3),)), "outside the segment"),
    (Split(0, ((0, 0),), ((0, 0),)), "as positive and as negative"),
    (Split(0, ((0, 0), (1,)), ((0, 1),)), "not pixels"),  # type: ignore[arg-type]
    (Split(0, ((0, 0),), ((0, 1),), label=5), "label=5 does not exist"),
    (LearnMetric(), "two classes"),
    (OpenImage(-1), "not loaded"),
]


@pytest.mark.parametrize(
    ("action", "message"), BAD, ids=lambda v: v if isinstance(v, str) else type(v).__name__
)
def test_an_impossible_action_says_why_and_changes_nothing(action: Action, message: str) -> None:
    made = session()
    made.reset()
    state, seconds, pointer = made.state, made.human_seconds, made._pointer
    with pytest.raises(InputError, match=message):
        made.step(action)
    assert made.state is state and made.human_seconds == seconds and made._pointer == pointer


def some_actions() -> list[Action]:
    return [
        LabelSegment(0, 0),
        LabelBox((0.0, 0.0, 700.0, 600.0), 1),
        LearnMetric(),
        RefineBox((0.0, 0.0, 1600.0, 900.0), 0.0),
        LabelNeighbors(int(CELL), 2, 0),
        FocusBox((0.0, 0.0, 1600.0, 1200.0)),
        Unfocus(),
        Undo(),
        RequestBatch(),
        Reproject(),
        LabelRest(0),
        Stop(),
    ]


def possible(made: AnnotationSession, action: Action) -> Action:
    if isinstance(action, LabelNeighbors):
        return LabelNeighbors(int(np.flatnonzero(made.state.alive)[-1]), action.count, action.label)
    return action


def test_replaying_a_trace_gives_the_same_masks(tmp_path: Path) -> None:
    made = session()
    made.reset()
    lines = []
    for number, action in enumerate(some_actions(), 1):
        action = possible(made, action)
        result = made.step(action)
        lines.append(TraceStep(number, action, result.human_seconds, 0).to_json())
    path = tmp_path / "trace.jsonl"
    path.write_text("\n".join(lines) + "\n")
    again = session()
    replay(again, read_trace(path))
    for image in range(3):
        np.testing.assert_array_equal(again.mask(image), made.mask(image))
    path.write_text(lines[0].replace("human_seconds", "seconds"))
    with pytest.raises(ResultsError, match="line 1"):
        list(read_trace(path))


@pytest.mark.parametrize("stop", range(1, 11, 3))
def test_a_session_saved_at_any_action_ends_the_same(tmp_path: Path, stop: int) -> None:
    whole, broken = session(), session()
    whole.reset()
    broken.reset()
    actions = [possible(whole, a) for a in some_actions()]
    total = 0.0
    for number, action in enumerate(some_actions(), 1):
        action = possible(whole, action)
        whole.step(action)
        if number <= stop:
            broken.step(action)
        if number == stop:
            save_session(broken, tmp_path / "session.npz")
            broken = session()
            resume_session(broken, tmp_path / "session.npz")
        elif number > stop:
            broken.step(action)
        total = whole.human_seconds
    assert broken.human_seconds == pytest.approx(total) and len(actions) == 12
    np.testing.assert_array_equal(broken.layout, whole.layout)
    for image in range(3):
        np.testing.assert_array_equal(broken.mask(image), whole.mask(image))


def test_a_truncated_session_is_refused(tmp_path: Path) -> None:
    made = session()
    made.reset()
    path = tmp_path / "session.npz"
    save_session(made, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ResultsError, match="truncated"):
        resume_session(session(), path)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_every_action_survives_a_trace(name: str) -> None:
    (action,) = (action for action in EXAMPLES if type(action).__name__ == name)
    assert action_from_dict(action.to_dict()) == action
    with pytest.raises(InputError):
        action_from_dict({"action": name, "no such field": 1})
