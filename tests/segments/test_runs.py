"""Segments as runs of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.segments.runs import SegmentRuns


def test_runs_by_hand() -> None:
    runs = SegmentRuns.from_label_map(np.array([[2, 2, 0], [-1, 2, 2], [2, 0, 2]]))
    assert runs.shape == (3, 3)
    assert runs.start.tolist() == [0, 2, 2, 6]
    assert runs.run.tolist() == [[0, 2, 3], [2, 1, 2], [0, 0, 2], [1, 1, 3], [2, 0, 1], [2, 2, 3]]


def test_they_paint_the_label_map_again() -> None:
    label_map = np.random.default_rng(0).integers(-1, 9, (40, 17)).repeat(3, axis=1)
    runs = SegmentRuns.from_label_map(label_map)
    again = np.full_like(label_map, -1)
    for label in range(len(runs.start) - 1):
        for y, x0, x1 in runs.run[runs.start[label] : runs.start[label + 1]]:
            again[y, x0:x1] = label
    np.testing.assert_array_equal(again, label_map)


def test_no_segment_at_all() -> None:
    runs = SegmentRuns.from_label_map(np.full((2, 3), -1))
    assert runs.start.tolist() == [0] and runs.run.shape == (0, 3)


@pytest.mark.parametrize("absent", [-1, 1, 3])
def test_a_segment_that_is_not_there(absent: int) -> None:
    runs = SegmentRuns.from_label_map(np.array([[0, 2, -1]]))
    runs.check_labels(np.array([2, 0, 0]))
    with pytest.raises(
        InputError, match=rf"segment {absent} does not occur in its label map of shape \(1, 3\)"
    ):
        runs.check_labels(np.array([2, absent]))


def test_a_map_that_is_none() -> None:
    with pytest.raises(InputError, match="label map holds -2"):
        SegmentRuns.from_label_map(np.array([[0, -2]]))
