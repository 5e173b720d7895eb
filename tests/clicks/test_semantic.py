from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.protocol import run_episode
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


def masks_of(gt: np.ndarray, value: int, clicks: Sequence[Click]) -> list[np.ndarray]:
    """What disks of radius 3 give after each of the clicks on a class."""
    alone = np.where(gt == -1, -1, gt == value).astype(np.int8)
    again = run_episode(Disks(3), IMAGE, alone, Clicker(), max_clicks=len(clicks), keep_masks=True)
    assert again.clicks == tuple(clicks) and again.masks is not None
    return list(again.masks)


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
    np.testing.assert_allclose(result.human_seconds, np.array([1, 2, 3]) * (2.4 + 0.28))


def test_agreement_after_each_click_is_that_of_the_painted_labels() -> None:
    gt = GT.copy()
    gt[0] = -1
    result = run(Disks(3), gt, max_clicks=4, target_iou=None)
    labels, k = np.full(gt.shape, -1), 0
    for value, episode in zip(result.classes, result.episodes, strict=True):
        before = labels
        for mask in masks_of(gt, value, episode.clicks):
            labels = np.where(mask, value, before)
            expected = (labels == gt)[gt >= 0].mean()
            assert result.agreement[k] == pytest.approx(expected)
            k += 1
    assert k == len(result.agreement) == len(result.human_seconds) == len(result.seconds)
    np.testing.assert_array_equal(result.labels, labels)
    assert result.seconds.sum() == pytest.approx(result.machine_seconds)
    assert (np.diff(result.human_seconds) > 0).all()


def test_every_rule_of_stopping_gives_what_a_run_with_it_alone_gives() -> None:
    every = run(Disks(3), max_clicks=4, target_iou=0.9).paths
    assert [path.rule for path in every] == [
        "1 click a region", "2 clicks a region", "3 clicks a region", "4 clicks a region",
        "regions to IoU 0.8", "regions to IoU 0.85", "regions to IoU 0.9", "regions to IoU 0.95",
    ]  # fmt: skip
    for path, options in zip(
        every,
        [*({"max_clicks": k, "target_iou": None} for k in (1, 2, 3, 4)),
         *({"max_clicks": 4, "target_iou": t} for t in (0.8, 0.85, 0.9, 0.95))],
        strict=True,
    ):  # fmt: skip
        alone = run(Disks(3), **options)  # type: ignore[arg-type]
        np.testing.assert_array_equal(path.quality, alone.agreement)
        assert path.regions.tolist() == [r for r, e in enumerate(alone.episodes) for _ in e.clicks]


def test_an_image_that_is_good_enough_is_left_with_what_is_painted() -> None:
    whole = run(Disks(3), max_clicks=4, target_iou=None)
    target = float(whole.agreement[5])
    made = int(np.argmax(whole.agreement >= target)) + 1
    left = run(Disks(3), max_clicks=4, target_iou=None, target_agreement=target)
    np.testing.assert_array_equal(left.agreement, whole.agreement[:made])
    np.testing.assert_allclose(left.human_seconds, whole.human_seconds[:made])
    assert (left.labels == GT).mean() == left.agreement[-1] >= target
    assert sum(len(e.clicks) for e in left.episodes) == len(left.seconds) == made
    with pytest.raises(InputError, match=r"target_agreement=0\.0"):
        run(Disks(3), target_agreement=0.0)


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
