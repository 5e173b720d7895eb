"""A small network on cached features, learned in about a second."""

from __future__ import annotations

import hashlib
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.features.rows import Features, chunks
from fsannot.features.subspace import BLOCK, OVERSAMPLING, multiplied, principal_subspace
from fsannot.lanes import in_lanes, one_thread
from fsannot.metric_learning.learner import Embedding, MetricLearner, SegmentSource
from fsannot.metric_learning.losses import supervised_contrastive_loss, triplet_margin_loss

TRIPLET_BATCH = 64
"""The number of triplets grows with the cube of the batch."""


class Head(nn.Module):
    """x ↦ normalised x + W₂·relu(W₁·x) with W₂ = 0 at first: learning starts from the features' own geometry.

    Args:
        dim: of input and output.
        hidden: units of the hidden layer; 0 for a linear head x ↦ x + W·x.
        generator: of the initial weights.
    """

    def __init__(self, dim: int, hidden: int, generator: torch.Generator) -> None:
        super().__init__()
        self.residual: nn.Module
        last = nn.Linear(hidden or dim, dim, bias=False)
        nn.init.zeros_(last.weight)
        if hidden:
            first = nn.Linear(dim, hidden)
            nn.init.normal_(first.weight, std=(2 / dim) ** 0.5, generator=generator)
            nn.init.zeros_(first.bias)
            self.residual = nn.Sequential(first, nn.ReLU(), last)
        else:
            self.residual = last

    def forward(self, x: Tensor) -> Tensor:
        """Embed a batch.

        Args:
            x: float32 (B, dim).

        Returns:
            float32 (B, dim), unit rows.
        """
        return nn.functional.normalize(x + self.residual(x), dim=1)


class HeadEmbedding(Embedding):
    """Projection to a subspace, then the learned head.

    Args:
        subspace: float32 (D, d), orthonormal columns; None keeps the features as they are.
        scale: factor on the projected features.
        head: learned on d dimensions.
    """

    def __init__(self, subspace: np.ndarray | None, scale: float, head: Head) -> None:
        self.subspace = subspace
        self.scale = scale
        self.head = head.eval().requires_grad_(False)

    def _reduced(self, features: np.ndarray) -> Tensor:
        reduced = features if self.subspace is None else multiplied(features, self.subspace)
        return torch.from_numpy(np.ascontiguousarray(reduced)) * self.scale

    def embed(self, features: Features, segments: SegmentSource | None = None) -> np.ndarray:
        width = features.shape[1] if self.subspace is None else self.subspace.shape[1]
        out = np.empty((len(features), width), np.float32)
        start = 0
        for rows in in_lanes(chunks(features, BLOCK), self._embed_block):
            out[start : start + len(rows)] = rows
            start += len(rows)
        return out

    def _embed_block(self, features: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return self.head(self._reduced(features)).numpy()


class HeadLearner(MetricLearner):
    """Learns a residual head on cached features, on the CPU.

    Args:
        loss: ``supcon`` (supervised contrastive, Khosla et al., arXiv:2004.11362, eq. 2) or ``triplet``
            (margin loss over all triplets that violate it, as in the paper).
        dim: size of the subspace the features are reduced to first; ``None`` keeps them as they are.
        hidden: units of the hidden layer, 0 for a linear head, which forgets least about unlabelled segments.
        steps: of AdamW.
        batch_size: labelled segments a step, at most 64 of them with ``triplet``.
        balance: draw all classes equally often, however many segments each has.
        lr: learning rate, falling to 0 along a half cosine.
        weight_decay: of AdamW.
        temperature: of ``supcon``.
        margin: of ``triplet``.

    Raises:
        InputError: a value outside its range; names the key.
    """

    name = "head"

    def __init__(
        self,
        *,
        loss: Literal["supcon", "triplet"] = "supcon",
        dim: int | None = 128,
        hidden: int = 0,
        steps: int = 200,
        batch_size: int = 128,
        balance: bool = True,
        lr: float = 3e-4,
        weight_decay: float = 1e-2,
        temperature: float = 0.1,
        margin: float = 0.05,
    ) -> None:
        if loss not in ("supcon", "triplet"):
            raise InputError(f"metric.loss={loss!r} is not valid; choose supcon or triplet")
        for key, value, least in (("dim", dim, 2), ("hidden", hidden, 0), ("steps", steps, 1)):
            if value is not None and value < least:
                raise InputError(f"metric.{key}={value} must be at least {least}")
        if batch_size < 4:
            raise InputError(f"metric.batch_size={batch_size} must be at least 4")
        for key, number in (("lr", lr), ("temperature", temperature), ("margin", margin)):
            if not number > 0:
                raise InputError(f"metric.{key}={number} must be above 0")
        if weight_decay < 0:
            raise InputError(f"metric.weight_decay={weight_decay} must be at least 0")
        self.loss = loss
        self.dim = dim
        self.hidden = hidden
        self.steps = steps
        self.batch_size = batch_size if loss == "supcon" else min(batch_size, TRIPLET_BATCH)
        self.balance = balance
        self.lr = lr
        self.weight_decay = weight_decay
        self.temperature = temperature
        self.margin = margin

    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.name}|{sorted(vars(self).items())}".encode()).hexdigest()

    def _learn(
        self, features: Features, labels: np.ndarray, segments: SegmentSource | None, seed: int
    ) -> Embedding:
        generator = torch.Generator().manual_seed(seed)
        rng = np.random.default_rng(seed)
        reduce = self.dim is not None and self.dim + OVERSAMPLING < min(features.shape)
        subspace = principal_subspace(features, self.dim, seed) if reduce and self.dim else None
        dim = features.shape[1] if subspace is None else subspace.shape[1]
        head = Head(dim, self.hidden, generator)
        # unit variance, so that learning rate and initial weights mean the same for every backbone
        embedding = HeadEmbedding(subspace, dim**0.5, head)
        known = np.flatnonzero(labels >= 0)
        x, y = embedding._reduced(features[known].astype(np.float32, copy=False)), labels[known]
        head.train().requires_grad_(True)
        with one_thread():  # a step is too small to gain from several
            self._optimise(head, x, y, rng)
        head.eval().requires_grad_(False)
        return embedding

    def _optimise(self, head: Head, x: Tensor, y: np.ndarray, rng: np.random.Generator) -> None:
        optimizer = torch.optim.AdamW(head.parameters(), lr=self.lr, weight_decay=self.weight_decay)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.steps)
        targets = torch.from_numpy(y)
        members = [np.flatnonzero(y == c) for c in np.unique(y)]
        for _ in range(self.steps):
            batch = torch.from_numpy(self._draw(members, len(y), rng))
            optimizer.zero_grad()
            embedded, classes = head(x[batch]), targets[batch]
            if self.loss == "supcon":
                loss = supervised_contrastive_loss(embedded, classes, self.temperature)
            else:
                loss = triplet_margin_loss(embedded, classes, self.margin)
            loss.backward()
            optimizer.step()
            schedule.step()

    def _draw(self, members: list[np.ndarray], count: int, rng: np.random.Generator) -> np.ndarray:
        """Rows of one batch; a class with too few segments gives all it has."""
        if not self.balance:
            return rng.choice(count, min(self.batch_size, count), replace=False)
        # with more classes than pairs fit in, some classes sit this step out
        shown = members
        if 2 * len(members) > self.batch_size:
            chosen = rng.choice(len(members), self.batch_size // 2, replace=False)
            shown = [members[i] for i in chosen]
        share = self.batch_size // len(shown)
        return np.concatenate([m if len(m) <= share else rng.choice(m, share, replace=False) for m in shown])
