"""The paper's metric learning: the backbone itself is fine-tuned on crops of labelled segments."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Literal

import numpy as np

from fsannot.data.errors import InputError
from fsannot.features.extract import FeatureExtractor
from fsannot.features.rows import Features
from fsannot.metric_learning.learner import Embedding, MetricLearner, SegmentSource
from fsannot.metric_learning.settings import FineTuning


class BackboneEmbedding(Embedding):
    """Recomputes features from pixels with the fine-tuned network.

    Args:
        extractor: crops and the fine-tuned network.
    """

    needs_segments = True

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.extractor = extractor

    def embed(self, features: Features, segments: SegmentSource | None = None) -> np.ndarray:
        """Embedded segments.

        Args:
            features: float16 or float32 (N, D); only their number is used.
            segments: the N segments' pixels.

        Returns:
            float32 (N, d), unit rows.

        Raises:
            InputError: no segments, or another number of them than features.
        """
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
        self.settings = FineTuning(
            margin=margin,
            epochs=epochs,
            samples=samples,
            samples_per_class=samples_per_class,
            batch_size=batch_size,
            lr=lr,
            lr_decay=lr_decay,
            momentum=momentum,
            weight_decay=weight_decay,
            batch_norm=batch_norm,
        )

    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.name}|{sorted(asdict(self.settings).items())}".encode()).hexdigest()

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
        return BackboneEmbedding(extractor.with_weights(fit(self.settings, labels, segments, seed)))
