"""A grid without overlap that keeps places (HUMAN.md §1)."""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linear_sum_assignment
from scipy.spatial import cKDTree

from fsannot.data.errors import InputError
from fsannot.human.grid import CAPACITY, COLUMNS, ROWS, grid_layout
from fsannot.human.legibility import Legibility
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.view import View
from tests.human.places import clumped, overview_places, scattered


def check_grid(result: np.ndarray, count: int) -> None:
    assert result.shape == (count, 2) and result.dtype == np.int32
    assert len(np.unique(result, axis=0)) == count, "no cell has two"
    assert ((result[:, 0] - 16) % 32 == 0).all() and ((result[:, 1] - 24) % 32 == 0).all()
    assert (result >= 16).all() and (result <= (WIDTH - 16, HEIGHT - 16)).all()
    legibility = Legibility.of(View.overview().points(result), np.arange(count))
    assert (legibility.visible == 1024).all()


@settings(max_examples=60, deadline=None)
@given(places=overview_places(most=120))
def test_each_thumbnail_has_a_cell_of_its_own(places: np.ndarray) -> None:
    result = grid_layout(places)
    check_grid(result, len(places))
    assert np.array_equal(result, grid_layout(places.copy()))


@pytest.mark.parametrize("layout", [scattered, clumped])
def test_a_full_grid(layout) -> None:
    assert CAPACITY == COLUMNS * ROWS == 1850 >= 1800
    check_grid(grid_layout(layout(CAPACITY, 3)), CAPACITY)


def test_all_at_one_place() -> None:
    check_grid(grid_layout(np.full((CAPACITY, 2), 700, np.float32)), CAPACITY)
    few = grid_layout(np.full((9, 2), 700, np.float32))
    assert (abs(few - 700) <= 64).all()


def test_a_grid_stays_as_it_is() -> None:
    result = grid_layout(clumped(CAPACITY, 4))
    assert np.array_equal(grid_layout(result), result)


def best_grid(places: np.ndarray) -> np.ndarray:
    """The cells with the smallest sum of squared distances: linear assignment."""
    columns, rows = np.meshgrid(np.arange(COLUMNS) * 32 + 16, np.arange(ROWS) * 32 + 24)
    cells = np.stack((columns.ravel(), rows.ravel()), 1)
    return cells[linear_sum_assignment(((places[:, None].astype(float) - cells) ** 2).sum(-1))[1]]


def moved(places: np.ndarray, grid: np.ndarray) -> float:
    """Root mean squared distance of places and cells, pixels."""
    return float(np.sqrt(((places - grid) ** 2).sum(1).mean()))


def kept(places: np.ndarray, grid: np.ndarray, k: int = 8) -> float:
    """Share of each thumbnail's 8 nearest in the layout that are no farther than its 8th nearest on the grid."""
    near = cKDTree(places).query(places, k=k + 1)[1][:, 1:]
    limit = cKDTree(grid).query(grid, k=k + 1)[0][:, -1:]
    return float((np.linalg.norm(grid[near] - grid[:, None], axis=2) <= limit + 1e-9).mean())


@pytest.mark.parametrize(
    ("layout", "count", "most"),
    [
        (scattered, 100, 1.05),
        (clumped, 100, 1.2),
        (scattered, 600, 1.1),
        (clumped, 400, 1.25),
        (scattered, 1800, 1.45),
    ],
)
def test_places_are_kept_almost_as_well_as_possible(layout, count: int, most: float) -> None:
    """Squared distances are at most ``most`` of the optimum; neighborhoods (8 nearest) are kept to within 0.04."""
    places = layout(count, 5)
    grid, best = grid_layout(places), best_grid(places)
    assert moved(places, best) - 1e-9 <= moved(places, grid) <= most**0.5 * moved(places, best)
    assert kept(places, grid) >= kept(places, best) - 0.04


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InputError, match=r"1,851 .* 1,850"):
        grid_layout(np.zeros((CAPACITY + 1, 2), np.float32))
    with pytest.raises(InputError, match="overview"):
        grid_layout(np.array([[np.nan, 0]], np.float32))
    with pytest.raises(InputError, match="overview"):
        grid_layout(np.zeros((3, 3), np.float32))
