"""The published PoolNet: every tensor has its place, and the outputs are those of the published network."""

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.poolnet_network import PoolNetNetwork
from fsannot.edges.poolnet_published import is_published, own_name, own_state, published_network

FIXTURE = Path(__file__).parents[1] / "fixtures" / "poolnet" / "poolnet_resnet50"
TENSORS = {
    name: tuple(shape) for name, shape in json.loads(FIXTURE.with_suffix(".json").read_text())["tensors"]
}


def generated(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A tensor made from its name alone, by the rule stored with the fixture."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(0)
    x = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape).astype(np.float32)
    if name.endswith("running_var"):
        x = 1 + 0.1 * np.abs(x)
    elif name.endswith(("running_mean", "bias")):
        x = 0.1 * x
    elif x.ndim >= 2:
        x = x * np.sqrt(1.0 / np.prod(shape[1:]))
    else:
        x = 1 + 0.1 * x
    return torch.from_numpy(x.astype(np.float32))


@pytest.fixture(scope="module")
def network() -> PoolNetNetwork:
    return published_network().eval()


def test_key_map_is_complete(network: PoolNetNetwork) -> None:
    own = {name: tuple(tensor.shape) for name, tensor in network.state_dict().items()}
    mapped = {own_name(name): shape for name, shape in TENSORS.items()}
    assert len(mapped) == len(TENSORS) == 400
    assert mapped == own


def test_unknown_tensor_is_refused() -> None:
    with pytest.raises(CheckpointMismatchError, match=r"conv9"):
        own_name("base.conv9.weight")


def test_outputs_are_the_published_ones(network: PoolNetNetwork) -> None:
    state = {name: generated(name, shape) for name, shape in TENSORS.items()}
    assert is_published(state)
    network.load_state_dict(own_state(state))
    expected = np.load(FIXTURE.with_suffix(".npz"))
    image = torch.from_numpy(expected["image"]).permute(2, 0, 1)[None].float()
    with torch.inference_mode():
        edges, saliency = network.edges(image), network.saliency(image)
    outputs = {
        "edge_logits": edges.fused[0, 0],
        "side_logits": edges.sides[0],
        "saliency_logits": saliency[0, 0],
    }
    for name, output in outputs.items():
        assert output.shape == expected[name].shape
        difference = np.abs(output.numpy() - expected[name]).max()
        assert difference < 1e-4 * np.ptp(expected[name]), name
