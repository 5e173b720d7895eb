"""What a person sees of the canvas, and what gestures cost by it: each rule of version 2, and each of its refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsannot.annotation.actions import (
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
    LabelSegment,
    LearnMetric,
    OpenImage,
    Reproject,
    RequestBatch,
    SetView,
    Split,
    Undo,
    Unfocus,
    Zoom,
    ZoomOut,
)
from fsannot.annotation.queries import Queries
from fsannot.annotation.saving import resume_session, save_session
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import IN_SEARCH, Sight
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.legibility import LEGIBLE
from fsannot.human.view import View
from tests.annotation.placed import BOTTOM_UP, ROWS, Places, apart, placed
from tests.annotation.scene import reader, session

LOW, MIDDLE, TOP, FREE = BOTTOM_UP[0], BOTTOM_UP[10], BOTTOM_UP[-1], BOTTOM_UP[5]
CLOCK = Clock()
EVERYTHING = (0.0, 0.0, 1600.0, 1200.0)


def sight_of(made: AnnotationSession) -> Sight:
    assert made.sight is not None
    return made.sight


def stripe(pixels: int) -> Places:
    """``LOW`` with so many visible pixels, 1 to 32, at the left of what lies above it."""
    return {LOW: (500.0, 500.0), TOP: (501.0, 500.0), MIDDLE: (470.0, 500.0 + pixels)}


# -- looking ----------------------------------------------------------------------------------------------------


def test_what_is_covered_cannot_be_read_and_nothing_is_charged_for_it() -> None:
    made = placed({LOW: (500, 500), TOP: (500, 500)})
    person = reader(made)
    assert made.observe().visible[[LOW, TOP]].tolist() == [0, 1024]  # type: ignore[index]
    with pytest.raises(InputError, match=f"segment={LOW} has 0 visible pixels of 1024"):
        person.look(np.array([FREE, LOW]))
    assert sight_of(made).pending == 0 and not sight_of(made).read.any()


@pytest.mark.parametrize(("right", "dim"), [(7, None), (8, True), (15, True), (16, False)])
def test_a_quarter_must_be_visible_and_half_for_the_normal_error(right: int, dim: bool | None) -> None:
    made = placed({LOW: (500, 500), TOP: (500 + right, 500)})
    visible = made.observe().visible
    assert visible is not None and visible[LOW] == 32 * right
    if dim is None:
        with pytest.raises(InputError, match="visible pixels"):
            sight_of(made).look(np.array([LOW]), visible)
    else:
        assert sight_of(made).look(np.array([LOW, FREE]), visible).tolist() == [dim, False]


def test_a_look_is_charged_to_the_action_that_follows_and_a_second_one_is_free() -> None:
    made, alone = placed(), placed()
    person = reader(made)
    person.look(np.array([1, 2, 3]))
    person.look(np.array([2, 3, 4]))
    first, without = made.step(LabelSegment(7, 1)), alone.step(LabelSegment(7, 1))
    assert (first.looks, without.looks) == (4, 0)
    assert first.human_seconds == pytest.approx(without.human_seconds + 4 * 0.03, abs=1e-12)
    person.look(np.array([1, 2, 3, 4]))
    assert made.step(LabelSegment(8, 1)).looks == 0
    assert made.human_seconds == pytest.approx(
        alone.human_seconds + alone.step(LabelSegment(8, 1)).human_seconds + 0.12
    )


def test_an_action_that_is_refused_leaves_the_looks_to_the_next_one() -> None:
    made = placed()
    reader(made).look(np.array([1, 2]))
    with pytest.raises(InputError):
        made.step(LabelSegment(999, 1))
    assert made.step(LabelSegment(7, 1)).looks == 2


@pytest.mark.parametrize("again", [Reproject(), LearnMetric()], ids=["projected again", "learned"])
def test_after_a_new_layout_what_moved_by_more_than_32_px_costs_again(again: Action) -> None:
    x, y = apart(FREE)
    before = {LOW: (300.0, 130.0), TOP: (420.0, 130.0), FREE: (x, y)}
    after = {LOW: (333.0, 130.0), TOP: (420.0, 162.0), FREE: (x, y)}
    made = placed(before, after)
    made.step(LabelSegment(1, 0))
    made.step(LabelSegment(2, 1))
    person, rows = reader(made), np.array([LOW, TOP, FREE])
    person.look(rows)
    made.step(Zoom((0.0, 0.0, 800.0, 600.0)))
    assert made.step(again).looks == 0
    assert made.observe().view == View.overview()
    assert sight_of(made).read[rows].tolist() == [False, True, True]
    person.look(rows)
    assert sight_of(made).pending == 1


def test_after_another_batch_what_is_new_and_what_moved_is_unread() -> None:
    made = placed({}, {FREE: (300.0, 130.0)}, images=2)
    person = reader(made)
    person.look(np.arange(ROWS))
    made.step(RequestBatch())
    assert np.flatnonzero(~sight_of(made).read).tolist() == [FREE, *range(ROWS, 2 * ROWS)]


def test_of_what_is_hidden_a_robot_knows_the_cell_and_of_what_is_seen_the_pixel() -> None:
    made = placed({LOW: (500, 500), TOP: (500, 500)})
    seen = made.observe()
    assert seen.canvas[LOW].tolist() == [15 * 32 + 16, 15 * 32 + 16] and seen.canvas[TOP].tolist() == [
        500,
        500,
    ]
    assert made.screen().points[LOW].tolist() == [500, 500]


def test_a_robot_cannot_ask_what_is_near_or_similar() -> None:
    queries = Queries(placed())
    with pytest.raises(InputError, match="around tells what nobody sees"):
        queries.around(3)
    with pytest.raises(InputError, match="similar tells what nobody sees"):
        queries.similar(1, 3)


def test_the_observation_describes_nothing_but_the_open_image() -> None:
    made = session(sight=True)
    made.reset()
    for action, open_ in ((None, None), (OpenImage(1), 1), (CloseImage(), None)):
        if action is not None:
            made.step(action)
        table, truth = made.observe().table, made.state.table
        here = truth.image == open_ if open_ is not None else np.zeros(len(truth), bool)
        for name, hidden in (("image", -1), ("label", -1), ("area", 0), ("bbox", 0), ("centroid", 0)):
            np.testing.assert_array_equal(getattr(table, name)[here], getattr(truth, name)[here])
            assert (getattr(table, name)[~here] == hidden).all()


# -- boxes ------------------------------------------------------------------------------------------------------


def test_a_box_around_what_lies_on_one_pixel_takes_both_and_charges_what_can_be_read() -> None:
    """However small the box; and closer by they still lie on one pixel."""
    for near in (None, Zoom((480.0, 485.0, 520.0, 515.0))):
        made = placed({LOW: (500, 500), TOP: (500, 500)}, clock=replace(CLOCK, look=1000.0))
        if near is not None:
            made.step(near)
        x, y = made.screen().points[TOP].tolist()
        result = made.step(LabelBox((x, y, x, y), 1))
        assert result.observation.labels[[LOW, TOP]].tolist() == [1, 1]
        assert round(result.human_seconds / 1000) == 1


def test_illegible_thumbnails_in_a_box_get_the_label_and_cost_nothing() -> None:
    here = {
        row: (500.0 + i, 500.0) for i, row in enumerate(BOTTOM_UP[:20])
    }  # each 1 px beside the one above it
    made = placed(here, clock=replace(CLOCK, look=1000.0))
    visible = made.observe().visible
    assert visible is not None
    legible = int((visible[BOTTOM_UP[:20]] >= LEGIBLE).sum())
    result = made.step(LabelBox((480.0, 480.0, 530.0, 520.0), 1))
    assert (result.observation.labels[BOTTOM_UP[:20]] == 1).all()
    assert round(result.human_seconds / 1000) == legible == 1
    person = reader(made)
    person.noticed(LabelBox((480.0, 480.0, 530.0, 520.0), 1))
    assert np.flatnonzero(person.looked_at).tolist() == [BOTTOM_UP[19]]


def test_a_box_names_the_legible_thumbnails_that_it_paid_for() -> None:
    made = placed()
    person, action = reader(made), LabelBox((0.0, 0.0, 700.0, 300.0), 1)
    made.step(action)
    person.noticed(action)
    inside = [0, 1, 2, 6, 7, 8]
    assert np.flatnonzero(person.name >= 0).tolist() == inside
    person.look(np.array(inside))
    assert sight_of(made).pending == 0


def test_corners_aim_among_what_is_visible_on_whole_pixels_and_never_wider_than_two_thumbnails() -> None:
    made = placed()
    box = (318.4, 6.4, 658.4, 38.4)  # around rows 1 and 2; the next ones are hundreds of pixels away
    result = made.step(LabelBox(box, 1))
    gesture = gestures.BoxGesture(
        float(np.hypot(318 - 800, 6 - 600)), float(np.hypot(658 - 318, 32)), (64.0, 64.0), 2
    )
    assert result.human_seconds == pytest.approx(CLOCK.price(gestures.box(gesture, label_changed=True)))
    assert result.observation.pointer == (658.0, 38.0)


# -- pointing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [Hover(LOW), LabelSegment(LOW, 1), LabelRadius(LOW, 8, 1)])
@pytest.mark.parametrize("pixels", [15, 16])
def test_pointing_needs_16_visible_pixels(action: Action, pixels: int) -> None:
    made = placed(stripe(pixels))
    assert made.observe().visible[LOW] == pixels  # type: ignore[index]
    if pixels < 16:
        with pytest.raises(
            InputError, match=f"segment={LOW} has 15 visible pixels in this view; 16 are needed"
        ):
            made.step(action)
        assert made.human_seconds == 0.0
    else:
        made.step(action)


def test_what_is_visible_is_the_target_and_one_aims_at_its_deepest_pixel() -> None:
    made = placed(stripe(16))
    result = made.step(LabelSegment(LOW, 1))
    x, y = result.observation.pointer
    assert x == 484.0 and 484.0 <= y < 500.0  # the stripe is one pixel wide: the leftmost column
    reach = float(np.hypot(x - 800, y - 600))
    assert result.human_seconds == pytest.approx(CLOCK.price(gestures.one_segment(reach, 4.0)))


def test_hovering_costs_pointing_and_a_tenth_of_a_second_and_reads_at_half_the_error() -> None:
    made = placed(stripe(32))
    person, action = reader(made), Hover(LOW)
    result = made.step(action)
    reach = float(np.hypot(result.observation.pointer[0] - 800, result.observation.pointer[1] - 600))
    assert result.human_seconds == pytest.approx(CLOCK.pointing(reach, np.sqrt(32)) + 0.1)
    person.noticed(action)
    assert person.name[LOW] >= 0 and person.image[LOW] == 0
    assert sight_of(made).read[LOW] and sight_of(made).pending == 0


def test_a_radius_of_400_px_is_a_cosine_distance_of_a_half() -> None:
    unit = placed().features_of(np.arange(ROWS))
    distance = 1.0 - unit.astype(np.float64) @ unit[FREE]
    for pixels in (1, 40, 200, 400):
        made = placed()
        result = made.step(LabelRadius(FREE, pixels, 1))
        inside = distance <= 0.5 * pixels / 400
        inside[FREE] = True
        edge = np.abs(distance - 0.5 * pixels / 400) < 1e-6
        np.testing.assert_array_equal((result.observation.labels == 1)[~edge], inside[~edge])
        reach = float(np.hypot(*(made.screen().points[FREE] - (800, 600))))
        found = int((result.observation.labels == 1).sum()) - 1
        assert result.human_seconds == pytest.approx(
            CLOCK.decide
            + CLOCK.pointing(reach, 32.0)
            + CLOCK.dragging(pixels, 8.0)
            + 0.03 * found
            + CLOCK.key
        )


def test_a_number_of_similar_segments_cannot_be_chosen() -> None:
    with pytest.raises(InputError, match="nobody can drag; use LabelRadius"):
        placed().step(LabelNeighbors(1, 3, 1))


# -- images -----------------------------------------------------------------------------------------------------


def test_an_image_costs_deciding_pointing_two_presses_and_the_search_every_time() -> None:
    made = placed()
    for _ in range(2):
        at = np.array(made.observe().pointer)
        reach = np.hypot(*(made.screen().points - at).T).min()
        opened = made.step(OpenImage(0))
        assert opened.human_seconds == pytest.approx(
            1.35 + CLOCK.pointing(float(reach), 32.0) + 2 * 0.1 + 1.5
        )
        assert made.step(CloseImage()).human_seconds == pytest.approx(0.28)


def test_fifty_names_in_an_image_are_paid_by_the_search_and_each_further_one_is_a_look() -> None:
    sight = Sight()
    sight.read = np.zeros(80, bool)
    sight.open_image()
    sight.look_in_image(np.arange(30))
    sight.look_in_image(np.arange(IN_SEARCH))
    assert sight.pending == 0
    sight.look_in_image(np.arange(40, 57))
    assert sight.pending == 7
    sight.look_in_image(np.arange(57))
    assert sight.pending == 7  # named already
    sight.open_image()
    sight.look_in_image(np.arange(57))
    assert sight.pending == 14  # every time it is opened


def test_a_click_in_a_searched_image_costs_0_9_s_and_a_label_a_key() -> None:
    made = placed()
    made.step(OpenImage(0))
    clicks = made.step(LabelInImage((1, 2, 3, 4), (1, 1, 0, 0)))
    assert clicks.human_seconds == pytest.approx(4 * 0.9 + 2 * 0.28)
    one = made.step(LabelSegment(5, 0))
    assert one.human_seconds == pytest.approx(0.9)  # the label is the last one's
    assert made.step(LabelSegment(6, 1)).human_seconds == pytest.approx(0.9 + 0.28)
    assert made.step(Confirm()).human_seconds == pytest.approx(0.28)


def test_a_segment_is_cut_in_its_image_alone() -> None:
    made = placed()
    ys, xs = np.nonzero(made.row_map(0) == 1)
    cut = Split(1, ((int(ys[0]), int(xs[0])),), ((int(ys[-1]), int(xs[-1])),), 1)
    with pytest.raises(InputError, match=r"OpenImage\(0\) first"):
        made.step(cut)
    made.step(OpenImage(0))
    assert made.step(cut).human_seconds == pytest.approx(2 * 0.9 + 2 * 0.28)


def test_an_image_is_opened_by_a_thumbnail_that_can_be_pointed_at() -> None:
    made = placed()
    made.step(Zoom((120.0, 90.0, 152.0, 114.0)))  # nothing lies there
    assert not made.observe().shown.any()
    with pytest.raises(InputError, match="none of its thumbnails can be pointed at"):
        made.step(OpenImage(0))


# -- views ------------------------------------------------------------------------------------------------------


def test_a_zoom_needs_a_decision_but_not_after_another_zoom() -> None:
    made = placed()
    box = (400.0, 300.0, 1200.0, 900.0)  # its width as a target: a tenth of 600
    first, second = made.step(Zoom(box)), made.step(Zoom(box))
    drag = CLOCK.dragging(1000.0, 60.0)
    assert first.human_seconds == pytest.approx(1.35 + CLOCK.pointing(500.0, 60.0) + drag)
    assert second.human_seconds == pytest.approx(CLOCK.pointing(1000.0, 60.0) + drag)
    assert second.observation.view == View.overview().zoomed_to(box).zoomed_to(box)
    assert made.step(ZoomOut()).human_seconds == pytest.approx(0.28)
    again = made.step(Zoom(box))
    assert again.human_seconds == pytest.approx(1.35 + CLOCK.pointing(1000.0, 60.0) + drag)
    small = made.step(Zoom((0.0, 0.0, 16.0, 12.0)))
    assert small.human_seconds == pytest.approx(
        CLOCK.pointing(float(np.hypot(1200, 900)), 8.0) + CLOCK.dragging(20.0, 8.0)
    )
    assert made.step(SetView(2.0, 0.0, 0.0)).human_seconds == pytest.approx(1.35 + 0.28)


def test_after_a_zoom_names_are_forgotten_and_looking_again_in_the_same_layout_is_free() -> None:
    made = placed()
    person = reader(made)
    person.look(np.arange(12))
    made.step(Zoom((0.0, 0.0, 400.0, 300.0)))
    person.catch_up()
    assert (person.name < 0).all() and (person.image < 0).all() and (person.size < 0).all()
    shown = np.flatnonzero(made.observe().readable)
    assert set(shown) == {0, 1, 6, 7}
    person.look(shown)
    assert sight_of(made).pending == 0 and (person.name[shown] >= 0).all()
    with pytest.raises(InputError, match="segment=2 is not on the canvas"):
        person.look(np.array([2]))


@pytest.mark.parametrize("local", [Grid(), GridBox(EVERYTHING), FocusBox(EVERYTHING)])
def test_everything_in_a_focus_or_a_grid_is_unread_and_the_way_back_restores_what_was_paid(
    local: Action,
) -> None:
    made = placed({LOW: (500, 500), TOP: (500, 500)})
    person, rows = reader(made), np.array([1, 2, 3])
    person.look(rows)
    made.step(Zoom((0.0, 0.0, 800.0, 600.0)))
    made.step(ZoomOut())
    person.look(rows)
    assert sight_of(made).pending == 0
    opened = made.step(local)
    assert opened.observation.focused and not sight_of(made).read.any()
    assert opened.observation.view == View.overview()
    readable = np.flatnonzero(opened.observation.readable)[:4]
    person.look(readable)
    assert made.step(Unfocus()).looks == len(readable)
    person.look(np.array([1, 2, 3, 4]))
    assert sight_of(made).pending == isinstance(local, Grid)  # a box has paid for all that is legible in it


@pytest.mark.parametrize("local", [Grid(), GridBox(EVERYTHING)])
def test_on_a_grid_nothing_overlaps(local: Action) -> None:
    made = placed(dict.fromkeys(BOTTOM_UP[:20], (500.0, 500.0)))
    assert (made.observe().visible == 0).sum() == 19
    shown = made.step(local).observation
    assert shown.shown.all() and (shown.visible == 1024).all()


def test_a_grid_costs_a_decision_and_a_key_and_that_of_a_selection_what_a_focus_costs() -> None:
    box = (0.0, 0.0, 700.0, 300.0)
    assert placed().step(Grid()).human_seconds == pytest.approx(1.35 + 0.28)
    assert placed().step(GridBox(box)).human_seconds == pytest.approx(
        placed().step(FocusBox(box)).human_seconds
    )


def test_a_grid_holds_the_unlabelled_segments_of_the_newest_images() -> None:
    made = placed({}, {}, images=2)
    made.step(RequestBatch())
    made.step(LabelSegment(ROWS, 1))
    shown = made.step(Grid()).observation.shown
    assert np.flatnonzero(shown).tolist() == list(range(ROWS + 1, 2 * ROWS))


# -- taking back, going on --------------------------------------------------------------------------------------


def test_undo_restores_labels_and_neither_names_nor_charges() -> None:
    made = placed()
    person = reader(made)
    person.look(np.array([1, 2]))
    spent = made.step(LabelBox((0.0, 0.0, 700.0, 300.0), 1)).human_seconds
    read = sight_of(made).read.copy()
    undone = made.step(Undo())
    assert (undone.observation.labels < 0).all()
    assert made.human_seconds == pytest.approx(spent + 1.35 + 0.28)
    np.testing.assert_array_equal(sight_of(made).read, read)
    person.look(np.array([1, 2]))
    assert sight_of(made).pending == 0 and person.name[1] >= 0


@pytest.mark.parametrize("way", [[], [Zoom((0.0, 0.0, 400.0, 300.0))], [GridBox(EVERYTHING)], [OpenImage(0)]])
def test_a_saved_session_keeps_view_marks_and_looks_that_wait(way: list[Action], tmp_path: Path) -> None:
    made = placed()
    reader(made).look(np.array([1, 2, 3]))
    for action in way:
        made.step(action)
    person = reader(made)
    if made.observe().open_image is None:
        person.look(np.flatnonzero(made.observe().readable)[:2])
    else:
        person.inspect(np.arange(20))
    save_session(made, tmp_path / "session.npz")
    taken_up = placed()
    shown, before = resume_session(taken_up, tmp_path / "session.npz"), made.observe()
    assert (shown.view, shown.focused, shown.open_image) == (before.view, before.focused, before.open_image)
    np.testing.assert_array_equal(shown.visible, before.visible)
    one, other = sight_of(made), sight_of(taken_up)
    assert one.pending == other.pending and one.local == other.local
    np.testing.assert_array_equal(one.read, other.read)
    for action in (*way, Unfocus(), LabelBox((0.0, 0.0, 700.0, 300.0), 1), CloseImage()):
        if not isinstance(action, OpenImage):
            first, second = made.step(action), taken_up.step(action)
            assert (first.human_seconds, first.looks) == (second.human_seconds, second.looks)
    np.testing.assert_array_equal(one.read, other.read)


def test_without_sight_there_is_nothing_to_zoom_or_to_hover_over() -> None:
    made = session()
    made.reset()
    for action in (
        Zoom(EVERYTHING),
        ZoomOut(),
        SetView(1.0, 0.0, 0.0),
        Grid(),
        GridBox(EVERYTHING),
        Hover(1),
        Confirm(),
    ):
        with pytest.raises(InputError, match="version 2 of the human model"):
            made.step(action)
    with pytest.raises(InputError, match="sight=Sight"):
        reader(made)
