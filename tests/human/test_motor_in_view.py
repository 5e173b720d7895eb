"""Corners, zooms and drags of a hand that slips, under version 2 of the human model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.human.drawn_box import WIDEST, DrawnBox
from fsannot.human.motor import EFFECTIVE_WIDTH, Motor, zoom_width
from fsannot.human.screen import HEIGHT, WIDTH, Box, inside

CENTER = (800.0, 600.0)
PAIR = np.array([[400, 400], [440, 430]])
"""Two thumbnails that must be in; those of ``around`` must stay out, as many pixels away."""


def around(gap: int) -> np.ndarray:
    (x0, y0), (x1, y1) = PAIR.tolist()
    out = [[x0 - gap, y0], [x0, y0 - gap], [x1 + gap, y1], [x1, y1 + gap]]
    return np.concatenate([PAIR, np.array(out)]).astype(np.int32)


def ends(gap: int, motor: Motor, count: int = 400) -> np.ndarray:
    points = around(gap)
    visible = np.full(len(points), 1024)
    box = (400.0, 400.0, 440.0, 430.0)
    return np.array([motor.draw_in_view(points, visible, box, CENTER, step=n, seed=7) for n in range(count)])


def test_an_exact_hand_draws_what_is_meant_on_whole_pixels() -> None:
    points = around(40)
    meant = (390.4, 389.6, 450.5, 440.2)
    drawn = Motor().draw_in_view(points, np.full(6, 1024), meant, CENTER, step=1, seed=0)
    assert drawn == (390.0, 390.0, 451.0, 440.0)
    assert Motor().zoom(meant, CENTER, step=1, seed=0) == meant
    assert Motor().drag(40, step=1, seed=0) == 40


def test_a_corner_misses_as_often_as_the_time_charged_implies() -> None:
    """3.9 % of movements end outside a target as wide as the gap (MacKenzie 1992); here along the way they came."""
    boxes = ends(40, Motor(slip=1.0), count=2000)
    first = (boxes[:, 0] > 400) | (boxes[:, 1] > 400) | (boxes[:, 0] <= 360) | (boxes[:, 1] <= 360)
    assert 0.0 < first.mean() < 0.06
    assert (boxes == np.floor(boxes)).all()
    middle = boxes[:, :2].mean(0)
    np.testing.assert_allclose(middle, 400 - 39 / 2, atol=1.5)


def test_the_error_scales_with_the_room_up_to_two_thumbnails() -> None:
    spread = {gap: float(ends(gap, Motor(slip=1.0))[:, 0].std()) for gap in (16, 32, 64, 300)}
    assert spread[16] < spread[32] < spread[64]
    assert spread[300] == pytest.approx(
        spread[64], rel=0.05
    )  # nobody aims into the middle of an empty canvas
    assert spread[64] <= WIDEST / EFFECTIVE_WIDTH * 1.1
    with_more = float(ends(32, Motor(slip=2.0))[:, 0].std())
    assert with_more == pytest.approx(2 * spread[32], rel=0.1)


def test_of_one_pixel_of_room_a_corner_hardly_leaves() -> None:
    boxes = ends(1, Motor(slip=1.0))
    assert (np.abs(boxes[:, :2] - 400) <= 1).all()


def test_a_covered_thumbnail_sets_no_limit_to_a_corner() -> None:
    points, box = around(10), (400.0, 400.0, 440.0, 430.0)
    seen = np.full(6, 1024)
    unseen = np.where(np.arange(6) < 2, 1024, 0)
    assert DrawnBox.in_view(points, box, CENTER, visible=seen).gesture.gaps == (10.0, 10.0)
    free = DrawnBox.in_view(points, box, CENTER, visible=unseen)
    assert free.gesture.gaps == (64.0, 64.0) and free.gesture.thumbnails == 2


def test_the_price_counts_legible_thumbnails_alone() -> None:
    points = np.array([[400, 400], [404, 400], [408, 400]], np.int32)
    drawn = DrawnBox.in_view(points, (390.0, 390.0, 410.0, 410.0), CENTER, visible=np.array([511, 512, 1024]))
    assert len(drawn.inside) == 3 and drawn.gesture.thumbnails == 2


def test_a_box_that_would_hold_nothing_is_drawn_as_it_was_meant() -> None:
    points, visible, box = np.array([[800, 600]], np.int32), np.array([1024]), (799.0, 599.0, 801.0, 601.0)
    motor = Motor(slip=50.0)
    drawn = [motor.draw_in_view(points, visible, box, (0.0, 0.0), step=n, seed=1) for n in range(50)]
    assert all(inside(points, b).any() for b in drawn) and box in drawn and len(set(drawn)) > 1


def test_a_corner_of_a_zoom_has_a_tenth_of_the_shorter_side_and_misses_too() -> None:
    box = (400.0, 300.0, 800.0, 600.0)
    assert zoom_width(box) == 30.0 and zoom_width((0.0, 0.0, 20.0, 40.0)) == 8.0
    boxes = np.array([Motor(slip=1.0).zoom(box, CENTER, step=n, seed=3) for n in range(400)])
    off = boxes - np.array(box)
    assert float(np.hypot(*off[:, :2].T).std()) * 2 > 0.5 * 30 / EFFECTIVE_WIDTH
    assert (np.abs(off[:, :2]).max(0) < 4 * 30 / EFFECTIVE_WIDTH).all()
    assert (boxes == np.floor(boxes)).all()


def test_a_drag_ends_within_its_eight_pixels_and_never_at_none() -> None:
    ends = np.array([Motor(slip=1.0).drag(100, step=n, seed=0) for n in range(2000)])
    assert ends.std() == pytest.approx(8.0 / EFFECTIVE_WIDTH, rel=0.1)
    assert (np.abs(ends - 100) <= 4).mean() == pytest.approx(0.98, abs=0.02)
    assert min(Motor(slip=3.0).drag(1, step=n, seed=0) for n in range(200)) == 1


corner = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))


@settings(max_examples=60, deadline=None)
@given(corner, corner, corner, st.integers(0, 1000), st.integers(0, 3))
def test_what_is_drawn_is_a_box_of_whole_pixels_on_the_canvas(
    one: tuple[float, float], other: tuple[float, float], pointer: tuple[float, float], step: int, slip: int
) -> None:
    box: Box = (min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
    rng = np.random.default_rng(step)
    points = np.stack([rng.integers(0, WIDTH + 1, 40), rng.integers(0, HEIGHT + 1, 40)], 1).astype(np.int32)
    visible = rng.integers(0, 1025, 40)
    motor = Motor(slip=float(slip))
    for drawn in (
        motor.draw_in_view(points, visible, box, pointer, step=step, seed=1),
        *([motor.zoom(box, pointer, step=step, seed=1)] if slip else []),
    ):
        x0, y0, x1, y1 = drawn
        assert 0 <= x0 <= x1 <= WIDTH and 0 <= y0 <= y1 <= HEIGHT
        assert all(v == int(v) for v in drawn)
    again = motor.draw_in_view(points, visible, box, pointer, step=step, seed=1)
    assert again == motor.draw_in_view(points, visible, box, pointer, step=step, seed=1)
