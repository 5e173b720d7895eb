"""The effort curve of clicks by hand: best of all rules, linear between clicks, from an empty mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError, ResultsError
from fsannot.evaluation.click_paths import FILE, ClickPaths, read_click_paths, write_click_paths
from fsannot.evaluation.envelope import Curve, Envelope, concave_hull

SECONDS = np.array([0.0, 2.4, 3.3, 4.2])


def paths(*quality: list[float], images: tuple[str, ...] = ()) -> ClickPaths:
    rows = np.array(quality)
    seconds = np.repeat(SECONDS[None, : rows.shape[1]], len(rows), 0)
    return ClickPaths(images or tuple("abcdef"[: len(rows)]), ("clicks",), rows[None], seconds[None])


def at(curve: Curve, *seconds: float) -> list[float]:
    return np.interp(seconds, curve.seconds, curve.quality).round(6).tolist()


def test_between_k_and_k_plus_1_clicks_the_mean_is_linear() -> None:
    curve = Envelope([paths([0.0, 0.4, 0.6, 0.7])], until=5.0).curve()
    assert at(curve, 0.0, 1.2, 2.4, 2.85, 3.3, 4.2, 5.0) == [0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.7]


def test_a_person_who_stops_when_satisfied_has_clicks_left_for_other_images() -> None:
    # image a has 0.9 after one click, b gains until the third
    easy, hard = [0.0, 0.9, 0.9, 0.9], [0.0, 0.1, 0.3, 0.7]
    curve = Envelope([paths(easy, hard)], until=5.0).curve()
    # after one click each: 2.4 s and 0.5. Then only b is clicked: 0.45 s an image a click
    assert at(curve, 2.4, 2.85, 3.3) == [0.5, 0.6, 0.8]
    # with three clicks for both 0.8 would take 4.2 s
    fixed = np.interp(3.3, SECONDS, (np.array(easy) + np.array(hard)) / 2)
    assert fixed == pytest.approx(0.6) and at(curve, 3.3) == [0.8]


def test_a_click_that_makes_it_worse_is_not_made() -> None:
    curve = Envelope([paths([0.0, 0.6, 0.2, 0.1])], until=5.0).curve()
    assert at(curve, 2.4, 3.3, 4.2) == [0.6, 0.6, 0.6]


def test_the_hull_mixes_rules() -> None:
    curve = Envelope([paths([0.0, 0.1, 0.2, 0.7])], until=5.0).curve()
    assert at(curve, 2.1) == [pytest.approx(0.0875)]
    assert np.interp(2.1, curve.seconds, concave_hull(*curve)) == pytest.approx(
        0.35
    )  # half of the images get three clicks


def test_checking_an_image_costs_once_where_it_is_clicked() -> None:
    curve = Envelope([paths([0.0, 0.4, 0.6])], until=5.0, check=0.5).curve()
    assert at(curve, 2.9, 3.8) == [0.4, 0.6]


def test_objects_of_one_image_share_it() -> None:
    both = paths([0.0, 0.4], [0.0, 0.8], images=("a", "a"))
    curve = Envelope([both], until=6.0, check=0.5).curve()
    assert at(curve, 4.8 + 0.5) == [0.6]


def test_weights_of_images_and_seeds() -> None:
    first, second = paths([0.0, 0.4], [0.0, 0.8]), paths([0.0, 0.2], [0.0, 0.2])
    envelope = Envelope([first, second], until=3.0)
    assert at(envelope.curve(), 2.4) == [0.4]
    assert at(envelope.curve(np.array([0.0, 2.0])), 2.4) == [0.5]
    assert at(envelope.curve(np.array([0.0, 2.0]), np.array([1.0, 0.0])), 2.4) == [0.8]
    with pytest.raises(InputError, match="of different images or rules"):
        Envelope([first, paths([0.0, 0.4], [0.0, 0.8], images=("a", "x"))], until=3.0)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=4))
def test_no_rule_is_above_the_envelope_and_the_hull_is_concave(rows: list[list[float]]) -> None:
    made = paths(*[[0.0, *row] for row in rows])
    curve = Envelope([made], until=6.0).curve()
    hull = concave_hull(*curve)
    assert (np.diff(curve.quality) >= -1e-12).all() and (hull >= curve.quality - 1e-9).all()
    assert (np.diff(hull, 2) <= 1e-9).all()
    np.testing.assert_array_less(
        made.quality[0].mean(0) - 0.021, np.interp(SECONDS, curve.seconds, curve.quality)
    )


def test_hull_of_a_line_is_the_line() -> None:
    x = np.linspace(0, 1, 7)
    np.testing.assert_allclose(concave_hull(x, x), x)


def test_paths_are_read_as_written_and_a_broken_file_is_named(tmp_path: Path) -> None:
    assert read_click_paths(tmp_path) is None
    written = paths([0.0, 0.4], [0.0, 0.8])
    write_click_paths(tmp_path, written)
    read = read_click_paths(tmp_path)
    assert read is not None and read.images == written.images and read.rules == written.rules
    np.testing.assert_allclose(read.quality, written.quality)
    (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:50])
    with pytest.raises(ResultsError, match=FILE):
        read_click_paths(tmp_path)
    with pytest.raises(InputError, match="rules and objects"):
        ClickPaths(("a",), ("r",), np.zeros((1, 2, 3)), np.zeros((1, 2, 3)))
