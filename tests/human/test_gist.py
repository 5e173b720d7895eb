"""What remains of what was read before the view changed (HUMAN.md §2)."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.human.gist import CELL, COLUMNS, NOTHING, ROWS, CellMemory, cells_of

reads = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(1, 3)), max_size=60)


def columns(read: list[tuple[int, int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cells, names, weights = np.array(read, np.int64).reshape(-1, 3).T
    return cells, names, weights


@settings(deadline=None)
@given(series=st.lists(reads, max_size=4))
def test_the_majority_is_that_of_a_counter(series: list[list[tuple[int, int, int]]]) -> None:
    memory = CellMemory.empty()
    remembered: dict[int, tuple[int, float, float]] = {}
    for read in series:
        memory = memory.remember(*columns(read))
        for cell in {c for c, _, _ in read}:
            count: Counter[int] = Counter()
            total = 0.0
            if cell in remembered:
                name, weight, total = remembered[cell]
                count[name] += weight  # type: ignore[assignment]
            for c, name, weight in read:
                count[name] += weight * (c == cell)
            name = min(count, key=lambda n: (-count[n], n))
            remembered[cell] = name, count[name], total + sum(w for c, _, w in read if c == cell)
    for cell in range(7):
        expected = remembered.get(cell, (NOTHING, 0, 0))
        assert tuple(v.item() for v in memory.majority(np.array([cell])).__iter__()) == expected


@settings(deadline=None)
@given(read=reads, seed=st.integers(0, 100))
def test_the_order_of_reading_does_not_matter(read: list[tuple[int, int, int]], seed: int) -> None:
    cells, names, weights = columns(read)
    mixed = np.random.default_rng(seed).permutation(len(cells))
    one = CellMemory.empty().remember(cells, names, weights)
    other = CellMemory.empty().remember(cells[mixed], names[mixed], weights[mixed])
    assert all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values(), strict=True))


def test_the_minority_is_forgotten() -> None:
    first = CellMemory.empty().remember(np.array([3, 3, 3, 3, 3]), np.array([7, 7, 7, 2, 2]))
    second = first.remember(np.array([3, 3]), np.array([2, 2]))
    assert [v.item() for v in second.majority(np.array([3]))] == [7, 3, 7]
    assert [v.item() for v in first.majority(np.array([3]))] == [7, 3, 5], "an earlier memory stays as it was"
    assert (second.name != NOTHING).sum() == 1
    with pytest.raises(ValueError, match="read-only"):
        second.name[0] = 1


def test_of_equal_weights_the_smallest_name_wins() -> None:
    memory = CellMemory.empty().remember(np.array([0, 0, 1]), np.array([9, 4, 10**12]))
    assert memory.name[:3].tolist() == [4, 10**12, NOTHING]
    assert memory.remember(np.array([0]), np.array([3])).name[0] == 3


def test_cells_of_places() -> None:
    assert (CELL, ROWS, COLUMNS) == (64, 19, 25)
    places = np.array([[0, 0], [63.9, 64], [1600, 1200], [64, 1199]], np.float32)
    assert cells_of(places).tolist() == [0, 25, 19 * 25 - 1, 18 * 25 + 1]


def test_bad_arguments_are_named() -> None:
    memory, one = CellMemory.empty(), np.array([1])
    with pytest.raises(InputError, match="0 to 474"):
        memory.remember(np.array([475]), one)
    with pytest.raises(InputError, match="names"):
        memory.remember(one, np.array([-1]))
    with pytest.raises(InputError, match="weights"):
        memory.remember(one, one, np.array([0.0]))
    with pytest.raises(InputError, match="all"):
        memory.remember(one, np.array([1, 2]))
