"""PoolNet over any trunk, its two edge models, and the weights in the package."""

from pathlib import Path

import numpy as np
import pytest
import torch

from fsannot.data.bsds import BSDS500
from fsannot.data.errors import CheckpointMismatchError, InputError, MissingWeightsError
from fsannot.edges.poolnet import LITE_WEIGHTS, PoolNet, PoolNetLite, lite_network
from fsannot.edges.poolnet_network import PoolNetNetwork, initialise_head
from fsannot.training.edges.losses import balanced_edge_loss
from fsannot.training.edges.validation import tolerant_f_measure


def small_network(**options: object) -> PoolNetNetwork:
    settings = {"backbone": "test_resnet", "widths": (4, 8, 8, 8, 8), "side_width": 4} | options
    return PoolNetNetwork(**settings)  # type: ignore[arg-type]


def image(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


@pytest.fixture(scope="module")
def lite() -> PoolNetLite:
    return PoolNetLite(device="cpu", precision="fp32")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"norm": True, "coarse_guides": True, "align_corners": False},
        {"backbone": "test_efficientnet", "output_stride": 32},
    ],
    ids=str,
)
def test_outputs_have_the_size_of_the_image(options: dict) -> None:
    network = small_network(**options)
    batch = torch.rand(2, 3, 70, 97) * 255
    edges = network(batch)
    assert edges.fused.shape == (2, 1, 70, 97)
    assert edges.sides.shape == (2, len(network.lateral) - 1, 70, 97)
    assert network.saliency(batch).shape == (2, 1, 70, 97)


def test_saliency_does_not_train_the_edge_branch() -> None:
    network = small_network()
    network.saliency(torch.rand(1, 3, 64, 64) * 255).sum().backward()
    assert all(p.grad is None for p in network.refine.parameters())
    assert all(p.grad is None for p in network.edge_scores.parameters())
    assert all(p.grad is not None for p in network.aggregate.parameters())
    assert all(p.grad is not None for p in network.edge_features.parameters())


def test_every_edge_output_gets_a_gradient() -> None:
    network = small_network()
    edges = network(torch.rand(1, 3, 64, 64) * 255)
    target = (torch.rand(1, 1, 64, 64) < 0.1).to(torch.int8)
    balanced_edge_loss(torch.cat([edges.fused, edges.sides], dim=1), target).backward()
    without = {n for n, p in network.named_parameters() if p.grad is None}
    assert all(n.startswith(("last_aggregate", "edge_features", "saliency_score")) for n in without)


def test_head_is_made_from_its_seed_alone() -> None:
    a, b, c = (small_network() for _ in range(3))
    for network, seed in ((a, 0), (b, 0), (c, 1)):
        initialise_head(network, torch.Generator().manual_seed(seed))
    assert torch.equal(a.guides[0][0].weight, b.guides[0][0].weight)
    assert not torch.equal(a.guides[0][0].weight, c.guides[0][0].weight)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backbone": "resnet5O"}, "no timm model"),
        ({"widths": (8, 8)}, "one entry a level"),
        ({"widths": (8, 8, 8, 8, 2)}, "at least 4 channels"),
    ],
)
def test_settings_that_do_not_fit_are_refused(options: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        small_network(**options)


def test_missing_weights_say_where_they_are_published(tmp_path: Path) -> None:
    with pytest.raises(MissingWeightsError, match=r"github\.com/backseason/PoolNet.*edges\.weights"):
        PoolNet(weights=None)
    with pytest.raises(MissingWeightsError, match="absent"):
        PoolNetLite(weights=tmp_path / "absent.safetensors")


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.pt"
    torch.save({"layer.weight": torch.zeros(3)}, file)
    with pytest.raises(CheckpointMismatchError, match="does not fit"):
        PoolNetLite(weights=file)
    torch.save([1, 2], file)
    with pytest.raises(CheckpointMismatchError, match="state dict"):
        PoolNetLite(weights=file)


def test_shipped_weights_are_small_and_complete() -> None:
    assert LITE_WEIGHTS.stat().st_size < 10_000_000
    assert LITE_WEIGHTS.with_suffix(".md").is_file()
    assert sum(p.numel() for p in lite_network(imagenet=False).parameters()) < 5_000_000


def test_batches_of_equal_and_other_sizes_agree_with_single_images(lite: PoolNetLite) -> None:
    images = [image(64, 96, 0), image(50, 70, 1), image(64, 96, 2), image(5, 3, 3)]
    together = PoolNetLite(device="cpu", precision="fp32", batch_size=2).predict(images)
    for one, edge_map in zip(images, together, strict=True):
        assert edge_map.shape == one.shape[:2]
        np.testing.assert_allclose(lite.predict([one])[0], edge_map, atol=1e-4)


def test_finds_the_border_of_a_disk(lite: PoolNetLite) -> None:
    y, x = np.mgrid[:160, :200]
    radius = np.hypot(y - 80, x - 100)
    picture = np.full((160, 200, 3), (60, 120, 60), np.uint8)
    picture[radius < 45] = (200, 60, 40)
    edge_map = lite.predict([picture])[0]
    assert edge_map[np.abs(radius - 45) < 1].mean() > 0.5
    assert edge_map[np.abs(radius - 45) > 12].mean() < 0.1


def test_bf16_finds_the_same_edges(lite: PoolNetLite) -> None:
    picture = image(96, 96)
    low = PoolNetLite(device="cpu", precision="bf16")
    assert np.abs(low.predict([picture])[0] - lite.predict([picture])[0]).max() < 0.1


def test_fingerprint_is_of_weights_and_settings(lite: PoolNetLite, tmp_path: Path) -> None:
    assert lite.fingerprint() == PoolNetLite(device="cpu", precision="fp32", batch_size=3).fingerprint()
    network = lite_network(imagenet=False)
    torch.save(network.state_dict(), tmp_path / "other.pt")
    other = PoolNetLite(tmp_path / "other.pt", device="cpu", precision="fp32")
    assert other.fingerprint() != lite.fingerprint()


@pytest.mark.realdata
def test_shipped_model_finds_human_boundaries(lite: PoolNetLite, realdata: Path) -> None:
    bsds = BSDS500(realdata / "BSDS500", "val")
    chosen = range(0, 100, 25)
    maps = [lite.predict([bsds.image(i)])[0] for i in chosen]
    assert tolerant_f_measure(maps, [bsds.boundaries(i) for i in chosen]) > 0.68
