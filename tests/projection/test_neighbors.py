from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import DeviceError, InputError
from fsannot.projection import neighbors
from fsannot.projection.neighbors import RESOLUTION, nearest_neighbors, without_self


def unit(rng: np.random.Generator, n: int, d: int = 8) -> np.ndarray:
    x = rng.normal(size=(n, d))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def naive(features: np.ndarray, k: int, queries: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    product = (features if queries is None else queries).astype(float) @ features.T.astype(float)
    if queries is None:
        np.fill_diagonal(product, -np.inf)
    rounded = np.round(product / RESOLUTION) * RESOLUTION
    index = np.argsort(-rounded, axis=1, kind="stable")[:, :k]
    return index, np.take_along_axis(product, index, 1)


@given(
    seed=st.integers(0, 1000),
    n=st.integers(2, 60),
    k=st.integers(1, 60),
    with_queries=st.booleans(),
    rows=st.integers(1, 70),
    columns=st.integers(1, 70),
)
@settings(max_examples=40, deadline=None)
def test_equal_to_the_full_matrix_however_blocked(
    seed: int, n: int, k: int, with_queries: bool, rows: int, columns: int
) -> None:
    rng = np.random.default_rng(seed)
    features, queries = unit(rng, n), unit(rng, 9) if with_queries else None
    k = min(k, n if with_queries else n - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbors, "CANDIDATE_BLOCK", columns)
        patch.setattr(neighbors, "BLOCK_ROWS", rows)
        index, similarity = nearest_neighbors(features, k, queries)
    expected_index, expected_similarity = naive(features, k, queries)
    assert index.dtype == np.int32
    assert similarity.dtype == np.float32
    np.testing.assert_allclose(similarity, expected_similarity, atol=2e-6)
    # a pair closer than rounding may come in either order
    clear = np.abs(np.diff(expected_similarity, axis=1)).min(1, initial=1) > 1e-5
    np.testing.assert_array_equal(index[clear], expected_index[clear])


def test_ties_go_to_the_lower_index() -> None:
    rng = np.random.default_rng(0)
    features = np.repeat(unit(rng, 3), 20, axis=0)
    index, _ = nearest_neighbors(features, 5)
    np.testing.assert_array_equal(index[0], [1, 2, 3, 4, 5])
    np.testing.assert_array_equal(index[3], [0, 1, 2, 4, 5])
    np.testing.assert_array_equal(index[25], [20, 21, 22, 23, 24])


def test_float16_memory_map(tmp_path: Path) -> None:
    features = unit(np.random.default_rng(0), 100, 16)
    stored = np.memmap(tmp_path / "features.f16", np.float16, "w+", shape=features.shape)
    stored[:] = features
    index, _ = nearest_neighbors(stored, 3)
    np.testing.assert_array_equal(
        index, nearest_neighbors(features.astype(np.float16).astype(np.float32), 3)[0]
    )


@pytest.mark.parametrize(
    ("features", "k", "queries"),
    [
        (np.zeros((4, 2), np.float32), 4, None),
        (np.zeros((4, 2), np.float32), 0, None),
        (np.zeros((4, 2), np.float32), 5, np.zeros((1, 2), np.float32)),
        (np.zeros((4, 2), np.float64), 1, None),
        (np.zeros((4, 2), np.float32), 1, np.zeros((1, 3), np.float32)),
        (np.zeros(4, np.float32), 1, None),
    ],
)
def test_bad_input(features: np.ndarray, k: int, queries: np.ndarray | None) -> None:
    with pytest.raises(InputError):
        nearest_neighbors(features, k, queries)


def test_out_of_memory_takes_smaller_blocks_then_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    features = unit(np.random.default_rng(0), 50)
    expected = nearest_neighbors(features, 3)
    search = neighbors._search
    for limit in (7, 0):

        def limited(block: torch.Tensor, *arguments: object, limit: int = limit) -> object:
            if len(block) > limit:
                raise torch.cuda.OutOfMemoryError("CUDA out of memory")
            return search(block, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(neighbors, "_search", limited)
        if limit:
            for found, wanted in zip(nearest_neighbors(features, 3), expected, strict=True):
                np.testing.assert_array_equal(found, wanted)
        else:
            with pytest.raises(DeviceError, match="device=cpu"):
                nearest_neighbors(features, 3)


def test_a_query_is_left_out_of_its_own_neighbours() -> None:
    index, similarity = without_self(
        np.array([[4, 1, 2], [1, 3, 0]]), np.array([[1, 0.5, 0.25], [1, 1, 0.5]]), np.array([1, 2])
    )
    np.testing.assert_array_equal(index, [[4, 2], [1, 3]])  # the second has so many equals that it is not in
    np.testing.assert_array_equal(similarity, [[1, 0.25], [1, 1]])


@pytest.mark.gpu
def test_the_gpu_finds_the_same() -> None:
    features = unit(np.random.default_rng(0), 2000, 64)
    cpu, gpu = nearest_neighbors(features, 5), nearest_neighbors(features, 5, device="cuda")
    assert (cpu[0] == gpu[0]).mean() > 0.999
    np.testing.assert_allclose(cpu[1], gpu[1], atol=1e-5)
