"""Rows in blocks against the same rows in one array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.features.rows import FeatureRows, check_features
from fsannot.features.subspace import principal_subspace


def blocks(seed: int, sizes: list[int], dim: int = 3) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, dim)).astype(np.float16) for n in sizes]


@given(seed=st.integers(0, 100), sizes=st.lists(st.integers(0, 5), min_size=1, max_size=5), data=st.data())
@settings(max_examples=60, deadline=None)
def test_indexing_is_that_of_the_whole(seed: int, sizes: list[int], data: st.DataObject) -> None:
    parts = blocks(seed, sizes)
    whole, rows = np.concatenate(parts), FeatureRows(parts)
    count = len(whole)
    assert rows.shape == whole.shape
    assert len(rows) == count
    start, stop = data.draw(st.integers(-7, 12)), data.draw(st.integers(-7, 12))
    step = data.draw(st.sampled_from([1, 2, -1]))
    np.testing.assert_array_equal(rows[start:stop:step], whole[start:stop:step])
    index = np.array(data.draw(st.lists(st.integers(-count, count - 1), max_size=6)) if count else [], int)
    np.testing.assert_array_equal(rows[index], whole[index])
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)), bool)
    np.testing.assert_array_equal(rows[mask], whole[mask])
    chosen = rows.select(mask)
    np.testing.assert_array_equal(chosen.load(), whole[mask])
    narrower = np.arange(0, mask.sum(), 2)
    np.testing.assert_array_equal(chosen.select(narrower).load(), whole[mask][narrower])
    np.testing.assert_array_equal(np.concatenate([*rows.chunks(2), whole[:0]]), whole.astype(np.float32))


def test_extended_rows_share_what_there_was() -> None:
    first = FeatureRows(blocks(0, [4, 2]))
    longer = first.extended([np.ones((3, 3), np.float32)])
    assert len(first) == 6
    assert longer.dtype == np.float16
    np.testing.assert_array_equal(longer[6:9], 1)
    with pytest.raises(InputError, match="cannot be extended"):
        first.select(np.array([1])).extended(blocks(1, [1]))


def test_fingerprints_follow_the_rows() -> None:
    parts = blocks(0, [4, 2])
    rows = FeatureRows(parts)
    prints = {
        rows.fingerprint(),
        rows.select(np.array([0, 2])).fingerprint(),
        rows.select(np.array([2, 0])).fingerprint(),
        rows.extended([parts[0]]).fingerprint(),
        rows.extended([parts[1]]).fingerprint(),
        FeatureRows(blocks(1, [4, 2])).fingerprint(),
    }
    assert len(prints) == 6
    assert rows.fingerprint() == FeatureRows([b.copy() for b in parts]).fingerprint()
    assert rows.extended([parts[1]]).fingerprint() == FeatureRows([*parts, parts[1]]).fingerprint()


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.npy"
    np.save(path, blocks(0, [50])[0])
    rows = FeatureRows([np.load(path, mmap_mode="r")])
    assert isinstance(rows._blocks[0], np.memmap)
    np.testing.assert_array_equal(rows[3:5], np.load(path)[3:5])
    with pytest.raises(IndexError):
        rows[np.array([50])]


def test_a_subspace_of_chunks_is_that_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    features = np.random.default_rng(0).normal(size=(200, 40)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    whole = principal_subspace(features, 5, seed=0)
    pieces = principal_subspace(FeatureRows(np.array_split(features, 7)), 5, seed=0)
    np.testing.assert_allclose(np.abs(whole.T @ pieces), np.eye(5), atol=1e-3)


def test_what_is_no_matrix_of_features_is_refused() -> None:
    with pytest.raises(InputError, match="float16 or float32"):
        FeatureRows([])
    with pytest.raises(InputError, match="float16 or float32"):
        FeatureRows([np.zeros((2, 3), np.float16), np.zeros((2, 4), np.float16)])
    broken = blocks(0, [3, 3])
    broken[1][2, 1] = np.inf
    with pytest.raises(InputError, match="finite"):
        check_features(FeatureRows(broken))
