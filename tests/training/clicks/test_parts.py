"""Objects, clicks and loss of the training, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from fsannot.data.errors import DatasetError, InputError
from fsannot.networks.pyramid import similarities
from fsannot.training.clicks.data import ClickData, ObjectViews, Remembered, WholeObjects, one_annotator
from fsannot.training.clicks.losses import normalised_focal_loss
from fsannot.training.clicks.objects import ObjectDraw
from fsannot.training.clicks.points import FirstClicks, deep_pixel, next_click
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.data import LabelledImages, Share
from tests.training.clicks.training_run import small_data

LABELS = np.zeros((40, 60), np.int32)
LABELS[:, 30:] = 1
LABELS[10:30, 5:25] = 2
LABELS[15:25, 10:20] = 3
LABELS[:, 58:] = -1


class Uniform(LabelledImages):
    def __len__(self) -> int:
        return 2

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40, 1), np.int32)


def test_objects_are_regions_of_a_valid_size() -> None:
    draw = ObjectDraw(area=(0.02, 0.3), merge=0.0)
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(40):
        gt = draw(LABELS, rng)
        assert gt is not None
        assert gt.dtype == np.int8
        assert (gt[LABELS == -1] == -1).all()
        (value,) = np.unique(LABELS[gt == 1])
        np.testing.assert_array_equal(gt == 1, value == LABELS)
        seen.add(int(value))
    assert seen == {2, 3}  # 0 and 1 are larger than 30 %
    assert ObjectDraw(area=(0.9, 0.95))(LABELS, rng) is None


def test_neighbors_are_taken_in_enclosed_ones_first() -> None:
    rng, draw = np.random.default_rng(1), ObjectDraw(area=(0.02, 0.6), merge=0.6)
    merged = [
        np.unique(LABELS[gt == 1]).tolist()
        for gt in (draw(LABELS, rng) for _ in range(200))
        if gt is not None
    ]
    assert merged.count([2, 3]) > merged.count([0, 2]) > 0


def test_one_piece_of_a_scattered_region() -> None:
    labels = np.zeros((20, 40), np.int32)
    labels[5:15, 3:13] = labels[5:15, 20:30] = 1
    pieces = [ObjectDraw(merge=0.0, component=1.0)(labels, np.random.default_rng(s)) for s in range(20)]
    assert {int((gt == 1).sum()) for gt in pieces if gt is not None and gt[10, 10] + gt[10, 25] == 1} == {100}
    whole = [ObjectDraw(merge=0.0, component=0.0)(labels, np.random.default_rng(s)) for s in range(20)]
    assert 200 in {int((gt == 1).sum()) for gt in whole if gt is not None}


def test_coarse_annotators_are_preferred() -> None:
    maps = np.stack([np.arange(400).reshape(20, 20) // 5, np.zeros((20, 20)), np.ones((20, 20))], axis=-1)
    rng = np.random.default_rng(0)
    drawn = [int(one_annotator(maps.astype(np.int32), rng).max()) for _ in range(100)]
    assert drawn.count(79) < 10


def test_first_clicks_lie_where_their_sign_says() -> None:
    gt = np.where(LABELS == 2, 1, np.where(LABELS == -1, -1, 0)).astype(np.int8)
    alone = 0
    for seed in range(60):
        slots = FirstClicks(most=5)(gt, np.random.default_rng(seed))
        assert slots.shape == (2, 5, 2)
        for sign, value in ((0, 1), (1, 0)):
            places = slots[sign][slots[sign, :, 0] >= 0].astype(int)
            assert (gt[places[:, 0], places[:, 1]] == value).all()
            assert (slots[sign, len(places) :] == -1).all()  # clicks come first
        assert slots[0, 0, 0] >= 0  # at least one on the object
        alone += int((slots >= 0).all(-1).sum() == 1)
    assert alone > 10


def test_the_next_click_is_in_the_deeper_half_of_the_deeper_error() -> None:
    gt = np.zeros((40, 60), np.int8)
    gt[5:25, 5:25] = 1
    mask = np.zeros(gt.shape, bool)
    mask[30:36, 30:36] = True
    rng = np.random.default_rng(0)
    for _ in range(20):
        click = next_click(gt, mask, rng)
        assert click is not None
        positive, (y, x) = click
        assert positive
        assert 10 <= y < 20 and 10 <= x < 20
    assert next_click(gt, gt == 1, rng) is None
    tied = np.zeros(gt.shape, np.int8)
    tied[0:5, 0:5] = 1
    click = next_click(tied, np.roll(tied == 1, 20, axis=1), rng)
    assert click is not None
    assert not click[0]  # a tie is negative, as the robot has it
    single = np.zeros(gt.shape, bool)
    single[3, 4] = True
    assert deep_pixel(single, rng).tolist() == [3, 4]


def test_focal_loss_by_hand() -> None:
    logits = torch.tensor([[[[2.0, -1.0, 0.5]]]])
    target = torch.tensor([[[[1, 0, -1]]]])
    own = [torch.sigmoid(torch.tensor(2.0)), 1 - torch.sigmoid(torch.tensor(-1.0))]
    focus = [(1 - p) ** 2 for p in own]
    expected = sum(-f * p.log() for f, p in zip(focus, own, strict=True)) / sum(focus)
    torch.testing.assert_close(normalised_focal_loss(logits, target), expected)
    assert normalised_focal_loss(logits, torch.full_like(target, -1)) == 0
    plain = F.binary_cross_entropy_with_logits(logits[..., :2], torch.tensor([[[[1.0, 0.0]]]]))
    torch.testing.assert_close(normalised_focal_loss(logits, target, gamma=0.0), plain)


def test_similarity_by_hand() -> None:
    cells = torch.tensor([[[[3.0, 1.0, 1.0, -1.0]], [[2.0, 4.0, 0.0, 2.0]]]])  # mean (1, 2): +x, +y, −y, −x
    maps = torch.tensor([[[[1.0, 0.0, 0.0, 0.0]], [[1.0, 0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0, 0.0]]]])
    expected = torch.tensor([[[[1.0, 0.0, 0.0, -1.0]], [[0.0, 0.0, 0.0, 0.0]], [[0.0, 1.0, -1.0, 0.0]]]])
    torch.testing.assert_close(similarities(cells, maps), expected)


def test_views_are_a_function_of_seed_epoch_and_image() -> None:
    first, again, other = (next(iter(small_data(seed=s).train_dataloader())) for s in (0, 0, 1))
    for key in ("image", "target", "slots"):
        assert torch.equal(first[key], again[key])
    assert not torch.equal(first["image"], other["image"])
    assert first["image"].shape == (2, 3, 64, 64)
    assert first["target"].shape == (2, 1, 64, 64)
    several = next(iter(small_data(per_view=3).train_dataloader()))
    assert several["target"].shape == (2, 3, 64, 64)
    assert several["slots"].shape[:3] == (2, 3, 2)
    assert first["image"].min() >= 0 and first["image"].max() <= 1


def test_images_without_an_object_are_named() -> None:
    views = ObjectViews([Share(Uniform(), 2)], Augmentation(crop=32), ObjectDraw(), FirstClicks(), 0)
    with pytest.raises(DatasetError, match="image 1 of source 0"):
        views[(0, 0, 1)]
    with pytest.raises(DatasetError, match="validation image 0"):
        WholeObjects(Uniform(), ObjectDraw(), None, 0)[0]


def test_remembered_images_are_read_once() -> None:
    source = Uniform()
    kept = Remembered(source)
    assert len(kept) == 2
    assert kept.read(0)[0] is kept.read(0)[0]
    assert kept.read(0)[1].dtype == np.int32


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ObjectDraw(area=(0.5, 0.2)), "area="),
        (lambda: ObjectDraw(merge=1.0), "merge=1"),
        (lambda: FirstClicks(most=0), "most=0"),
        (lambda: FirstClicks(decay=1.0), "decay=1"),
        (lambda: ClickData(sources=[]), "source"),
        (lambda: small_data(batch_size=1), "batch_size=1"),
        (lambda: small_data(per_view=0), "per_view=0"),
    ],
)
def test_invalid_settings_are_named(make: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
