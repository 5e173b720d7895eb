"""IoU of each class and mIoU by hand: unlabelled pixels, ignored pixels, absent classes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fsannot.data.errors import InputError
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.iou import agreement

NAMES = ("sky", "road", "tree", "bus")
TARGET = np.array([[0, 0, 0, 1], [1, 1, 2, -1]], np.int32)
LABELS = np.array([[0, 0, 1, 1], [1, -1, 3, 2]], np.int16)


def test_the_matrix_by_hand() -> None:
    assert confusion_matrix(LABELS, TARGET, 4).tolist() == [
        [2, 1, 0, 0, 0],
        [0, 2, 0, 0, 1],  # one pixel of the road is unlabelled
        [0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0],
    ]


def test_ious_by_hand() -> None:
    found = class_ious([confusion_matrix(LABELS, TARGET, 4)], NAMES)
    values = [None if i is None else i.value for i in found.per_class]
    # the road: 2 right, 1 sky called road, 1 unlabelled; the bus is nowhere in the ground truth
    assert values == [pytest.approx(2 / 3), pytest.approx(2 / 4), 0.0, None]
    assert found.mean is not None and found.mean.value == pytest.approx((2 / 3 + 2 / 4 + 0) / 3)
    said = found.summary_values()
    assert said["iou_per_class"]["bus"] is None and said["iou_per_class_ci"]["bus"] is None
    assert list(said["iou_per_class"]) == list(NAMES)


def test_pixels_of_all_images_are_added_up() -> None:
    first = confusion_matrix(np.array([[0, 0, 0, 1]]), np.array([[0, 0, 0, 0]]), 2)
    second = confusion_matrix(np.array([[1, 1]]), np.array([[1, 0]]), 2)
    found = class_ious([first, second], ("a", "b"))
    # not the mean over images, which would be (3/4 + 0) / 2 for the first class
    assert [i.value for i in found.per_class if i] == [pytest.approx(3 / 5), pytest.approx(1 / 3)]
    (low, high), mean = found.summary_values()["miou_ci"], found.mean
    assert mean is not None and low <= mean.value <= high and low < high
    assert class_ious([first, second], ("a", "b")) == found
    # resamples without the second image have no class b; its interval is of those that have
    b = found.per_class[1]
    assert b is not None and (b.low, b.high) == (pytest.approx(1 / 3), pytest.approx(1 / 2))


def test_nothing_but_ignored_pixels() -> None:
    found = class_ious([confusion_matrix(np.array([[0, 1]]), np.array([[-1, -1]]), 2)], ("a", "b"))
    assert found.mean is None and found.per_class == (None, None)


@settings(deadline=None)
@given(
    arrays(np.int32, (4, 5), elements=st.integers(-1, 3)),
    arrays(np.int16, (4, 5), elements=st.integers(-1, 3)),
)
def test_they_agree_with_agreement_and_are_1_only_when_all_is_right(
    target: np.ndarray, labels: np.ndarray
) -> None:
    matrix = confusion_matrix(labels, target, 4)
    if matrix.sum():
        assert np.diagonal(matrix).sum() / matrix.sum() == pytest.approx(agreement(labels, target))
        mean = class_ious([matrix], NAMES).mean
        assert mean is not None and (mean.value == 1.0) == (agreement(labels, target) == 1.0)


def test_what_cannot_be_scored_is_refused() -> None:
    with pytest.raises(InputError, match=r"labels holds values in \[0, 4\]; valid are −1 to 3"):
        confusion_matrix(np.array([[0, 4]]), np.array([[0, 0]]), 4)
    with pytest.raises(InputError, match="must both be"):
        confusion_matrix(LABELS, TARGET.T, 4)
    with pytest.raises(InputError, match="there are 3 class names"):
        class_ious([confusion_matrix(LABELS, TARGET, 4)], NAMES[:3])
    with pytest.raises(InputError, match="no images"):
        class_ious([], NAMES)


def test_images_of_one_group_are_drawn_together() -> None:
    right, wrong = np.array([[4, 0, 0], [0, 4, 0]]), np.array([[0, 4, 0], [4, 0, 0]])
    drawn = class_ious([right, wrong, right, wrong], ("sky", "bus"), units=["a", "a", "b", "b"])
    assert drawn.mean == pytest.approx((1 / 3, 1 / 3, 1 / 3))  # whatever is drawn, half of it is right
    assert class_ious([right, wrong, right, wrong], ("sky", "bus")).mean[1:] == pytest.approx((0.0, 1.0))  # type: ignore[index]
    with pytest.raises(InputError, match="one an image"):
        class_ious([right, wrong], ("sky", "bus"), units=["a"])
