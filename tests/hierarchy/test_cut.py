"""Cuts of one hierarchy: nested, counted without cutting, stored without pickle."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.watershed import build_hierarchy


def noise_hierarchy(seed: int = 0, criterion: str = "area") -> Hierarchy:
    return build_hierarchy(np.random.default_rng(seed).random((25, 35), dtype=np.float32), criterion)


def hand_made() -> Hierarchy:
    """Basins 0 1 2 3; 0 and 1 join at altitude 2 (node 4), 2 and 3 at 5 (node 5), all at 7 (node 6)."""
    return Hierarchy(
        regions=np.array([[0, 0, 1], [2, 2, 3]], np.int32),
        parents=np.array([4, 4, 5, 5, 6, 6, 6], np.int32),
        altitudes=np.array([0, 0, 0, 0, 2, 5, 7], np.float64),
    )


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [
        (0, [[0, 0, 1], [2, 2, 3]]),
        (1.99, [[0, 0, 1], [2, 2, 3]]),
        (2, [[0, 0, 0], [1, 1, 2]]),
        (5, [[0, 0, 0], [1, 1, 1]]),
        (7, [[0, 0, 0], [0, 0, 0]]),
    ],
)
def test_cut_by_hand(threshold: float, expected: list[list[int]]) -> None:
    np.testing.assert_array_equal(hand_made().cut(threshold), expected)
    assert hand_made().n_segments(threshold) == np.max(expected) + 1


def test_thresholds_and_counts_by_hand() -> None:
    hierarchy = hand_made()
    np.testing.assert_array_equal(hierarchy.thresholds(), [0, 2, 5, 7])
    assert [hierarchy.threshold_for(k) for k in (1, 2, 3, 4, 99)] == [7, 5, 2, 0, 0]


@given(
    st.integers(0, 1000), st.sampled_from(["volume", "area", "dynamics"]), st.floats(0, 1), st.floats(0, 1)
)
@settings(max_examples=25, deadline=None)
def test_cuts_are_nested(seed: int, criterion: str, a: float, b: float) -> None:
    hierarchy = noise_hierarchy(seed, criterion)
    low, high = np.quantile(hierarchy.thresholds(), sorted((a, b)))
    fine, coarse = hierarchy.cut(low), hierarchy.cut(high)
    pairs = np.unique(np.stack([fine.ravel(), coarse.ravel()]), axis=1)
    assert pairs.shape[1] == fine.max() + 1  # every fine segment lies in one coarse segment
    for labels in (fine, coarse):
        _, first = np.unique(labels, return_index=True)
        assert (np.diff(first) > 0).all()  # numbered as they appear


@given(st.integers(0, 200), st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_threshold_for_is_the_nearest_count(seed: int, count: int) -> None:
    hierarchy = noise_hierarchy(seed)
    reached = hierarchy.n_segments(hierarchy.threshold_for(count))
    possible = np.array([hierarchy.n_segments(t) for t in hierarchy.thresholds()])
    assert abs(reached - count) == np.abs(possible - count).min()


def test_round_trip_through_npz() -> None:
    hierarchy = noise_hierarchy()
    buffer = io.BytesIO()
    np.savez(buffer, **hierarchy.to_arrays())
    buffer.seek(0)
    with np.load(buffer, allow_pickle=False) as arrays:
        again = Hierarchy.from_arrays(arrays)
    assert again.regions.dtype == np.int32
    for threshold in hierarchy.thresholds()[::7]:
        np.testing.assert_array_equal(again.cut(threshold), hierarchy.cut(threshold))


@pytest.mark.parametrize("threshold", [float("nan"), float("inf"), -1, "300", None, True])
def test_threshold_outside_its_domain(threshold: object) -> None:
    with pytest.raises(InputError, match=r"hierarchy\.threshold"):
        hand_made().cut(threshold)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, -3, 2.5, True])
def test_count_outside_its_domain(count: object) -> None:
    with pytest.raises(InputError, match="≥ 1"):
        hand_made().threshold_for(count)  # type: ignore[arg-type]
