"""Labels of unchanged segments survive a new partition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fsannot.data.errors import InputError
from fsannot.hierarchy.watershed import build_hierarchy
from fsannot.segments.relabel import carry_labels, repartition

MAPS = hnp.arrays(np.int32, (4, 3), elements=st.integers(-1, 3))


@given(MAPS, MAPS)
@settings(max_examples=120, deadline=None)
def test_kept_iff_the_pixels_are_the_same(old: np.ndarray, new: np.ndarray) -> None:
    carried = carry_labels(old, new)
    assert len(carried) == new.max() + 1
    for label, found in enumerate(carried):
        pixels = new == label
        same = [o for o in range(old.max() + 1) if pixels.any() and np.array_equal(old == o, pixels)]
        assert [found] == (same or [-1])


@given(MAPS, MAPS)
@settings(max_examples=80, deadline=None)
def test_repartition_is_the_new_cut_renumbered(old: np.ndarray, new: np.ndarray) -> None:
    result, changed = repartition(old, new)
    assert np.array_equal(result < 0, new < 0)
    pairs = set(zip(new.ravel().tolist(), result.ravel().tolist(), strict=True))
    assert len(pairs) == len(np.unique(new)) == len(np.unique(result))
    for label in np.unique(result[result >= 0]):
        assert (label in changed) == (label > old.max())
        assert label in changed or np.array_equal(old == label, result == label)


def test_a_finer_threshold_touches_only_what_it_divides() -> None:
    hierarchy = build_hierarchy(np.random.default_rng(1).random((30, 40), dtype=np.float32), "area")
    old = hierarchy.cut(hierarchy.threshold_for(12)) + 100
    new, changed = repartition(old, hierarchy.cut(hierarchy.threshold_for(15)), first_label=900)
    kept = set(np.unique(new)) - set(changed.tolist())
    assert kept
    assert kept <= set(np.unique(old))
    assert changed[0] == 900


@pytest.mark.parametrize("new", [np.zeros((2, 2), int), np.zeros((4, 3)), np.full((4, 3), -5)])
def test_bad_input_is_named(new: np.ndarray) -> None:
    with pytest.raises(InputError, match="new label map"):
        carry_labels(np.zeros((4, 3), int), new)
