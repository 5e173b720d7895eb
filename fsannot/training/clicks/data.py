"""Views with an object and first clicks, as batches to train click networks with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from fsannot.data.errors import DatasetError, InputError
from fsannot.training.clicks.objects import ObjectDraw
from fsannot.training.clicks.points import FirstClicks
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.data import EpochSampler, LabelledImages, Share
from fsannot.training.gather import ShareOfImages, place

TRIES = 10
"""Views of one image before it is said to show no object; a view of nothing but sky happens."""


class Remembered(LabelledImages):
    """Another source, each image of which is read once and kept in memory: generated scenes cost a second each.

    Raises:
        InputError: labels beyond ±32767; they are kept in 16 bits.
    """

    def __init__(self, source: LabelledImages) -> None:
        self.source = source
        self._kept: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self.source)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The image ``index``, uint8 (H, W, 3), and its labels, int32 (H, W, K).

        Raises:
            InputError: labels beyond ±32767.
        """
        if index not in self._kept:
            image, labels = self.source.read(index)
            if np.abs(labels).max() > np.iinfo(np.int16).max:
                raise InputError(f"image {index}: labels up to {np.abs(labels).max()} do not fit 16 bits")
            self._kept[index] = image, labels.astype(np.int16)
        image, labels = self._kept[index]
        return image, labels.astype(np.int32)


class ObjectViews(TorchDataset[dict[str, torch.Tensor]]):
    """Random views with K objects each, addressed by (epoch, share, image), which also seed the view.

    Items: ``image`` float32 (3, crop, crop) RGB in [0, 1]; ``target`` int8 (K, crop, crop): 1 object, 0
    background, ``IGNORE`` unknown; ``slots`` float64 (K, 2, N, 2), the first clicks. Each object is drawn anew,
    so that two may overlap or be the same, clicked elsewhere.

    Raises:
        DatasetError: an image none of whose views shows an object.
    """

    def __init__(
        self,
        shares: Sequence[Share],
        augmentation: Augmentation,
        objects: ObjectDraw,
        first_clicks: FirstClicks,
        seed: int,
        per_view: int = 1,
    ) -> None:
        self.shares = tuple(shares)
        self.augmentation, self.objects, self.first_clicks = augmentation, objects, first_clicks
        self.seed, self.per_view = seed, per_view

    def __getitem__(self, key: tuple[int, int, int]) -> dict[str, torch.Tensor]:
        _, number, index = key
        image, labels = self.shares[number].source.read(index)
        rng = np.random.default_rng([self.seed, *key])
        for _ in range(TRIES):
            view, seen = self.augmentation(image, one_annotator(labels, rng), rng)
            targets = [self.objects(seen[..., 0], rng) for _ in range(self.per_view)]
            found = [target for target in targets if target is not None]
            if len(found) == self.per_view:  # else none: a region of a valid size is there or is not
                slots = [self.first_clicks(target, rng) for target in found]
                return {
                    "image": torch.from_numpy(view / np.float32(255)).permute(2, 0, 1),
                    "target": torch.from_numpy(np.stack(found)),
                    "slots": torch.from_numpy(np.stack(slots)),
                }
        raise DatasetError(
            f"image {index} of source {number}: {TRIES} views show no object with "
            f"{self.objects.area[0]:g} to {self.objects.area[1]:g} of their labelled pixels; "
            "leave it out or widen objects.area"
        )


def one_annotator(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One of K label maps; those with few regions are drawn more often, for whole objects rather than parts.

    Args:
        labels: int32 (H, W, K).
        rng: draws it.

    Returns:
        int32 (H, W, 1).
    """
    if labels.shape[2] == 1:
        return labels
    least = int(labels.min())
    seen = [np.bincount((labels[::2, ::2, k] - least).ravel()) for k in range(labels.shape[2])]
    chance = np.array([1.0 / np.count_nonzero(counts) for counts in seen])
    k = int(rng.choice(len(chance), p=chance / chance.sum()))
    return labels[..., k : k + 1]


class Practice(NamedTuple):
    """An object to click on in validation: its image's number, uint8 (H, W, 3), int8 (H, W), and its name."""

    number: int
    image: np.ndarray
    gt: np.ndarray
    name: str


class WholeObjects(TorchDataset[Practice]):
    """One object of each image, as it is; which one is a function of the seed alone."""

    def __init__(self, source: LabelledImages, objects: ObjectDraw, limit: int | None, seed: int) -> None:
        self.source, self.objects, self.seed = source, objects, seed
        self.count = len(source) if limit is None else min(limit, len(source))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> Practice:
        image, labels = self.source.read(index)
        rng = np.random.default_rng([self.seed, index])
        for _ in range(TRIES):
            gt = self.objects(one_annotator(labels, rng)[..., 0], rng)
            if gt is not None and (gt == 0).any():
                return Practice(index, image, gt, f"validation image {index}")
        raise DatasetError(f"validation image {index} has no object of the size objects.area asks for")


class ClickData(LightningDataModule):
    """Batches of views to train on, objects to validate on.

    Args:
        sources: images with regions, and how many of each an epoch sees.
        validation: None validates nothing.
        augmentation: of training views.
        objects: how an object is drawn from regions.
        first_clicks: what an episode begins with.
        per_view: objects of each view.
        batch_size: views a step on each device.
        workers: processes that prepare views; their number does not change what is drawn.
        validation_limit: first so many images.
        seed: of order, views, objects and clicks.
    """

    def __init__(
        self,
        *,
        sources: Sequence[Share],
        validation: LabelledImages | None = None,
        augmentation: Augmentation | None = None,
        objects: ObjectDraw | None = None,
        first_clicks: FirstClicks | None = None,
        per_view: int = 1,
        batch_size: int = 8,
        workers: int = 0,
        validation_limit: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not sources:
            raise InputError("click training needs at least one source of regions, got none")
        if batch_size < 2 or per_view < 1 or workers < 0:
            raise InputError(
                f"click training: batch_size={batch_size}, per_view={per_view}, workers={workers} is not valid; "
                "at least 2 views, for BatchNorm, 1 object and 0 workers"
            )
        self.sources = tuple(sources)
        self.validation = validation
        self.augmentation = augmentation or Augmentation(crop=256)
        self.objects = objects or ObjectDraw()
        self.first_clicks = first_clicks or FirstClicks()
        self.per_view = per_view
        self.batch_size = batch_size
        self.workers = workers
        self.validation_limit = validation_limit
        self.seed = seed

    def train_dataloader(self) -> DataLoader:
        """Batches of views, see ``ObjectViews``.

        Raises:
            InputError: an epoch has fewer views per device than a batch.
        """
        sampler = EpochSampler(self.sources, self.seed, **place(self.trainer))
        if len(sampler) < self.batch_size:
            raise InputError(
                f"click training: an epoch has {len(sampler)} views a device, and batch_size={self.batch_size}; "
                "raise per_epoch, or lower batch_size, devices or num_nodes"
            )
        return DataLoader(
            ObjectViews(
                self.sources, self.augmentation, self.objects, self.first_clicks, self.seed, self.per_view
            ),
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            drop_last=True,
        )

    def val_dataloader(self) -> DataLoader | list[DataLoader]:
        if self.validation is None:
            return []
        objects = WholeObjects(self.validation, self.objects, self.validation_limit, self.seed)
        share = ShareOfImages(len(objects), **place(self.trainer))
        return DataLoader(objects, batch_size=None, sampler=share, collate_fn=lambda item: item)
