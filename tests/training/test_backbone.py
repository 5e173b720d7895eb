"""Parts of a trained backbone stay as they are."""

from __future__ import annotations

import pytest
import timm
import torch
from torch import nn

from fsannot.training.backbone import BackboneTraining, frozen_parameters


class Headed(nn.Module):
    """The smallest network with a backbone inside."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = timm.create_model("resnet18", features_only=True, pretrained=False)
        self.head = nn.Conv2d(512, 1, 1)


def test_head_and_backbone_learn_at_their_own_rates() -> None:
    network = Headed()
    training = BackboneTraining(network, frozen_batchnorm=True, frozen_levels=1)
    head, trunk = training.parameter_groups(head=0.1, backbone=0.01)
    assert head["lr"] == 0.1 and {id(p) for p in head["params"]} == {id(p) for p in network.head.parameters()}
    assert trunk["lr"] == 0.01 and all(p.requires_grad for p in trunk["params"])
    assert id(network.backbone.conv1.weight) not in {id(p) for p in trunk["params"]}
    network.head.requires_grad_(False)
    assert [group["lr"] for group in training.parameter_groups(head=0.1, backbone=0.01)] == [0.01]


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_statistics_outlast_a_change_of_mode(frozen: bool) -> None:
    network = Headed()
    training = BackboneTraining(network, frozen_batchnorm=frozen, frozen_levels=0)
    training.eval()
    training.train()
    assert network.backbone.bn1.training is not frozen and network.head.training
    before = network.backbone.bn1.running_mean.clone()
    network.backbone(torch.ones(1, 3, 64, 64))
    assert torch.equal(before, network.backbone.bn1.running_mean) is frozen


@pytest.mark.parametrize(("levels", "last"), [(0, None), (1, "blocks.0"), (2, "blocks.1"), (5, "blocks.6")])
def test_frozen_levels_of_lite0(levels: int, last: str | None) -> None:
    trunk = timm.create_model("tf_efficientnet_lite0", features_only=True, pretrained=False)
    frozen = {id(p) for p in frozen_parameters(trunk, levels)}
    names = [name for name, p in trunk.named_parameters() if id(p) in frozen]
    assert names[-1].startswith(last) if last else not names
    rest = [name for name, p in trunk.named_parameters() if id(p) not in frozen]
    assert not last or not any(name.startswith(("conv_stem", "bn1", last)) for name in rest)


def test_frozen_levels_of_a_residual_network() -> None:
    trunk = timm.create_model("resnet18", features_only=True, pretrained=False)
    frozen = {id(p) for p in frozen_parameters(trunk, 1)}  # its first level is an activation
    assert {n for n, p in trunk.named_parameters() if id(p) in frozen} == {
        "conv1.weight",
        "bn1.weight",
        "bn1.bias",
    }
