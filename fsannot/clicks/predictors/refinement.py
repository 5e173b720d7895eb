"""f-BRS-B: scales and shifts a network's intermediate features until its answer agrees with the clicks.

Sofiiuk et al., *f-BRS: Rethinking Backpropagating Refinement for Interactive Segmentation*, CVPR 2020,
arXiv:2001.10331, with the settings of its evaluation program.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.optimize import fmin_l_bfgs_b
from torch import Tensor

from fsannot.clicks.predictors.points import Points

Decode = Callable[[Tensor], Tensor]  # features (B, C, h, w) → logits (B, 1, H, W)

REGULARISATION, BIAS_REGULARISATION = 1e-3, 10.0  # 1e-3 · (Σs² + 10 Σb²)
SAME_MASK = 0.99  # overlap of two steps' masks above which the search ends
EPSILON = 1e-5


class ScaleBiasRefinement:
    """Search for a scale (1 + s) and a bias b of each feature channel; s and b are kept between clicks.

    Args:
        channels: number of feature channels.
        threshold: a positive click is met where the probability is above it, a negative one below.
        evaluations: most evaluations of the network's decoder per click.
    """

    def __init__(self, *, channels: int, threshold: float, evaluations: int = 20) -> None:
        self.channels, self.threshold, self.evaluations = channels, threshold, evaluations
        self.reset()

    def reset(self) -> None:
        """Begin an episode with s = b = 0."""
        self._parameters = np.zeros(2 * self.channels)

    def logits(self, decode: Decode, features: Tensor) -> Tensor:
        """Logits with the current scale and bias, without a search.

        Args:
            decode: the rest of the network, features → logits.
            features: float32 (B, C, h, w).

        Returns:
            float32 (B, 1, H, W).
        """
        scale, bias = torch.from_numpy(self._parameters).float().to(features.device).chunk(2)
        return decode(_scaled(features, scale, bias))

    def refine(self, decode: Decode, features: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Search for scale and bias, from those of the last click on.

        Args:
            decode: the rest of the network, features → logits.
            features: float32 (B, C, h, w), all of one image (B = 2 with its mirror image).
            positive: float32 (B, 1, H, W), 1 in the squares around the positive clicks, see ``click_squares``.
            negative: float32 (B, 1, H, W), 1 in the squares around the negative clicks.

        Returns:
            logits float32 (B, 1, H, W) of the step with the lowest loss.
        """
        objective = _Objective(decode, features, positive, negative, self.threshold)
        self._parameters, _, _ = fmin_l_bfgs_b(
            objective,
            self._parameters,
            m=20,
            factr=0,
            pgtol=1e-8,
            maxfun=self.evaluations,
            maxiter=2 * self.evaluations,
        )
        assert objective.best is not None
        return objective.best


class _Objective:
    """Loss and gradient at s, b; a zero gradient ends the search."""

    def __init__(
        self, decode: Decode, features: Tensor, positive: Tensor, negative: Tensor, threshold: float
    ) -> None:
        self._decode, self._features = decode, features
        self._positive, self._negative = positive, negative
        self._threshold = threshold
        self._last_mask: Tensor | None = None
        self._best_loss = np.inf
        self.best: Tensor | None = None

    def __call__(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        x = torch.from_numpy(parameters).float().to(self._features.device).requires_grad_(True)
        with torch.enable_grad():
            scale, bias = x.chunk(2)
            logits = self._decode(_scaled(self._features, scale, bias))
            probability = logits.sigmoid()
            missed, wrong = (1 - probability) * self._positive, probability * self._negative
            loss = _mean_square(missed, self._positive) + _mean_square(wrong, self._negative)
            loss = loss + REGULARISATION * (scale.square().sum() + BIAS_REGULARISATION * bias.square().sum())
        value = float(loss.detach())
        if self.best is None or value < self._best_loss:
            self.best, self._best_loss = logits.detach(), value
        mask = probability.detach() > self._threshold
        met = (
            float(missed.detach().max()) < 1 - self._threshold
            and float(wrong.detach().max()) < self._threshold
        )
        if met or (self._last_mask is not None and _mean_iou(mask, self._last_mask) > SAME_MASK):
            return value, np.zeros_like(parameters)
        self._last_mask = mask
        loss.backward()
        assert x.grad is not None
        return value, x.grad.cpu().numpy().astype(np.float64)


def _scaled(features: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    # repeated, not broadcast: the gradient then sums in the published program's order, and the search, which
    # magnifies the last bit of a gradient within a few clicks, takes its path
    batch = len(features)
    scale, bias = (x.view(1, -1, 1, 1).repeat(batch, 1, 1, 1) for x in (1 + scale, bias))
    return features * scale + bias


def _mean_square(error: Tensor, squares: Tensor) -> Tensor:
    return error.square().sum() / (squares.sum() + EPSILON)


def _mean_iou(mask: Tensor, other: Tensor) -> float:
    """Mean over the batch; images without a mask in either do not count, and with none that does it is 0."""
    both = (mask & other).float().mean(dim=(1, 2, 3))
    either = (mask | other).float().mean(dim=(1, 2, 3))
    used = either > 0
    return float((both[used] / either[used]).mean()) if bool(used.any()) else 0.0


def click_squares(batch: Sequence[Points], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Squares of 3×3 pixels at the positive and at the negative clicks.

    Bounds below zero count from the far end, as in the published program: a square that crosses the first row or
    column is empty, and one entirely above or left of the crop appears at the opposite side.

    Args:
        batch: B lists of clicks.
        size: height and width of the maps, pixels.

    Returns:
        positive and negative squares, float32 (B, 1, H, W) each: 1 inside, 0 outside.
    """
    squares = np.zeros((2, len(batch), 1, *size), dtype=np.float32)
    for b, points in enumerate(batch):
        for (row, col), positive in zip(points.places.tolist(), points.positive, strict=True):
            y, x = round(row), round(col)
            squares[0 if positive else 1, b, 0, y - 1 : y + 2, x - 1 : x + 2] = 1
    return torch.from_numpy(squares[0]), torch.from_numpy(squares[1])
