import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.evaluation.iou import agreement, agreement_bound, iou, iou_bound, labelled, majority_labels

TARGET = np.array([[0, 0, 1, 1], [0, 1, 1, IGNORE]], np.int32)


def test_iou_by_hand() -> None:
    mask = np.array([[0, 1, 1, 1], [0, 1, 0, 1]], bool)
    # the ignored pixel is in the mask and counts nowhere: intersection 3, union 5
    assert iou(mask, TARGET) == 3 / 5


def test_every_object_class_counts_as_object() -> None:
    target = np.array([[2, 1, 0]], np.int32)
    assert iou(np.array([[True, True, False]]), target) == 1.0


def test_empty_mask_of_an_empty_object_is_right() -> None:
    assert iou(np.zeros((2, 2), bool), np.zeros((2, 2), np.int32)) == 1.0
    assert iou(np.ones((2, 2), bool), np.zeros((2, 2), np.int32)) == 0.0


def test_agreement_by_hand() -> None:
    labels = np.array([[0, 1, 1, 1], [-1, 1, 1, IGNORE]], np.int32)
    # 7 pixels count; one is wrong, one unlabelled; agreeing on "ignore" earns nothing
    assert agreement(labels, TARGET) == 5 / 7


def test_majority_by_hand() -> None:
    segments = np.array([[0, 0, 0, 1], [3, 3, -1, 1]], np.int32)
    # segment 0: 0,0,1 → 0; segment 1: 1 and ignored → 1; label 2 does not occur → 0; segment 3: tie → 0
    np.testing.assert_array_equal(majority_labels(segments, TARGET, 2), [0, 1, 0, 0])


def test_labelled_leaves_pixels_without_segment_unlabelled() -> None:
    segments = np.array([[0, 1, -1]], np.int32)
    np.testing.assert_array_equal(labelled(segments, np.array([5, 7])), [[5, 7, -1]])


def test_bounds_by_hand() -> None:
    segments = np.array([[0, 0, 0, 1], [2, 2, 2, 2]], np.int32)
    # segment 0 background (one object pixel lost), 1 object, 2: 0,1,1 → object (one background pixel taken)
    assert iou_bound(segments, TARGET) == 3 / 5
    assert agreement_bound(segments, TARGET, 2) == 5 / 7


def test_a_segment_of_two_halves_of_object_classes_is_object() -> None:
    target = np.array([[0, 0, 1, 1, 2]], np.int32)
    assert iou_bound(np.zeros((1, 5), np.int32), target) == 3 / 5


@given(
    arrays(np.int32, (5, 6), elements=st.integers(-1, 3)),
    arrays(np.int32, (5, 6), elements=st.integers(0, 4)),
)
def test_no_labelling_of_segments_agrees_more_than_the_bound(
    target: np.ndarray, segments: np.ndarray
) -> None:
    bound = agreement_bound(segments, target, 4)
    rng = np.random.default_rng(0)
    for _ in range(20):
        labels = rng.integers(0, 4, int(segments.max()) + 1)
        assert agreement(labelled(segments, labels), target) <= bound


@given(arrays(np.int32, (5, 6), elements=st.integers(-1, 3)))
def test_a_partition_into_pixels_is_perfect(target: np.ndarray) -> None:
    pixels = np.arange(30, dtype=np.int32).reshape(5, 6)
    assert agreement_bound(pixels, target, 4) == 1.0
    assert iou_bound(pixels, target) == 1.0


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError, match=r"\(2, 2\).*\(2, 4\)"):
        iou(np.zeros((2, 2), bool), TARGET)
    with pytest.raises(InputError, match="bool"):
        iou(np.zeros((2, 4)), TARGET)
    with pytest.raises(InputError, match="valid are 0 to 0"):
        majority_labels(np.zeros((2, 4), np.int32), TARGET, 1)
    with pytest.raises(InputError, match="only 1 segments"):
        labelled(np.array([[0, 1]]), np.array([0]))
