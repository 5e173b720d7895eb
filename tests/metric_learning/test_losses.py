import math

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pytorch_metric_learning.losses import SupConLoss, TripletMarginLoss

from fsannot.metric_learning.losses import supervised_contrastive_loss, triplet_margin_loss


@given(seed=st.integers(0, 1000), count=st.integers(4, 30), kinds=st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_values_and_gradients_are_those_of_the_library(seed: int, count: int, kinds: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    raw = torch.randn(count, 6, generator=generator, dtype=torch.float64)
    classes = torch.randint(kinds, (count,), generator=generator)
    assume(1 < len(classes.unique()) < count)  # the library calls a batch without pairs of both sorts 0
    for ours, theirs in (
        (lambda x: supervised_contrastive_loss(x, classes, 0.1), SupConLoss(temperature=0.1)),
        (lambda x: triplet_margin_loss(x, classes, 0.05), TripletMarginLoss(margin=0.05)),
    ):
        gradients = []
        for loss in (ours, lambda x, theirs=theirs: theirs(x, classes)):
            x = raw.clone().requires_grad_(True)
            value = loss(torch.nn.functional.normalize(x, dim=1))
            value.backward()
            gradients.append((value.detach(), x.grad))
        torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-7)


def test_by_hand() -> None:
    """Two pairs, alike within and orthogonal across: positives e^(1/t) against e^(1/t) + 2."""
    embedded = torch.eye(2).repeat_interleave(2, 0)
    classes = torch.tensor([0, 0, 1, 1])
    expected = math.log(1 + 2 * math.exp(-1))
    assert supervised_contrastive_loss(embedded, classes, 1.0).item() == pytest.approx(expected, abs=1e-6)
    # ‖a − p‖ = 0 and ‖a − n‖ = √2: no violation below that margin
    assert triplet_margin_loss(embedded, classes, 1.0).item() == 0
    assert triplet_margin_loss(embedded, classes, 2.0).item() == pytest.approx(2 - math.sqrt(2), abs=1e-3)


def test_batches_without_positives_or_negatives_cost_nothing() -> None:
    embedded = torch.nn.functional.normalize(
        torch.randn(4, 3, generator=torch.Generator().manual_seed(0)), dim=1
    )
    assert supervised_contrastive_loss(embedded, torch.arange(4), 0.1).item() == 0
    assert triplet_margin_loss(embedded, torch.zeros(4, dtype=torch.int64), 0.1).item() == 0
