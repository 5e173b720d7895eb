"""The paper's metric learning: the backbone itself is fine-tuned on crops of labelled segments."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np

from fsannot.data.errors import InputError
from fsannot.features.extract import FeatureExtractor
from fsannot.features.rows import Features
from fsannot.metric_learning.learner import Embedding, MetricLearner, SegmentSource


class BackboneEmbedding(Embedding):
    """Features anew from pixels, by the fine-tuned network."""

    needs_segments = True

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.extractor = extractor

    def embed(self, features: Features, segments: SegmentSource | None = None) -> np.ndarray:
        if segments is None or len(segments) != len(features):
            raise InputError(f"a fine-tuned backbone embeds pixels: pass the {len(features)} segments")
        step = 64 * self.extractor.batch_size  # references of that many segments, and their images, at a time
        blocks = [
            self.extractor.extract_refs(segments.refs(np.arange(i, min(i + step, len(segments)))))
            for i in range(0, len(segments), step)
        ]
        return np.concatenate(blocks) if blocks else np.empty((0, self.extractor.dim), np.float32)


class BackboneLearner(MetricLearner):
    """Fine-tunes the extractor's backbone with a triplet margin loss (Bragantini et al. 2022).

    It starts from the extractor's own weights each time. Minutes on a CPU, seconds on a GPU.

    Args:
        margin: of triplet loss and miner.
        epochs: passes of ``samples`` crops.
        samples: crops an epoch, drawn with equal frequency from all classes.
        samples_per_class: crops of one class in a row of the sampler.
        batch_size: crops a step.
        lr: of SGD in the first epoch.
        lr_decay: factor on ``lr`` after each epoch.
        momentum: of SGD.
        weight_decay: of SGD.
        batch_norm: ``train`` normalises by the batch and moves the running statistics, as a plain training
            loop does; ``frozen`` keeps the statistics the backbone came with.
    """

    name = "backbone"
    needs_segments = True

    def __init__(
        self,
        *,
        margin: float = 0.05,
        epochs: int = 3,
        samples: int = 1000,
        samples_per_class: int = 5,
        batch_size: int = 40,
        lr: float = 0.1,
        lr_decay: float = 0.1,
        momentum: float = 0.8,
        weight_decay: float = 5e-4,
        batch_norm: Literal["train", "frozen"] = "train",
    ) -> None:
        for key, count, least in (
            ("epochs", epochs, 1),
            ("samples", samples, 4),
            ("samples_per_class", samples_per_class, 2),
            ("batch_size", batch_size, 4),
        ):
            if count < least:
                raise InputError(f"metric.{key}={count} must be at least {least}")
        for key, number in (("margin", margin), ("lr", lr), ("lr_decay", lr_decay)):
            if not number > 0:
                raise InputError(f"metric.{key}={number} must be above 0")
        if not 0 <= momentum < 1 or weight_decay < 0:
            raise InputError(
                f"metric.momentum={momentum} must be in [0, 1) "
                f"and metric.weight_decay={weight_decay} at least 0"
            )
        if batch_norm not in ("train", "frozen"):
            raise InputError(f"metric.batch_norm={batch_norm!r} is not valid; choose train or frozen")
        self.margin = margin
        self.epochs = epochs
        self.samples = samples
        self.samples_per_class = samples_per_class
        self.batch_size = batch_size
        self.lr = lr
        self.lr_decay = lr_decay
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.batch_norm = batch_norm

    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.name}|{sorted(vars(self).items())}".encode()).hexdigest()

    def _learn(
        self, features: Features, labels: np.ndarray, segments: SegmentSource | None, seed: int
    ) -> Embedding:
        from fsannot.metric_learning.fine_tuning import (  # Lightning takes seconds to import
            crop_extractor,
            fit,
        )

        if segments is None:  # refused at the door; tells the type checker
            raise InputError("metric=backbone learns from pixels: pass the segments")
        extractor = crop_extractor(segments.extractor)
        return BackboneEmbedding(extractor.with_weights(fit(self, labels, segments, seed)))
