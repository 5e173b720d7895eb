"""The best box against trying all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.robots.rectangle import best_rectangle, max_sum_rectangle


def exhaustive(points: np.ndarray, value: np.ndarray) -> float:
    best = 0.0
    for x0, x1 in itertools.product(points[:, 0], repeat=2):
        for y0, y1 in itertools.product(points[:, 1], repeat=2):
            x, y = points.T
            best = max(best, value[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)].sum())
    return best


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 9))
def test_it_is_the_best_of_all_boxes(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    points, value = rng.integers(0, 6, (n, 2)).astype(float), rng.normal(size=n)
    found = best_rectangle(points, value)
    if found is None:
        assert exhaustive(points, value) == 0
        return
    box, inside = found
    assert value[inside].sum() == pytest.approx(exhaustive(points, value))
    x, y = points.T
    within = (x >= box[0]) & (x <= box[2]) & (y >= box[1]) & (y <= box[3])
    np.testing.assert_array_equal(np.flatnonzero(within), np.sort(inside))


def test_it_finds_a_cluster_among_many_points() -> None:
    rng = np.random.default_rng(0)
    points = rng.random((20_000, 2)) * 1000
    cluster = (np.abs(points - 400) < 60).all(1)
    _, inside = best_rectangle(points, np.where(cluster, 1.0, -1.0))  # type: ignore[misc]
    assert cluster[inside].mean() > 0.99 and len(inside) >= 0.98 * cluster.sum()


def test_one_good_point_among_bad_ones_is_found() -> None:
    points = np.random.default_rng(1).random((5000, 2))
    value = np.full(5000, -10.0)
    value[1234] = 1.0
    found = best_rectangle(points, value)
    assert found is not None and found[1].tolist() == [1234]


def test_a_good_point_under_a_worse_one_cannot_be_boxed_alone() -> None:
    points = np.array([[1.0, 1.0], [1.0, 1.0], [5.0, 5.0]])
    assert best_rectangle(points, np.array([1.0, -3.0, -1.0])) is None


def test_a_grid_by_hand() -> None:
    grid = np.array([[1.0, -5.0, 2.0], [-5.0, 3.0, 4.0], [1.0, -1.0, 2.0]])
    # rows 1 to 2, columns 1 to 2: 3 + 4 − 1 + 2 = 8; with the corner 2 above, column 2 alone gives 2 + 4 + 2 = 8: the
    # first one found wins
    assert max_sum_rectangle(grid) == (0, 2, 2, 2)
