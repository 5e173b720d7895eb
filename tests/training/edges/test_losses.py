"""Losses against values worked out by hand."""

import math

import pytest
import torch

from fsannot.data.sample import IGNORE
from fsannot.training.edges.losses import balanced_edge_loss, saliency_loss


def test_edge_loss_of_four_pixels() -> None:
    # one boundary, two others, one unknown: weights 2/3 and 1.1 · 1/3; every logit 0 costs ln 2
    target = torch.tensor([1, 0, 0, IGNORE]).view(1, 1, 2, 2)
    expected = (2 / 3 + 2 * 1.1 / 3) * math.log(2)
    assert balanced_edge_loss(torch.zeros(1, 1, 2, 2), target).item() == pytest.approx(expected)
    # every output costs as much, and images are averaged
    outputs = torch.zeros(3, 5, 2, 2)
    assert balanced_edge_loss(outputs, target.expand(3, 1, 2, 2)).item() == pytest.approx(5 * expected)


def test_images_are_balanced_one_by_one() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 3, 8, 8)
    target = (torch.rand(2, 1, 8, 8) < torch.tensor([0.1, 0.6]).view(2, 1, 1, 1)).to(torch.int8)
    single = [balanced_edge_loss(logits[i : i + 1], target[i : i + 1]).item() for i in range(2)]
    assert balanced_edge_loss(logits, target).item() == pytest.approx(sum(single) / 2, rel=1e-5)


@pytest.mark.parametrize("loss", [balanced_edge_loss, saliency_loss])
def test_unknown_pixels_get_no_gradient(loss: object) -> None:
    logits = torch.randn(1, 1, 4, 4, requires_grad=True)
    target = torch.randint(0, 2, (1, 1, 4, 4), dtype=torch.int8)
    target[0, 0, 1] = IGNORE
    loss(logits, target).backward()  # type: ignore[operator]
    assert logits.grad is not None
    assert (logits.grad[0, 0, 1] == 0).all()
    assert (logits.grad[0, 0, 0] != 0).all()


def test_an_image_without_labels_costs_nothing() -> None:
    target = torch.full((1, 1, 4, 4), IGNORE)
    assert balanced_edge_loss(torch.randn(1, 2, 4, 4), target).item() == 0.0
    assert saliency_loss(torch.randn(1, 1, 4, 4), target).item() == 0.0


def test_saliency_loss_by_hand() -> None:
    target = torch.tensor([1, 0, IGNORE, 1]).view(1, 1, 2, 2)
    assert saliency_loss(torch.zeros(1, 1, 2, 2), target).item() == pytest.approx(3 * math.log(2))
