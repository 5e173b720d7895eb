"""Images with boundaries or with a salient object, as batches to train edge models with."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Sampler
from torch.utils.data import Dataset as TorchDataset

from fsannot.data.bsds import BSDS500, Split
from fsannot.data.dataset import Dataset, require_truth
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.training.edges.augment import Augmentation, consensus_target, label_boundaries
from fsannot.training.gather import ShareOfImages, place

AGREEMENT = 0.3
"""Fraction of annotators that makes a boundary (with five of them: two in the same pixel)."""


class LabelledImages(ABC):
    """Images with one or several label maps, whose changes are the boundaries."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """An image and its label maps.

        Args:
            index: of the image, from 0.

        Returns:
            uint8 (H, W, 3), RGB, and int32 (H, W, K), ``IGNORE`` where unlabelled.
        """


class BSDSRegions(LabelledImages):
    """BSDS500 with the regions of all its annotators."""

    def __init__(self, root: str, split: Split = "train") -> None:
        self.bsds = BSDS500(root, split)

    def __len__(self) -> int:
        return len(self.bsds)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The image ``index``, uint8 (H, W, 3), and the regions of its K annotators, int32 (H, W, K)."""
        return self.bsds.image(index), np.stack(self.bsds.segmentations(index), axis=-1)


