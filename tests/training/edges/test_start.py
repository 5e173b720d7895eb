"""What trainings start from: every way to weights, and what is said when there are none."""

from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from fsannot.data.errors import CheckpointMismatchError, MissingWeightsError
from fsannot.edges.poolnet import LITE_WEIGHTS, PoolNetTimm
from fsannot.lite0 import lite0_state_dict
from fsannot.training.edges.module import export_weights
from fsannot.training.edges.start import lite_start, resnet50_start, timm_start
from fsannot.weights import load_checkpoint

SMALL = {"backbone": "test_resnet", "widths": (4, 8, 8, 8, 8)}


def test_lite_starts_from_imagenet_or_from_the_shipped_weights() -> None:
    trunk = lite0_state_dict(classifier=False)
    fresh, shipped = lite_start(seed=1), lite_start(weights="shipped")
    assert torch.equal(fresh.backbone.state_dict()["conv_stem.weight"], trunk["conv_stem.weight"])
    state = load_checkpoint(LITE_WEIGHTS)
    assert isinstance(state, dict)
    assert torch.equal(shipped.state_dict()["pyramid.reduce.weight"], state["pyramid.reduce.weight"].float())


@pytest.mark.parametrize("start", [resnet50_start, timm_start])
def test_a_start_without_weights_says_what_to_set(start: object) -> None:
    with pytest.raises(MissingWeightsError, match=r"edge_network\.(backbone_)?weights"):
        start()  # type: ignore[operator]


def test_timm_weights_of_the_trunk_fit_without_their_classifier(tmp_path: Path) -> None:
    file = tmp_path / "trunk.pt"
    whole = timm.create_model("test_resnet", pretrained=False)
    torch.save(whole.state_dict(), file)
    network = timm_start(**SMALL, backbone_weights=file)
    name = next(n for n, _ in network.backbone.named_parameters())
    assert torch.equal(network.backbone.state_dict()[name], whole.state_dict()[name])
    torch.save({"conv1.weight": torch.zeros(1)}, file)
    with pytest.raises(CheckpointMismatchError, match="missing"):
        timm_start(**SMALL, backbone_weights=file)


def test_random_start_is_seeded_and_trained_weights_make_an_edge_model(tmp_path: Path) -> None:
    a, b = (timm_start(**SMALL, backbone_weights="random", seed=4) for _ in range(2))
    assert all(torch.equal(x, y) for x, y in zip(a.parameters(), b.parameters(), strict=True))
    export_weights(a, tmp_path / "w.safetensors")
    model = PoolNetTimm(tmp_path / "w.safetensors", **SMALL, device="cpu", precision="fp32")
    assert model.predict([np.zeros((40, 50, 3), np.uint8)])[0].shape == (40, 50)
    again = timm_start(**SMALL, weights=tmp_path / "w.safetensors")
    assert torch.equal(again.pyramid.reduce.weight, a.pyramid.reduce.weight.half().float())
