"""What a person perceives."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import OpenImage
from fsannot.data.errors import InputError
from fsannot.human.perception import Perception, uniform
from tests.annotation.scene import eyes, session, target


def test_error_rates_at_the_points_that_define_them() -> None:
    rate = Perception().error
    pure = np.ones(1)
    assert rate(np.array([0.5]), pure)[0] == pytest.approx(0.01)
    assert rate(np.array([0.01]), pure)[0] == pytest.approx(0.01)
    assert rate(np.array([0.0005]), pure)[0] == pytest.approx(0.2)
    assert rate(np.array([1e-6]), pure)[0] == pytest.approx(0.2)
    halfway = np.sqrt(0.01 * 0.0005)
    assert rate(np.array([halfway]), pure)[0] == pytest.approx(0.105)
    assert rate(np.array([0.5]), np.array([0.69]))[0] == pytest.approx(0.02)  # mixed: twice as often


@pytest.mark.parametrize("kwargs", [{"error_large": 1.5}, {"area_small": 0.5, "area_large": 0.1}])
def test_impossible_perception_is_refused(kwargs: dict[str, float]) -> None:
    with pytest.raises(InputError, match="perception"):
        Perception(**kwargs)


def test_perfect_eyes_see_the_majority() -> None:
    made = session()
    observation = made.reset()
    oracle = eyes(made)
    rows = observation.open_segments
    seen, mixed = oracle.look(observation, rows)
    for row, label in zip(rows, seen, strict=True):
        image = int(observation.table.image[row])
        assert label == np.bincount(target(image)[made.row_map(image) == row]).argmax()
    assert oracle.looked_at[rows].all() and not mixed.all()


def test_a_thumbnail_is_seen_the_same_way_until_its_image_is_opened() -> None:
    made = session()
    observation = made.reset()
    poor = eyes(made, Perception(error_large=0.5, error_small=0.9), seed=3)
    sharp = eyes(made)
    rows = observation.open_segments
    first, _ = poor.look(observation, rows)
    np.testing.assert_array_equal(first, poor.look(observation, rows)[0])
    truth, _ = sharp.look(observation, rows)
    assert (first != truth).any()
    with pytest.raises(InputError, match="OpenImage"):
        poor.inspect(observation)
    observation = made.step(OpenImage(0)).observation
    poor.inspect(observation)
    of_image = observation.table.image[rows] == 0
    again, _ = poor.look(observation, rows)
    np.testing.assert_array_equal(again[of_image], truth[of_image])
    np.testing.assert_array_equal(again[~of_image], first[~of_image])


def test_draws_are_uniform_and_fixed_by_index() -> None:
    draws = uniform(0, np.arange(20_000))
    assert abs(draws.mean() - 0.5) < 0.01 and draws.min() >= 0 and draws.max() < 1
    np.testing.assert_array_equal(draws[5000:6000], uniform(0, np.arange(5000, 6000)))
    assert not np.array_equal(draws, uniform(1, np.arange(20_000)))
