"""Which thumbnails can be read (HUMAN.md §1), beside a painter that draws them one after the other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_cdt

from fsannot.data.errors import InputError
from fsannot.human.legibility import (
    CELL,
    DIM,
    LEGIBLE,
    POINTABLE,
    Legibility,
    aim,
    drawing_order,
    session_order,
    visible_masks,
    visible_pixels,
)
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import View
from tests.human.places import clumped, overview_places, scattered


def painted(points: np.ndarray, order: np.ndarray) -> np.ndarray:
    """int (HEIGHT, WIDTH): the thumbnail that is seen at each pixel, −1 = none; painted from the bottom to the top."""
    canvas = np.full((HEIGHT, WIDTH), -1)
    for row in order:
        x, y = points[row]
        canvas[max(y - 16, 0) : max(y + 16, 0), max(x - 16, 0) : max(x + 16, 0)] = row
    return canvas


def counted(canvas: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(canvas[canvas >= 0], minlength=count)


@settings(max_examples=60, deadline=None)
@given(
    places=overview_places(),
    zoom=st.sampled_from([1.0, 2.0, 3.7, 37.5]),
    center=st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT)),
    seed=st.integers(0, 1000),
)
def test_visible_pixels_are_those_a_painter_leaves(
    places: np.ndarray, zoom: float, center: tuple[float, float], seed: int
) -> None:
    points = View.around(center, zoom).points(places)
    order = np.random.default_rng(seed).permutation(len(points))
    visible = visible_pixels(points, order)
    canvas = painted(points, order)
    assert visible.dtype == np.int32
    assert np.array_equal(visible, counted(canvas, len(points)))
    assert visible.sum() <= WIDTH * HEIGHT and visible.max(initial=0) <= 1024
    assert not len(order) or visible[order[-1]] >= 256 or zoom > 1, (
        "of the topmost at least a quarter is on the overview"
    )
    masks = visible_masks(points, order, np.arange(len(points)))
    assert np.array_equal(masks.sum((1, 2)), visible)
    for row, mask in enumerate(masks):
        y, x = np.nonzero(mask)
        assert (canvas[y + points[row, 1] - 16, x + points[row, 0] - 16] == row).all()


@pytest.mark.parametrize("layout", [scattered, clumped])
@pytest.mark.parametrize("zoom", [1, 2, 4, 8])
def test_many_thumbnails(layout, zoom: int) -> None:
    places = layout(3000, 1)
    points = View.around(tuple(np.median(places, 0)), zoom).points(places)
    labelled = np.random.default_rng(2).random(len(points)) < 0.5
    order = drawing_order(labelled, session_order(np.arange(len(points)), seed=0))
    result = Legibility.of(points, order)
    assert np.array_equal(result.visible, counted(painted(points, order), len(points)))
    assert not (result.legible & result.dim).any()
    assert np.array_equal(result.legible, result.visible >= 512) and np.array_equal(
        result.pointable, result.visible >= 16
    )
    hidden = np.zeros_like(result.hidden_counts)
    for (x, y), visible in zip(points, result.visible, strict=True):
        if visible == 0 and 0 <= x <= WIDTH and 0 <= y <= HEIGHT:
            hidden[min(y // 32, 37), min(x // 32, 49)] += 1
    assert np.array_equal(result.hidden_counts, hidden)


def test_constants_are_those_of_the_definition() -> None:
    assert (LEGIBLE, DIM, POINTABLE, CELL) == (512, 256, 16, 32)


def test_thumbnails_worked_out_by_hand() -> None:
    points = np.array(
        [[100, 100], [116, 100], [0, 0], [WIDTH + 16, 50], [WIDTH + 15, 500], [-17, 60]], np.int32
    )
    assert visible_pixels(points, np.arange(6)).tolist() == [512, 1024, 256, 0, 32, 0]
    assert visible_pixels(points, np.arange(6)[::-1]).tolist() == [1024, 512, 256, 0, 32, 0]


def test_a_thumbnail_under_another_is_counted_in_its_cell() -> None:
    points = np.array([[100, 70], [100, 70], [100, 70], [WIDTH, HEIGHT]], np.int32)
    result = Legibility.of(points, np.arange(4))
    assert result.visible.tolist() == [0, 0, 1024, 256]
    assert result.hidden_counts.sum() == 2 and result.hidden_counts[2, 3] == 2
    assert result.dim.tolist() == [False, False, False, True]
    with pytest.raises(ValueError, match="read-only"):
        result.visible[0] = 1


@settings(deadline=None)
@given(
    labelled=st.lists(st.booleans(), max_size=50),
    seed=st.integers(0, 2**40),
    offset=st.integers(0, 2**62),
)
def test_drawing_order(labelled: list[bool], seed: int, offset: int) -> None:
    done = np.array(labelled, bool)
    ids = np.arange(len(done)) + offset
    order = drawing_order(done, session_order(ids, seed=seed))
    assert sorted(order) == list(range(len(done)))
    assert (np.diff(done[order].astype(int)) <= 0).all(), "labelled ones lie below"
    part = np.arange(len(done)) % 3 > 0
    of_part = np.flatnonzero(part)[drawing_order(done[part], session_order(ids[part], seed=seed))]
    assert np.array_equal(of_part, order[part[order]]), "whatever else is shown, two keep their order"


def test_another_session_has_another_order() -> None:
    ids = np.arange(50)
    assert not np.array_equal(session_order(ids, seed=0), session_order(ids, seed=1))


@settings(max_examples=60, deadline=None)
@given(places=overview_places(least=1), seed=st.integers(0, 1000))
def test_one_aims_at_the_deepest_visible_pixel(places: np.ndarray, seed: int) -> None:
    points = View.overview().points(places)
    order = np.random.default_rng(seed).permutation(len(points))
    canvas = painted(points, order)
    rows = np.flatnonzero(visible_pixels(points, order))
    for row, (x, y) in zip(rows, aim(points, order, rows), strict=True):
        assert canvas[y, x] == row
        top, left = np.maximum(points[row][::-1] - 16, 0)
        part = canvas[top : points[row, 1] + 16, left : points[row, 0] + 16] == row
        depth = distance_transform_cdt(np.pad(part, 1), "chessboard")[1:-1, 1:-1]
        assert depth[y - top, x - left] == depth.max()
        others = np.argwhere(depth == depth.max()) + np.array([top, left])
        center = points[row][::-1]
        assert ((others - center) ** 2).sum(1).min() == ((np.array([y, x]) - center) ** 2).sum()


def test_aims_worked_out_by_hand() -> None:
    points = np.array([[100, 100], [108, 100]], np.int32)  # 8 columns of the first are visible, 84 to 91
    assert aim(points, np.arange(2), np.array([1, 0, 1])).tolist() == [[108, 100], [88, 100], [108, 100]]
    assert aim(points, np.arange(2), np.array([], int)).shape == (0, 2)


def test_bad_arguments_are_named() -> None:
    points = np.array([[5, 5], [5, 5]], np.int32)
    with pytest.raises(InputError, match="nothing of thumbnail 0 is visible"):
        aim(points, np.arange(2), np.array([1, 0]))
    with pytest.raises(InputError, match="0 to 1 are there"):
        visible_masks(points, np.arange(2), np.array([2]))
    with pytest.raises(InputError, match="integers"):
        visible_pixels(points.astype(float), np.arange(2))
    with pytest.raises(InputError, match="one per point"):
        visible_pixels(points, np.arange(3))
    for order in ([0, 0], [0, 2], [-1, 0]):
        with pytest.raises(InputError, match="needed once"):
            visible_pixels(points, np.array(order))
    with pytest.raises(InputError, match="ids"):
        session_order(np.zeros(2), seed=0)
    with pytest.raises(InputError, match="labelled"):
        drawing_order(np.zeros(3, bool), np.arange(2))
