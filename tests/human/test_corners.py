"""The room of a box's corners among visible thumbnails (HUMAN.md §3)."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.human.corners import Corners, pixel_box
from fsannot.human.screen import HEIGHT, WIDTH, inside
from fsannot.human.view import View, on_canvas
from tests.human.places import overview_places


@st.composite
def screens(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Points int32 (N, 2) of some view, and which are visible."""
    places = draw(overview_places(least=1))
    center = tuple(places[draw(st.integers(0, len(places) - 1))])
    points = View.around(center, draw(st.sampled_from([1.0, 3.0, 30.0]))).points(places)
    return points, np.array(draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points))), bool)


@settings(deadline=None)
@given(screen=screens(), data=st.data())
def test_a_box_moved_within_its_room_takes_the_same(
    screen: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    points, visible = screen
    x = sorted(data.draw(st.tuples(*[st.integers(0, WIDTH)] * 2)))
    y = sorted(data.draw(st.tuples(*[st.integers(0, HEIGHT)] * 2)))
    box = (x[0], y[0], x[1], y[1])
    corners = Corners.of_box(points, box, visible=visible)
    assert corners.drawable
    seen = points[visible & on_canvas(points)]
    moved = moved_within(corners, data)
    if inside(seen, box).any():
        assert np.array_equal(inside(seen, moved), inside(seen, box))
    else:
        assert corners.tight == box and not inside(seen, moved).any()


@settings(deadline=None)
@given(screen=screens(), data=st.data())
def test_a_box_around_chosen_ones_is_drawable_or_takes_in_others(
    screen: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    points, visible = screen
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(points), max_size=len(points))), bool)
    chosen[data.draw(st.integers(0, len(points) - 1))] = True
    corners = Corners.of_chosen(points, chosen, visible=visible)
    seen = visible & on_canvas(points)
    clean = not (inside(points, corners.tight) & seen & ~chosen).any()
    assert corners.drawable == (clean and (seen & chosen).any())
    if corners.drawable:
        assert np.array_equal(inside(points, moved_within(corners, data))[seen], chosen[seen])


def moved_within(corners: Corners, data: st.DataObject) -> tuple[float, float, float, float]:
    """A box with each corner somewhere in its room; the edge of the canvas stops the pointer."""
    first, second = (st.integers(0, room - 1) for room in corners.room)
    x0, y0, x1, y1 = corners.tight
    return (
        max(x0 - data.draw(first), 0),
        max(y0 - data.draw(first), 0),
        min(x1 + data.draw(second), WIDTH),
        min(y1 + data.draw(second), HEIGHT),
    )


@settings(deadline=None)
@given(screen=screens(), data=st.data())
def test_one_pixel_more_than_the_room_takes_in_another(
    screen: tuple[np.ndarray, np.ndarray], data: st.DataObject
) -> None:
    points, visible = screen
    seen = points[visible & on_canvas(points)]
    if not len(seen):
        return
    x, y = seen[data.draw(st.integers(0, len(seen) - 1))].tolist()
    corners = Corners.of_box(points, (x, y, x, y), visible=visible)
    (x0, y0, x1, y1), far = corners.tight, 10 * WIDTH

    def held(first: int, second: int) -> tuple[int, int]:
        """How many lie beyond each corner, moved outwards by so much."""
        of_first = inside(seen, (x0 - first, y0 - first, far, far)).sum()
        return of_first, inside(seen, (-far, -far, x1 + second, y1 + second)).sum()

    reached = held(*corners.room)
    before = held(corners.room[0] - 1, corners.room[1] - 1)
    for room, now, one_less in zip(corners.room, reached, before, strict=True):
        assert now > one_less or room == WIDTH


def test_rooms_worked_out_by_hand() -> None:
    points = np.array([[100, 100], [140, 120], [80, 90], [150, 300], [141, 121], [-5, 100]], np.int32)
    visible = np.array([1, 1, 1, 1, 0, 1], bool)
    corners = Corners.of_box(points, (90, 95, 145, 130), visible=visible)
    assert corners.tight == (100, 100, 140, 120)
    assert corners.room == (
        20,
        180,
    )  # (80, 90): by 20 columns; (150, 300): by 180 rows; (141, 121) is not visible
    visible[4] = True
    chosen = np.array([1, 1, 0, 0, 0, 0], bool)
    assert Corners.of_chosen(points, chosen, visible=visible).room == (20, 1)
    assert Corners.of_chosen(points, chosen, visible=visible).drawable
    chosen[[1, 4]] = False, True
    assert Corners.of_chosen(points, chosen, visible=visible).room == (20, 0)


def test_a_box_that_cannot_be_drawn_here_can_be_after_zooming_in() -> None:
    places = np.array([[400.0, 300.0], [400.3, 300.3]], np.float32)
    chosen, visible = np.array([True, False]), np.array([True, True])
    overview = View.overview()
    assert not Corners.of_chosen(overview.points(places), chosen, visible=visible).drawable
    near = overview.zoomed_to((390, 290, 410, 310))
    corners = Corners.of_chosen(near.points(places), chosen, visible=visible)
    assert corners.drawable and corners.room[1] == 11


def test_what_nobody_sees_has_no_corners() -> None:
    points = np.array([[400, 300], [-20, 5]], np.int32)
    unseen = Corners.of_chosen(points, np.array([True, False]), visible=np.array([False, True]))
    assert unseen.room == (0, 0) and not unseen.drawable
    assert not Corners.of_chosen(points, np.array([False, True]), visible=np.array([True, True])).drawable
    with pytest.raises(InputError, match="at least one"):
        Corners.of_chosen(points, np.zeros(2, bool), visible=np.ones(2, bool))


def test_boxes_are_whole_pixels() -> None:
    assert pixel_box((0.4, 0.5, 10.5, 11.6)) == (0, 1, 11, 12)
    with pytest.raises(InputError, match="inverted"):
        pixel_box((2, 0, 1, 1))
