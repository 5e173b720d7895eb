"""Refinement into the parts of a finer cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from fsannot.data.errors import InputError
from fsannot.segments.parts import refine

SHAPE = (7, 8)
COARSE = hnp.arrays(np.int32, SHAPE, elements=st.integers(-1, 3))
FINE = hnp.arrays(np.int32, SHAPE, elements=st.integers(0, 3))


def test_by_hand() -> None:
    coarse = np.array([[0, 0, 0, 4], [0, 0, 0, 4]])
    fine = np.array([[0, 1, 0, 0], [0, 1, 0, 0]])
    refined, parents = refine(coarse, [0, 4], fine)
    np.testing.assert_array_equal(refined, [[5, 6, 7, 4], [5, 6, 7, 4]])  # 0 falls in three, 4 has one part
    assert parents == {5: 0, 6: 0, 7: 0}
    assert refined.dtype == np.int32


def test_labels_retired_earlier_are_not_taken_again() -> None:
    refined, parents = refine(np.array([[1, 1]]), [1], np.array([[0, 1]]), first_label=40)
    assert refined.tolist() == [[40, 41]]
    assert parents == {40: 1, 41: 1}


@given(COARSE, FINE, st.sets(st.integers(0, 3)))
@settings(max_examples=80, deadline=None)
def test_against_components_of_each_pair(coarse: np.ndarray, fine: np.ndarray, wanted: set[int]) -> None:
    labels = sorted(wanted & set(coarse.ravel().tolist()))
    before = coarse.copy()
    refined, parents = refine(coarse, labels, fine)
    np.testing.assert_array_equal(coarse, before)
    untouched = ~np.isin(coarse, labels)
    np.testing.assert_array_equal(refined[untouched], coarse[untouched])
    fresh = int(coarse.max()) + 1
    for label in labels:
        pieces = []
        for value in np.unique(fine):
            components, count = ndimage.label((coarse == label) & (fine == value))
            pieces += [components == k for k in range(1, count + 1)]
        pieces.sort(key=lambda piece: int(np.flatnonzero(piece)[0]))
        if len(pieces) == 1:
            assert (refined[pieces[0]] == label).all()
            continue
        for piece in pieces:
            assert (refined[piece] == fresh).all()
            assert parents[fresh] == label
            fresh += 1
    assert len(parents) == fresh - int(coarse.max()) - 1


@pytest.mark.parametrize(
    ("labels", "fine", "first", "match"),
    [
        ([9], np.zeros((1, 2), int), None, "not in the label map"),
        ([-1], np.zeros((1, 2), int), None, "not in the label map"),
        ([1], np.zeros((2, 1), int), None, "shape"),
        ([1], np.zeros((1, 2)), None, "integer"),
        ([1], np.zeros((1, 2), int), 1, "in use"),
    ],
)
def test_bad_input_is_named(labels: list[int], fine: np.ndarray, first: int | None, match: str) -> None:
    with pytest.raises(InputError, match=match):
        refine(np.array([[1, -1]]), labels, fine, first)
