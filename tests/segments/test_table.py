"""The segment table against one mask per segment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fsannot.data.errors import InputError
from fsannot.segments.table import SegmentTable

LABEL_MAPS = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(-1, 6)
)


@given(LABEL_MAPS)
@settings(max_examples=80, deadline=None)
def test_rows_equal_those_of_full_image_masks(label_map: np.ndarray) -> None:
    table = SegmentTable.from_label_map(label_map, image=3)
    assert table.label.tolist() == sorted(set(label_map.ravel().tolist()) - {-1})
    for i, label in enumerate(table.label):
        ys, xs = np.nonzero(label_map == label)
        assert table.image[i] == 3
        assert table.area[i] == len(ys)
        assert table.bbox[i].tolist() == [ys.min(), xs.min(), ys.max() + 1, xs.max() + 1]
        np.testing.assert_allclose(table.centroid[i], [ys.mean(), xs.mean()], rtol=1e-6)


def test_concatenate_and_select() -> None:
    a = SegmentTable.from_label_map(np.array([[0, 1]], np.int32), image=0)
    b = SegmentTable.from_label_map(np.array([[2, 2], [5, 5]], np.int32), image=1)
    both = SegmentTable.concatenate([a, b])
    assert both.image.tolist() == [0, 0, 1, 1]
    assert both.select(both.area == 2).label.tolist() == [2, 5]
    assert both.select(np.array([3, 0])).label.tolist() == [5, 0]
    assert len(both) == 4


@pytest.mark.parametrize(
    "label_map", [np.zeros((2, 2)), np.zeros(4, np.int32), np.zeros((0, 3), np.int32), np.full((2, 2), -2)]
)
def test_no_label_map(label_map: np.ndarray) -> None:
    with pytest.raises(InputError, match="label map"):
        SegmentTable.from_label_map(label_map)
