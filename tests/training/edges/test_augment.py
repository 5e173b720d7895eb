"""Views keep image and labels together, and targets say what annotators agree on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.training.edges.augment import Augmentation, consensus_target, label_boundaries


def test_boundary_is_left_of_or_above_a_change() -> None:
    labels = np.array([[1, 1, 2], [1, 1, 2], [3, 3, 3]], np.int32)[..., None]
    expected = np.array([[0, 1, 0], [1, 1, 1], [0, 0, 0]], bool)
    np.testing.assert_array_equal(label_boundaries(labels)[..., 0], expected)


def test_unlabelled_is_no_boundary() -> None:
    labels = np.array([[1, IGNORE, 2]], np.int32)[..., None]
    assert not label_boundaries(labels).any()


def test_consensus_of_three_annotators() -> None:
    labels = np.zeros((9, 9, 3), np.int32)
    labels[:, 4:, 0] = 1  # two annotators: between columns 3 and 4
    labels[:, 4:, 1] = 7
    labels[:, 6:, 2] = 1  # one annotator: between columns 5 and 6
    target = consensus_target(labels, agreement=0.5)
    np.testing.assert_array_equal(target[0], [0, 0, 0, 1, 0, IGNORE, 0, 0, 0])


def test_nothing_is_known_next_to_the_unlabelled() -> None:
    labels = np.zeros((1, 9, 1), np.int32)
    labels[:, 6:] = IGNORE
    np.testing.assert_array_equal(consensus_target(labels, 0.3)[0], [0] * 4 + [IGNORE] * 5)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), height=st.integers(20, 150), width=st.integers(20, 150))
def test_image_and_labels_are_warped_alike(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    labels = np.zeros((height, width, 2), np.int32)
    labels[: height // 2, :, 0] = 100_000  # more than int16 holds
    labels[:, : width // 2, 1] = 1
    image = np.where(labels[..., :1] > 0, 200, 50).astype(np.uint8).repeat(3, axis=2)
    view, warped = Augmentation(crop=96, colour=0.0)(image, labels, rng)
    assert view.shape == (96, 96, 3)
    assert view.dtype == np.float32
    assert warped.shape == (96, 96, 2)
    assert set(np.unique(warped)) <= {IGNORE, 0, 1, 100_000}
    inside = warped[..., 0] != IGNORE
    # the image blends over a pixel or two at the boundary, so a few may differ
    agree = (view[..., 0] > 125) == (warped[..., 0] > 0)
    assert agree[inside].mean() > 0.9


def test_same_seed_same_view() -> None:
    image = np.random.default_rng(0).integers(0, 256, (80, 120, 3), np.uint8)
    labels = np.random.default_rng(1).integers(0, 4, (80, 120, 1), np.int32)
    a, b = (Augmentation(crop=64)(image, labels, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


@pytest.mark.parametrize(
    "options",
    [{"crop": 100}, {"scale": (0.0, 1.0)}, {"scale": (2.0, 1.0)}, {"rotation": 200.0}, {"colour": 2.0}],
)
def test_settings_outside_their_range_are_refused(options: dict) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        Augmentation(**options)