class DatasetRegions(LabelledImages):
    """Any dataset of the project: its classes, apart by instance where it has instances."""

    def __init__(self, dataset: Dataset) -> None:
        require_truth(dataset, "trainings")
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The image ``index``, uint8 (H, W, 3), and its regions, int32 (H, W, 1)."""
        sample = self.dataset[index]
        labels = sample.truth
        if sample.instances is not None:
            # one number a pair of class and instance; the unlabelled stay so
            pair = labels * (int(sample.instances.max()) + 1) + sample.instances
            labels = np.where(labels == IGNORE, IGNORE, pair).astype(np.int32)
        return sample.image, labels[..., None]


class DatasetMasks(LabelledImages):
    """A foreground dataset's object against the rest, for the saliency branch.

    Raises:
        InputError: the dataset has more classes than object and background.
    """

    def __init__(self, dataset: Dataset) -> None:
        require_truth(dataset, "trainings")
        if dataset.task != "foreground":
            raise InputError(
                f"{dataset.name}: saliency needs a foreground dataset, this one's task is {dataset.task!r}"
            )
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """The image ``index``, uint8 (H, W, 3), and its object, int (H, W, 1): 1, 0 or ``IGNORE``."""
        sample = self.dataset[index]
        return sample.image, sample.truth[..., None]


@dataclass(frozen=True)
class Share:
    """How many images of a source an epoch sees; fewer than it has are drawn anew each epoch."""

    source: LabelledImages
    per_epoch: int

    def __post_init__(self) -> None:
        if self.per_epoch < 1 or len(self.source) == 0:
            raise InputError(
                f"share: per_epoch={self.per_epoch} of {len(self.source)} images is not valid; "
                "both at least 1"
            )


class EpochSampler(Sampler[tuple[int, int, int]]):
    """Order of an epoch, (epoch, share, image) each, a function of seed and epoch alone.

    No state has to survive a killed training: told the epoch, it continues as an undisturbed one would.
    Lightning tells it through ``set_epoch``.

    Of several devices each takes every ``world``-th view of the same order, so that their batches of B views are
    together the batch of ``world`` · B views of one device. Views left over by that are left out of the epoch.

    Args:
        shares: sources, and how many images of each.
        seed: of the order.
        rank, world: number of this device, from 0, and how many there are.

    Raises:
        InputError: an epoch has fewer views than there are devices.
    """

    def __init__(self, shares: Sequence[Share], seed: int, *, rank: int = 0, world: int = 1) -> None:
        self.shares = tuple(shares)
        self.seed = seed
        self.rank, self.world = rank, world
        self.epoch = 0
        self.total = sum(share.per_epoch for share in self.shares)
        if self.total < world:
            raise InputError(
                f"an epoch of {self.total} views (per_epoch of all sources) cannot be shared by {world} devices; "
                "raise per_epoch, or lower devices or num_nodes"
            )

    def set_epoch(self, epoch: int) -> None:
        """Set the ``epoch``, from 0; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.total // self.world

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        rng = np.random.default_rng([self.seed, self.epoch])
        items = []
        for number, share in enumerate(self.shares):
            images = len(share.source)
            rounds = [rng.permutation(images) for _ in range(-(-share.per_epoch // images))]
            chosen = np.concatenate(rounds)[: share.per_epoch]
            items += [(self.epoch, number, int(i)) for i in chosen]
        order = rng.permutation(self.total)[self.rank : len(self) * self.world : self.world]
        return iter([items[i] for i in order])


class Views(TorchDataset[dict[str, torch.Tensor]]):
    """Random views of several sources, addressed by (epoch, share, image), which also seed the view.

    Items: ``image`` float32 (3, crop, crop) RGB in 0–255 and ``target`` int8 (1, crop, crop): 1 boundary (or
    object), 0 none, ``IGNORE`` unknown.
    """

    def __init__(
        self,
        shares: Sequence[Share],
        augmentation: Augmentation,
        seed: int,
        kind: Literal["boundaries", "masks"],
    ) -> None:
        self.shares = tuple(shares)
        self.augmentation = augmentation
        self.seed = seed
        self.kind = kind

    def __getitem__(self, key: tuple[int, int, int]) -> dict[str, torch.Tensor]:
        _, number, index = key
        image, labels = self.shares[number].source.read(index)
        rng = np.random.default_rng([self.seed, *key])
        view, labels = self.augmentation(image, labels, rng)
        boundaries = self.kind == "boundaries"
        target = consensus_target(labels, AGREEMENT) if boundaries else labels[..., 0].astype(np.int8)
        return {"image": torch.from_numpy(view).permute(2, 0, 1), "target": torch.from_numpy(target)[None]}


class WholeImages(TorchDataset[dict[str, object]]):
    """Images to validate on, as they are.

    Items: ``index``, ``image`` uint8 (H, W, 3), ``boundaries`` a list of bool (H, W).
    """

    def __init__(self, source: LabelledImages, limit: int | None) -> None:
        self.source = source
        self.count = len(source) if limit is None else min(limit, len(source))

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> dict[str, object]:
        image, labels = self.source.read(index)
        boundaries = label_boundaries(labels)
        drawn = [boundaries[..., k] for k in range(boundaries.shape[2])]
        return {"index": index, "image": image, "boundaries": drawn}


class EdgeData(LightningDataModule):
    """Batches of boundary views, saliency views beside them where there are any, images to validate on.

    Args:
        boundaries: sources of boundaries.
        saliency: sources of masks; empty trains the edge branch alone.
        validation: None validates nothing.
        augmentation: of training views.
        batch_size: views a step on each device, of each kind.
        workers: processes that prepare views; their number does not change what is drawn.
        validation_limit: first so many images.
        seed: of order and views.
    """

    def __init__(
        self,
        *,
        boundaries: Sequence[Share],
        saliency: Sequence[Share] = (),
        validation: LabelledImages | None = None,
        augmentation: Augmentation | None = None,
        batch_size: int = 8,
        workers: int = 0,
        validation_limit: int | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if not boundaries:
            raise InputError("edge training needs at least one source of boundaries, got none")
        if batch_size < 1 or workers < 0:
            raise InputError(
                f"edge training: batch_size={batch_size}, workers={workers} is not valid; "
                "at least 1 view, at least 0 workers"
            )
        self.shares = {"boundaries": tuple(boundaries), "masks": tuple(saliency)}
        self.validation = validation
        self.augmentation = augmentation or Augmentation()
        self.batch_size = batch_size
        self.workers = workers
        self.validation_limit = validation_limit
        self.seed = seed

    def _views(self, kind: Literal["boundaries", "masks"]) -> DataLoader:
        shares = self.shares[kind]
        sampler = EpochSampler(shares, self.seed, **place(self.trainer))
        return DataLoader(
            Views(shares, self.augmentation, self.seed, kind),
            batch_size=self.batch_size,
            sampler=sampler,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            drop_last=len(sampler) > self.batch_size,
        )

    def train_dataloader(self) -> dict[str, DataLoader]:
        loaders = {"edges": self._views("boundaries")}
        if self.shares["masks"]:
            loaders["saliency"] = self._views("masks")
        return loaders

    def val_dataloader(self) -> DataLoader | list[DataLoader]:
        if self.validation is None:
            return []
        images = WholeImages(self.validation, self.validation_limit)
        share = ShareOfImages(len(images), **place(self.trainer))
        return DataLoader(images, batch_size=None, sampler=share, collate_fn=lambda item: item)
