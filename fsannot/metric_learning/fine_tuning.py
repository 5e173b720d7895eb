"""Fine-tuning of a backbone on triplets, as a Lightning module."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import TripletMarginMiner
from pytorch_metric_learning.samplers import MPerClassSampler
from pytorch_metric_learning.utils import common_functions
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler

from fsannot.data.errors import InputError
from fsannot.features.crops import CropCutter
from fsannot.features.extract import FeatureExtractor
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.metric_learning.learner import SegmentSource
from fsannot.metric_learning.settings import FineTuning

log = logging.getLogger(__name__)


class TripletModule(pl.LightningModule):
    """A network (B, 3, S, S) → (B, D), trained so that crops of one class lie nearer than others.

    Triplet margin loss with all triplets that violate the margin (Bragantini et al. 2022).

    Args:
        network: float (B, 3, S, S) → float (B, D).
        margin: of loss and miner, in units of distance.
        lr: of SGD in the first epoch.
        lr_decay: factor on ``lr`` after each epoch.
        momentum: of SGD.
        weight_decay: of SGD.
        freeze_batch_norm: keep the running statistics of BatchNorm.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        margin: float,
        lr: float,
        lr_decay: float,
        momentum: float,
        weight_decay: float,
        freeze_batch_norm: bool,
    ) -> None:
        super().__init__()
        self.network = network
        self.lr, self.lr_decay = lr, lr_decay
        self.momentum, self.weight_decay = momentum, weight_decay
        self.freeze_batch_norm = freeze_batch_norm
        self.miner = TripletMarginMiner(margin=margin, type_of_triplets="all")
        self.loss = TripletMarginLoss(margin=margin)
        self.losses: list[float] = []
        """Mean loss of each epoch."""
        self._epoch_losses: list[Tensor] = []

    def train(self, mode: bool = True) -> TripletModule:
        super().train(mode)
        if self.freeze_batch_norm:  # the trainer calls train() again after every pause
            for module in self.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()
        return self

    def training_step(self, batch: tuple[Tensor, Tensor], batch_index: int) -> Tensor:
        """Loss of one batch.

        Args:
            batch: crops float (B, 3, S, S) and classes int64 (B,).
            batch_index: not used; Lightning passes it.

        Returns:
            float32 scalar.
        """
        crops, classes = batch
        # distances of nearly equal unit vectors lose their digits in bf16
        embedded = self.network(crops).float()
        loss = self.loss(embedded, classes, self.miner(embedded, classes))
        self._epoch_losses.append(loss.detach())
        return loss

    def on_train_epoch_end(self) -> None:
        self.losses.append(float(torch.stack(self._epoch_losses).mean()))
        self._epoch_losses.clear()
        log.info("metric learning: epoch %d, triplet loss %.4f", self.current_epoch + 1, self.losses[-1])

    def configure_optimizers(self) -> Any:
        optimizer = torch.optim.SGD(
            self.parameters(), lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay
        )
        return [optimizer], [torch.optim.lr_scheduler.ExponentialLR(optimizer, self.lr_decay)]


class SeededClassSampler(Sampler[int]):
    """``MPerClassSampler`` of pytorch-metric-learning that draws from its own generator.

    Args:
        labels: int (n,), class of each crop.
        per_class: crops of one class in a row.
        length: crops an epoch.
        seed: of the draw.
    """

    def __init__(self, labels: np.ndarray, *, per_class: int, length: int, seed: int) -> None:
        # a single pass over all classes may not exceed the length
        length = max(length, per_class * len(np.unique(labels)))
        self.sampler = MPerClassSampler(labels, m=per_class, length_before_new_iter=length)
        self.random = np.random.RandomState(seed % 2**32)

    def __len__(self) -> int:
        return len(self.sampler)

    def __iter__(self) -> Iterator[int]:
        # the library draws from a module variable, made to be replaced
        before, common_functions.NUMPY_RANDOM = common_functions.NUMPY_RANDOM, self.random
        try:
            order = list(self.sampler)
        finally:
            common_functions.NUMPY_RANDOM = before
        return iter(order)


def crop_extractor(extractor: SegmentExtractor) -> FeatureExtractor:
    """Check that features come from a network that can be fine-tuned on crops.

    Args:
        extractor: what made the features.

    Returns:
        the same extractor.

    Raises:
        InputError: it makes features in another way.
    """
    if not isinstance(extractor, FeatureExtractor):
        raise InputError(
            "metric=backbone fine-tunes the network of crop features, and these features are not made from crops; "
            "use features=efficientnet_lite0 or features=hrnet_w18_small, or metric=head, which learns on any features"
        )
    return extractor


def fit(settings: FineTuning, labels: np.ndarray, segments: SegmentSource, seed: int) -> dict[str, Tensor]:
    """Fine-tune the extractor's network on the labelled segments.

    Args:
        settings: margin, epochs, learning rate and so on.
        labels: int (N,), class or a negative number = unlabelled.
        segments: the N segments' pixels and their extractor.
        seed: of sampling and training.

    Returns:
        state dict on the CPU: name → tensor, float32 (...).

    Raises:
        InputError: the features are not made from crops.
    """
    extractor = crop_extractor(segments.extractor)
    known = np.flatnonzero(labels >= 0)
    _, classes = np.unique(labels[known], return_inverse=True)
    cutter = CropCutter(size=extractor.size, mean=extractor.backbone.mean, std=extractor.backbone.std)
    generator = torch.Generator().manual_seed(seed)

    def collate(rows: list[int]) -> tuple[Tensor, Tensor]:
        crops = cutter.cut(segments.refs(known[rows]))
        flipped = torch.rand(len(rows), 1, 1, 1, generator=generator) < 0.5
        crops = torch.where(flipped, crops.flip(3), crops).contiguous(memory_format=torch.channels_last)
        return crops, torch.from_numpy(classes[rows])

    loader: DataLoader[Any] = DataLoader(
        range(len(known)),  # type: ignore[arg-type]
        batch_size=settings.batch_size,
        sampler=SeededClassSampler(
            classes, per_class=settings.samples_per_class, length=settings.samples, seed=seed
        ),
        collate_fn=collate,
    )
    module = TripletModule(
        extractor.backbone.trainable().to(memory_format=torch.channels_last),  # type: ignore[call-overload]
        margin=settings.margin,
        lr=settings.lr,
        lr_decay=settings.lr_decay,
        momentum=settings.momentum,
        weight_decay=settings.weight_decay,
        freeze_batch_norm=settings.batch_norm == "frozen",
    )
    trainer = pl.Trainer(
        max_epochs=settings.epochs,
        accelerator="gpu" if extractor.device.type == "cuda" else "cpu",
        devices=[extractor.device.index or 0] if extractor.device.type == "cuda" else 1,
        precision="bf16-mixed" if extractor.dtype == torch.bfloat16 else "32-true",
        logger=False,
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=sys.stderr.isatty(),
    )
    with torch.random.fork_rng():  # drop-out draws from the global generator
        torch.manual_seed(seed)
        trainer.fit(module, loader)
    return {k: v.detach().cpu() for k, v in module.network.state_dict().items()}
