"""Work is split the same way for any number of threads, and the number is as before afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

from fsannot.features.subspace import multiplied, principal_subspace
from fsannot.lanes import in_lanes, one_thread


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_in_order_each_computed_on_one_thread(threads: int) -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for i in range(20):
            taken.append(i)
            yield i

    def run(item: int) -> tuple[int, int, int]:
        return item, torch.get_num_threads(), threading.get_ident()

    lanes = in_lanes(items(), run)
    first = next(lanes)
    assert len(taken) <= 2 * threads  # no more is held in memory
    found = [first, *lanes]
    assert [item for item, _, _ in found] == list(range(20))
    assert {inside for _, inside, _ in found} == {1}
    assert torch.get_num_threads() == threads


def test_an_exception_comes_where_the_result_would_and_the_threads_come_back(threads: int) -> None:
    def run(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        return item

    lanes = in_lanes(range(10), run)
    assert [next(lanes) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(lanes)
    assert torch.get_num_threads() == threads
    assert list(in_lanes([], run)) == []
    abandoned = in_lanes(range(3), run)
    next(abandoned)
    abandoned.close()
    assert torch.get_num_threads() == threads


def test_one_thread_and_back(threads: int) -> None:
    before = [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
    with one_thread():
        assert torch.get_num_threads() == 1
        inside = [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
        assert len(inside) >= 2 and set(inside) == {1}  # NumPy's and SciPy's
    assert torch.get_num_threads() == threads
    assert before == [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


def test_the_subspace_has_the_same_bits_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((5000, 300)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    before = torch.get_num_threads()
    found = []
    try:
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            basis = principal_subspace(features.astype(np.float16), 64, seed=1)
            found.append((basis, multiplied(features, basis)))
    finally:
        torch.set_num_threads(before)
    np.testing.assert_allclose(found[0][0].T @ found[0][0], np.eye(64), atol=1e-5)
    np.testing.assert_allclose(found[0][1], features @ found[0][0], atol=1e-5)
    for basis, reduced in found[1:]:
        np.testing.assert_array_equal(basis, found[0][0])
        np.testing.assert_array_equal(reduced, found[0][1])
