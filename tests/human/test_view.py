"""Views: what part of the overview the canvas shows (HUMAN.md §1)."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.human.screen import HEIGHT, WIDTH, Box
from fsannot.human.view import MAX_ZOOM, MIN_SIDE, View, on_canvas, whole_pixels
from tests.human.places import overview_places

numbers = st.floats(0, 1)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    (x0, x1), (y0, y1) = (sorted((draw(numbers) * side, draw(numbers) * side)) for side in (WIDTH, HEIGHT))
    return x0, y0, x1, y1


views = st.builds(
    lambda zoom, x, y: View.around((x * WIDTH, y * HEIGHT), zoom), st.floats(1, MAX_ZOOM), numbers, numbers
)


def shown(view: View) -> Box:
    return view.to_overview((0.0, 0.0, float(WIDTH), float(HEIGHT)))


@settings(deadline=None)
@given(view=views, box=boxes())
def test_a_zoom_holds_its_box_in_the_middle_as_far_as_the_edge_allows(view: View, box: Box) -> None:
    zoomed = view.zoomed_to(box)
    x0, y0, x1, y1 = shown(zoomed)
    meant = view.to_overview(box)
    slack = 1e-6
    assert (
        x0 <= meant[0] + slack
        and y0 <= meant[1] + slack
        and x1 >= meant[2] - slack
        and y1 >= meant[3] - slack
    )
    assert x0 >= -slack and y0 >= -slack and x1 <= WIDTH + slack and y1 <= HEIGHT + slack
    assert math.isclose((x1 - x0) * HEIGHT, (y1 - y0) * WIDTH, rel_tol=1e-9)
    assert min(x1 - x0, y1 - y0) >= MIN_SIDE - slack
    for low, high, first, last, end in (
        (x0, x1, meant[0], meant[2], WIDTH),
        (y0, y1, meant[1], meant[3], HEIGHT),
    ):
        in_the_middle = abs((low + high) - (first + last)) < 1e-5
        assert in_the_middle or low < slack or high > end - slack
    fits = max(meant[2] - meant[0], (meant[3] - meant[1]) * WIDTH / HEIGHT, MIN_SIDE * WIDTH / HEIGHT)
    assert math.isclose(x1 - x0, min(fits, WIDTH), rel_tol=1e-6, abs_tol=1e-6), "deeper would cut the box"


def test_a_zoom_worked_out_by_hand() -> None:
    first = View.overview().zoomed_to((400, 300, 800, 600))
    assert (first.zoom, first.x, first.y) == (4, 400, 300)
    again = first.zoomed_to(
        (0, 0, 800, 200)
    )  # 200 × 50 px of the overview around (500, 325); 200 × 150 keep the aspect
    assert (again.zoom, again.x, again.y) == (8, 400, 250)
    assert View.overview().zoomed_to((100, 100, 100, 100)).zoom == MAX_ZOOM
    assert View.overview().zoomed_to((0, 0, 10, HEIGHT)) == View.overview()


@settings(deadline=None)
@given(view=views, places=overview_places(least=1))
def test_points_are_within_half_a_pixel_of_their_place(view: View, places: np.ndarray) -> None:
    points = view.points(places)
    assert points.dtype == np.int32
    assert np.array_equal(points, view.points(places.copy()))
    x, y = points.T.astype(float)
    back = view.to_overview((x, y, x, y))  # type: ignore[arg-type]
    half = 0.5 / view.zoom + 1e-9
    assert (abs(back[0] - places[:, 0]) <= half).all() and (abs(back[1] - places[:, 1]) <= half).all()


@settings(deadline=None)
@given(view=views, box=boxes())
def test_boxes_come_back(view: View, box: Box) -> None:
    assert np.allclose(view.to_view(view.to_overview(box)), box, atol=1e-8)
    assert np.allclose(view.to_overview(view.to_view(box)), box, atol=1e-8)


def test_halves_are_rounded_one_way() -> None:
    assert whole_pixels(np.array([-0.5, 0.5, 1.5, 2.49])).tolist() == [0, 1, 2, 2]
    assert View.overview().points(np.array([[0.5, 1.5]], np.float32)).tolist() == [[1, 2]]


@settings(deadline=None)
@given(view=views, places=overview_places(least=1))
def test_the_overview_shows_everything(view: View, places: np.ndarray) -> None:
    assert on_canvas(View.overview().points(places)).all()


@settings(deadline=None)
@given(view=views, factor=st.floats(0.01, 100), at=st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)))
def test_the_wheel_keeps_what_is_under_the_pointer(
    view: View, factor: float, at: tuple[float, float]
) -> None:
    turned = view.scaled(factor, at)
    assert math.isclose(turned.zoom, min(max(view.zoom * factor, 1), MAX_ZOOM))
    before, after = view.to_overview((*at, *at)), turned.to_overview((*at, *at))
    for axis, (offset, room) in enumerate(
        ((turned.x, WIDTH - WIDTH / turned.zoom), (turned.y, HEIGHT - HEIGHT / turned.zoom))
    ):
        if 1e-6 < offset < room - 1e-6:
            assert math.isclose(before[axis], after[axis], abs_tol=1e-6)


@settings(deadline=None)
@given(view=views, dx=st.floats(-5000, 5000), dy=st.floats(-5000, 5000))
def test_panning_stops_at_the_edge(view: View, dx: float, dy: float) -> None:
    moved = view.panned(dx, dy)
    assert moved.zoom == view.zoom
    assert math.isclose(
        moved.x, min(max(view.x - dx / view.zoom, 0), WIDTH - WIDTH / view.zoom), abs_tol=1e-6
    )
    assert math.isclose(
        moved.y, min(max(view.y - dy / view.zoom, 0), HEIGHT - HEIGHT / view.zoom), abs_tol=1e-6
    )


@pytest.mark.parametrize(
    "values",
    [
        (0.99, 0, 0),
        (38, 0, 0),
        (math.nan, 0, 0),
        (2, math.inf, 0),
        (2, -1, 0),
        (2, 801, 0),
        (2, 0, 601),
        (1, 5, 0),
        ("2", 0, 0),
    ],
)
def test_a_recorded_view_is_checked(values: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="view"):
        View(*values)


def test_bad_arguments_are_named() -> None:
    view = View.overview()
    with pytest.raises(InputError, match="on the canvas"):
        view.zoomed_to((0, 0, WIDTH + 1, 10))
    with pytest.raises(InputError, match="inverted"):
        view.zoomed_to((10, 0, 0, 10))
    with pytest.raises(InputError, match="factor"):
        view.scaled(0, (0, 0))
    with pytest.raises(InputError, match="finite"):
        view.panned(math.nan, 0)
    with pytest.raises(InputError, match="overview point 1"):
        view.points(np.array([[0, 0], [np.nan, 0]], np.float32))
    with pytest.raises(InputError, match="shape"):
        view.points(np.zeros(4, np.float32))
