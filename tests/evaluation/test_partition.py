from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.evaluation.partition import matched_threshold, partition_bound
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.watershed import build_hierarchy


def chain(*altitudes: float) -> Hierarchy:
    """A row of pixels that merge from left to right at these altitudes."""
    n = len(altitudes) + 1
    parents = [n, *(n + k for k in range(n - 1)), *(n + k for k in range(1, n - 1)), 2 * n - 2]
    return Hierarchy(
        regions=np.arange(n, dtype=np.int32)[None],
        parents=np.array(parents, np.int32),
        altitudes=np.array([0.0] * n + list(altitudes)),
    )


def test_one_threshold_for_all_images() -> None:
    hierarchies = [chain(1, 2, 3), chain(2, 5, 8)]
    # segments above 0: 4+4, 1: 3+4, 2: 2+3, 3: 1+3, 5: 1+2, 8: 1+1
    assert matched_threshold(hierarchies, 4) == 0
    assert matched_threshold(hierarchies, 2.5) == 2
    assert matched_threshold(hierarchies, 2.1) == 3
    assert matched_threshold(hierarchies, 1) == 8
    assert matched_threshold(hierarchies, 100) == 0


def test_bound_by_hand() -> None:
    hierarchies = [chain(1, 2, 3), chain(2, 5, 8)]
    targets = [np.array([[0, 0, 0, 1]], np.int32), np.array([[1, 0, 0, 0]], np.int32)]
    # cut at 2: {0,1,2},{3} is exact; {0,1},{2},{3}: the tie is background, the object is lost
    bound = partition_bound(hierarchies, targets, segments=2.5, task="foreground", n_classes=2)
    assert (bound.threshold, bound.segments, bound.values.tolist()) == (2, 2.5, [1.0, 0.0])
    bound = partition_bound(hierarchies, targets, segments=2.5, task="semantic", n_classes=2)
    assert bound.values.tolist() == [1.0, 0.75]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.floats(1, 60))
def test_no_threshold_is_nearer(seed: int, segments: float) -> None:
    rng = np.random.default_rng(seed)
    hierarchies = [build_hierarchy(rng.random((12, 9), np.float32), "area") for _ in range(3)]

    def distance(threshold: float) -> float:
        return abs(float(np.mean([h.n_segments(threshold) for h in hierarchies])) - segments)

    candidates = np.unique(np.concatenate([h.thresholds() for h in hierarchies]))
    assert distance(matched_threshold(hierarchies, segments)) == min(distance(float(c)) for c in candidates)


def test_refuses_nothing_to_match() -> None:
    with pytest.raises(InputError, match="0 images"):
        matched_threshold([], 5)
    with pytest.raises(InputError, match=r"0\.5"):
        matched_threshold([chain(1)], 0.5)
