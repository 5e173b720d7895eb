"""Curves by hand: steps, areas, times to reach a level, and differences between two methods."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.effort import (
    CurvePoint,
    area_difference,
    area_under_curve,
    quality_at,
    read_curve,
    seconds_to_reach,
    write_curve,
)

SECONDS = np.array([0.0, 2.0, 4.0])
QUALITY = np.array([0.0, 0.5, 0.9])


def test_quality_is_that_of_the_last_finished_action() -> None:
    at = [0.0, 1.9, 2.0, 3.9, 4.0, 99.0]
    np.testing.assert_array_equal(quality_at(SECONDS, QUALITY, np.array(at)), [0, 0, 0.5, 0.5, 0.9, 0.9])


def test_several_points_at_one_moment_count_as_the_last() -> None:
    assert quality_at(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.2, 0.7]), 1.0) == 0.7


@pytest.mark.parametrize(
    ("until", "area"),
    [
        (4.0, (2 * 0.0 + 2 * 0.5) / 4),
        (8.0, (2 * 0.0 + 2 * 0.5 + 4 * 0.9) / 8),  # the last value is kept
        (3.0, (2 * 0.0 + 1 * 0.5) / 3),
        (1.0, 0.0),
    ],
)
def test_area_by_hand(until: float, area: float) -> None:
    assert area_under_curve(SECONDS, QUALITY, until) == pytest.approx(area)


def test_a_curve_that_starts_late_has_its_first_value_before() -> None:
    assert area_under_curve(np.array([2.0, 4.0]), np.array([0.4, 0.8]), 8.0) == pytest.approx(0.6)


@given(st.lists(st.tuples(st.floats(0, 50), st.floats(0, 1)), min_size=1, max_size=8), st.floats(0.5, 60))
def test_area_is_the_mean_of_the_steps(points: list[tuple[float, float]], until: float) -> None:
    seconds = np.sort([second for second, _ in points])
    quality = np.array([value for _, value in points])
    grid = (np.arange(20000) + 0.5) * until / 20000
    # each step moves by at most one cell of the grid
    naive = quality_at(seconds, quality, grid).mean()
    assert area_under_curve(seconds, quality, until) == pytest.approx(naive, abs=len(points) / 20000)


def test_seconds_to_reach() -> None:
    assert seconds_to_reach(SECONDS, QUALITY, 0.5) == 2.0
    assert seconds_to_reach(SECONDS, QUALITY, 0.85) == 4.0
    assert seconds_to_reach(SECONDS, QUALITY, 0.95) is None


def test_difference_of_areas_is_paired_over_images() -> None:
    base = np.array([[0.0, 0.4], [0.2, 0.6]])  # two images, very different
    better = (np.array([0.0, 2.0]), base + 0.1)
    interval = area_difference(better, (np.array([0.0, 2.0]), base), until=4.0)
    assert interval == pytest.approx((0.1, 0.1, 0.1))  # what the images differ in cancels


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: quality_at(SECONDS, QUALITY[:2], 1.0), r"\(3,\) and \(2,\)"),
        (lambda: area_under_curve(SECONDS[::-1], QUALITY, 4.0), "must rise"),
        (lambda: area_under_curve(SECONDS, QUALITY, 0.0), "until is 0.0"),
        (lambda: seconds_to_reach(SECONDS, QUALITY, 85), "level is 85"),
        (lambda: CurvePoint(1.0, 1.0, 0.5, 0.5, 1), "one of them"),
        (lambda: CurvePoint(1.0, 1.0, 1.5, None, 1), "column iou is 1.5"),
    ],
)
def test_bad_input_is_named(call: object, named: str) -> None:
    with pytest.raises(InputError, match=named):
        call()  # type: ignore[operator]


def test_curve_round_trip(tmp_path: Path) -> None:
    curve = [CurvePoint(0.0, 0.0, 0.0, None, 0), CurvePoint(1.5, 0.1, 0.6, None, 3)]
    path = tmp_path / "curve.csv"
    write_curve(path, curve)
    assert path.read_text() == (
        "human_seconds_per_image,waiting_seconds_per_image,iou,agreement,actions\n0.0,0.0,0.0,,0\n1.5,0.1,0.6,,3\n"
    )
    assert read_curve(path) == curve


def test_a_curve_that_runs_backwards_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    curve = [CurvePoint(1.5, 0.1, 0.6, None, 3), CurvePoint(0.0, 0.2, 0.6, None, 4)]
    with pytest.raises(InputError, match="column human_seconds_per_image falls"):
        write_curve(path, curve)
    assert not path.exists()
    path.write_text(
        "human_seconds_per_image,waiting_seconds_per_image,iou,agreement,actions\n1.0,0.0,0.5,,1\n1.0,0.0,0.5,,0\n"
    )
    with pytest.raises(ResultsError, match=r"curve\.csv: column actions falls"):
        read_curve(path)
