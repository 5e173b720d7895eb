"""What a person has in mind: names while they are shown, the gist after that, nothing after an image is closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.actions import (
    Action,
    CloseImage,
    FocusBox,
    Grid,
    Hover,
    LabelBox,
    LabelInImage,
    LabelSegment,
    OpenImage,
    RefineBox,
    Reproject,
    RequestBatch,
    Unfocus,
    Zoom,
    ZoomOut,
)
from fsannot.annotation.reader import UNREAD, Reader
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.human.confusion import Confusion
from fsannot.human.eyes import Eyes
from fsannot.human.gist import NOTHING, cells_of
from tests.annotation.placed import BOTTOM_UP, ROWS, apart, placed
from tests.annotation.scene import reader, session, target

LOW, TOP = BOTTOM_UP[0], BOTTOM_UP[-1]
CORNER = (0.0, 0.0, 400.0, 300.0)


def do(made: AnnotationSession, person: Reader, *actions: Action) -> None:
    """Carry out actions as the loop does."""
    for action in actions:
        made.step(action)
        person.noticed(action)


def known(person: Reader) -> list[int]:
    return np.flatnonzero(person.name != UNREAD).tolist()


def truth(made: AnnotationSession, rows: list[int]) -> list[int]:
    return [int(target(0)[made.row_map(0) == row].max()) for row in rows]


def test_what_is_read_is_named_with_its_image_and_size_and_nothing_else_is() -> None:
    made = placed()
    person = reader(made)
    name, mixed = person.look(np.array([3, 4]))
    assert name.tolist() == truth(made, [3, 4]) and not mixed.any()
    assert known(person) == [3, 4] and np.flatnonzero(person.looked_at).tolist() == [3, 4]
    for kept in (person.image, person.size):
        assert np.flatnonzero(kept >= 0).tolist() == [3, 4]
    assert person.size[3] == 2  # 16 × 16 of 96 × 96 pixels: above 1 %


def test_after_a_zoom_the_majority_of_each_cell_is_all_that_is_remembered() -> None:
    made = placed(
        {row: (480.0 + 40 * (i % 2), 480.0 + 40 * (i // 2)) for i, row in enumerate(BOTTOM_UP[-4:])}
    )
    person, rows = reader(made), np.array(sorted(BOTTOM_UP[-4:]))
    person.look(rows)
    names, cells = person.name[rows].copy(), cells_of(made.screen().overview[rows])
    do(made, person, Zoom(CORNER))
    assert known(person) == []
    for cell in np.unique(cells):
        here = names[cells == cell]
        assert person.gist.name[cell] == np.bincount(here).argmax() and person.gist.total[cell] == len(here)
    assert (person.gist.name != NOTHING).sum() == len(np.unique(cells))
    do(made, person, ZoomOut())
    assert known(person) == []


def test_a_box_that_was_checked_names_nothing_any_more_after_the_view_has_changed() -> None:
    for change in (Zoom((800.0, 600.0, 1200.0, 900.0)), Grid(), FocusBox((900.0, 600.0, 1600.0, 1200.0))):
        made = placed()
        person = reader(made)
        do(made, person, LabelBox((0.0, 0.0, 700.0, 300.0), 1))
        assert known(person) == [0, 1, 2, 6, 7, 8]
        do(made, person, change)
        assert known(person) == [], change


@pytest.mark.parametrize(
    "refused", [FocusBox((0.0, 0.0, 700.0, 300.0)), RefineBox((0.0, 0.0, 700.0, 300.0), 0.0)]
)
def test_a_refused_box_reads_nothing(refused: Action, monkeypatch: pytest.MonkeyPatch) -> None:
    made = placed()
    person = reader(made)

    def impossible(*_: object) -> None:
        raise InputError("not now")

    monkeypatch.setattr(made._space, "project_locally", impossible)
    monkeypatch.setattr(made, "_replace_segments", impossible)
    with pytest.raises(InputError, match="not now"):
        made.step(refused)
    person.look(np.array([1, 2]))
    assert made.sight is not None and made.sight.pending == 2
    assert known(person) == [1, 2]


def test_a_focus_starts_without_gist_and_the_main_one_is_there_again_after_it() -> None:
    made = placed()
    person = reader(made)
    person.look(np.array([0, 1, 2]))
    do(made, person, Zoom(CORNER), ZoomOut())
    main = person.gist
    assert (main.name != NOTHING).sum() == 3
    do(made, person, Grid())
    assert (person.gist.name == NOTHING).all()
    person.look(np.array([20, 21]))
    do(made, person, Zoom(CORNER), ZoomOut())
    assert (person.gist.name != NOTHING).sum() > 0
    do(made, person, FocusBox((0.0, 0.0, 1600.0, 1200.0)))  # of the grid: another layout again
    assert (person.gist.name == NOTHING).all()
    do(made, person, Unfocus())
    np.testing.assert_array_equal(person.gist.name, main.name)


@pytest.mark.parametrize("new", [Reproject(), RequestBatch()])
def test_a_new_main_layout_empties_the_gist_and_forgets_what_moved(new: Action) -> None:
    made = placed({}, {LOW: (300.0, 130.0)}, images=2)
    person = reader(made)
    person.look(np.array([0, 1]))
    do(made, person, Zoom(CORNER), ZoomOut())
    assert (person.gist.name != NOTHING).any()
    person.look(np.array([2, LOW]))
    do(made, person, new)
    assert (person.gist.name == NOTHING).all()
    assert LOW not in known(person) and 2 in known(person)  # what stayed is still in view


def test_in_an_open_image_all_is_named_by_the_search_and_nothing_after_it_is_closed() -> None:
    made = placed()
    person = reader(made)
    with pytest.raises(InputError, match="no image is open"):
        person.inspect(np.array([1]))
    do(made, person, OpenImage(0))
    name, _ = person.inspect(np.arange(ROWS))
    assert name.tolist() == truth(made, list(range(ROWS)))
    assert (person.open_name == name).all() and known(person) == []
    assert made.step(CloseImage()).looks == 0
    person.noticed(CloseImage())
    assert (person.open_name == UNREAD).all() and known(person) == []
    for ask in (person.inspect, person.second):
        with pytest.raises(InputError, match="no image is open"):
            ask(np.array([1]))
    with pytest.raises(InputError, match="no image is open"):
        person.split_clicks(1, 1)


def test_only_the_open_image_can_be_inspected_and_only_what_was_named_be_cut() -> None:
    made = session(sight=True)
    made.reset()
    person = reader(made)
    do(made, person, OpenImage(1))
    with pytest.raises(InputError, match="not all in image 1, the open one"):
        person.inspect(np.array([0, 40]))
    for ask in (lambda: person.second(np.array([40])), lambda: person.split_clicks(40, 1)):
        with pytest.raises(InputError, match="segment=40 was not named in the open image"):
            ask()
    person.inspect(np.array([40]))
    person.second(np.array([40]))


def test_hovering_reads_one_thumbnail_at_half_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    made, asked = placed(), []
    person = reader(made, Confusion())
    hover = Eyes.hover

    def remember(eyes: Eyes, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(rows.tolist())
        return hover(eyes, rows)

    monkeypatch.setattr(Eyes, "hover", remember)
    do(made, person, Hover(5))
    assert asked == [[5]] and known(person) == [5]


def test_correcting_one_of_a_cluster_in_its_image_is_learned_and_elsewhere_it_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, corrected = placed(), []
    person = reader(made)
    monkeypatch.setattr(Eyes, "correct", lambda eyes, rows: corrected.append(rows.tolist()))
    do(made, person, LabelSegment(1, 1))
    assert corrected == []
    do(made, person, OpenImage(0), LabelInImage((2, 3), (0, 1)), LabelSegment(4, 1))
    assert corrected == [[2, 3], [4]]


def test_parts_are_unread_when_they_are_new() -> None:
    made = session(sight=True)
    made.reset()
    person = reader(made)
    do(made, person, RefineBox((0.0, 0.0, 1600.0, 1200.0), 0.05))
    assert len(person.name) == len(made.state.table) > 72
    assert set(np.flatnonzero(person.name[72:] != UNREAD)) == set()


def test_names_of_dead_segments_teach_nothing(tmp_path: Path) -> None:
    made = session(sight=True)
    made.reset()
    person = reader(made)
    readable = np.flatnonzero(made.observe().readable)
    person.look(readable)
    do(made, person, RefineBox((0.0, 0.0, 1600.0, 1200.0), 0.0))
    assert not made.state.alive[:72].any()
    do(made, person, Zoom(CORNER))
    assert (person.gist.name == NOTHING).all()


def test_places_of_the_scene_are_what_the_tests_take_them_for() -> None:
    made = placed()
    np.testing.assert_allclose(made.screen().overview, [apart(row) for row in range(ROWS)], atol=0.01)
    assert (made.observe().visible == 1024).all()
