from typing import Any

import numpy as np
import pytest

from fsannot.clicks.clicker import Clicker
from fsannot.clicks.semantic import SemanticEpisode, run_semantic
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from tests.clicks.scripted import Disks, Scripted

IMAGE = np.zeros((12, 20, 3), np.uint8)
GT = np.zeros((12, 20), np.int32)
GT[:, 12:] = 1  # 12 columns of class 0, 8 of class 1
GT[4:8, 14:18] = 5


def run(predictor: Any, gt: np.ndarray = GT, **options: Any) -> SemanticEpisode:
    return run_semantic(predictor, IMAGE, gt, Clicker(), Clock(), name="a/0", **options)


class Perfect(Scripted):
    """Knows the regions in the order of their area."""

    def start(self, image: np.ndarray, edge_map: np.ndarray | None = None) -> None:
        super().start(image, edge_map)
        self.masks = (self.regions.pop(0),)


def test_perfect_masks_label_the_image_largest_class_first() -> None:
    predictor = Perfect()
    predictor.regions = [GT == 0, GT >= 1, GT == 5]  # type: ignore[attr-defined]
    result = run(predictor, target_iou=0.8)
    assert result.classes == (0, 1, 5)
    np.testing.assert_array_equal(result.labels, GT)  # 5 lies over the mask of 1, which covers it
    np.testing.assert_allclose(result.agreement, [144 / 240, 224 / 240, 1.0])
    np.testing.assert_allclose(result.human_seconds, [2.4, 4.8, 7.2])


def test_agreement_after_each_click_is_that_of_the_painted_labels() -> None:
    gt = GT.copy()
    gt[0] = -1
    result = run(Disks(3), gt, max_clicks=4, target_iou=None)
    labels, k = np.full(gt.shape, -1), 0
    for value, episode in zip(result.classes, result.episodes, strict=True):
        before = labels
        assert episode.masks is not None
        for mask in episode.masks:
            labels = np.where(mask, value, before)
            expected = (labels == gt)[gt >= 0].mean()
            assert result.agreement[k] == pytest.approx(expected)
            k += 1
    assert k == len(result.agreement) == len(result.human_seconds) == len(result.seconds)
    np.testing.assert_array_equal(result.labels, labels)
    assert result.seconds.sum() == pytest.approx(result.machine_seconds)
    assert (np.diff(result.human_seconds) > 0).all()


def test_components_of_a_class_are_clicked_one_by_one() -> None:
    gt = np.zeros((12, 20), np.int32)
    gt[2:10, 1:6] = 1
    gt[3:8, 10:16] = 1
    gt[0, 0] = 1  # too small
    result = run(Disks(2), gt, regions="component", min_area=4, max_clicks=1)
    assert result.classes == (0, 1, 1)
    first, second = (e.clicks[0] for e in result.episodes[1:])
    assert gt[first.y, first.x] == gt[second.y, second.x] == 1
    assert first.x < 6 < second.x


def test_the_same_class_elsewhere_is_no_error_of_a_component() -> None:
    gt = np.zeros((12, 20), np.int32)
    gt[2:10, 1:6] = gt[2:10, 9:13] = 1
    both = Perfect()
    both.regions = [gt == 0, gt == 1, gt == 1]  # type: ignore[attr-defined]
    result = run(both, gt, regions="component")
    assert [e.ious.tolist() for e in result.episodes] == [[1.0], [1.0], [1.0]]


def test_nothing_to_click_and_invalid_options() -> None:
    with pytest.raises(InputError, match="a/0: no class region"):
        run(Disks(2), np.full((12, 20), -1, np.int32))
    with pytest.raises(InputError, match=r"a/0, class 3, .* no background"):
        run(Disks(2), np.full((12, 20), 3, np.int32))
    with pytest.raises(InputError, match="regions="):
        run(Disks(2), regions="instance")
    with pytest.raises(InputError, match="min_area="):
        run(Disks(2), min_area=-1)
