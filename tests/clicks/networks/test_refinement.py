"""f-BRS's search, on a decoder small enough to follow."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import check_grad
from torch import Tensor

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.points import Points
from fsannot.clicks.predictors.refinement import ScaleBiasRefinement, _Objective, click_squares

SIZE = (12, 15)


@pytest.fixture
def features() -> Tensor:
    return torch.from_numpy(np.random.default_rng(0).standard_normal((2, 6, *SIZE))).float()


def decode(features: Tensor) -> Tensor:
    return features.sum(dim=1, keepdim=True) * 0.3


def squares() -> tuple[Tensor, Tensor]:
    points = Points.of([Click(3, 3, True), Click(8, 11, False)])
    return click_squares([points, points.mirrored(SIZE[1])], SIZE)


def test_squares_are_three_by_three() -> None:
    positive, negative = click_squares([Points.of([Click(3, 4, True), Click(7, 1, False)])], SIZE)
    assert positive.shape == (1, 1, *SIZE)
    assert torch.nonzero(positive[0, 0]).tolist() == [[y, x] for y in (2, 3, 4) for x in (3, 4, 5)]
    assert torch.nonzero(negative[0, 0])[[0, -1]].tolist() == [[6, 0], [8, 2]]


def test_squares_at_the_rim_are_those_of_the_published_program() -> None:
    last = Points.of([Click(11, 14, True)])
    first = Points.of([Click(0, 5, True)])
    above = Points(np.array([[-3.0, 5.0]]), np.array([True]))
    counts = [int(click_squares([points], SIZE)[0].sum()) for points in (last, first, above)]
    assert counts == [4, 0, 9]
    assert torch.nonzero(click_squares([above], SIZE)[0][0, 0])[0].tolist() == [8, 4]


def test_the_gradient_is_that_of_the_loss(features: Tensor) -> None:
    double = features.double()

    def objective(x: np.ndarray) -> _Objective:
        return _Objective(decode, double, *squares(), threshold=0.49)

    x = np.random.default_rng(1).normal(0, 0.3, 12)
    error = check_grad(lambda x: objective(x)(x)[0], lambda x: objective(x)(x)[1], x, epsilon=1e-2)
    assert error < 2e-3


def test_the_clicks_are_met_and_the_search_goes_on_from_there(features: Tensor) -> None:
    refinement = ScaleBiasRefinement(channels=6, threshold=0.49)
    positive, negative = squares()

    def loss(logits: Tensor) -> float:
        p = logits.sigmoid()
        return float((((1 - p) * positive) ** 2).sum() / 18 + ((p * negative) ** 2).sum() / 18)

    plain = refinement.logits(decode, features)
    assert torch.equal(plain, decode(features))
    refined = refinement.refine(decode, features, positive, negative)
    assert loss(refined) < loss(plain)
    again = refinement.refine(decode, features, positive, negative)
    assert loss(again) <= loss(refined) + 1e-3
    refinement.reset()
    assert torch.equal(refinement.logits(decode, features), plain)


def test_met_clicks_end_the_search_at_once() -> None:
    calls = []

    def sure(features: Tensor) -> Tensor:
        calls.append(1)
        positive, negative = squares()
        return 10 * (positive - negative) + 0 * features.sum(dim=1, keepdim=True)

    refinement = ScaleBiasRefinement(channels=6, threshold=0.49)
    refinement.refine(sure, torch.ones(2, 6, *SIZE), *squares())
    assert len(calls) == 1


def test_the_search_is_bounded(features: Tensor) -> None:
    calls = []

    def counting(x: Tensor) -> Tensor:
        calls.append(1)
        return decode(x)

    positive, _ = squares()
    contradiction = positive  # the same place on and off the object
    ScaleBiasRefinement(channels=6, threshold=0.49, evaluations=5).refine(
        counting, features, positive, contradiction
    )
    assert 1 <= len(calls) <= 5 + 20  # a line search may finish its last step
