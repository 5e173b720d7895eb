"""The iterative training as a whole, on generated scenes."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fsannot.clicks.predictors.pyramid import TrainedPyramidPredictor
from fsannot.data.errors import CheckpointMismatchError, InputError, MissingWeightsError
from fsannot.lite0 import lite0_state_dict
from fsannot.networks.encoding import disk_maps
from fsannot.training.clicks.losses import normalised_focal_loss
from fsannot.training.clicks.module import ClickTraining
from fsannot.training.clicks.start import lite_start, timm_start
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.module import export_weights
from tests.training.clicks.training_run import small_data, small_training, train


def test_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    """SIGKILL in the middle of the second epoch; the resumed run equals the undisturbed one bit for bit."""
    undisturbed = small_training()
    train(undisturbed, tmp_path / "whole", validate_every=3)
    command = [sys.executable, "-m", "tests.training.clicks.training_run", str(tmp_path / "killed")]
    killed = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    checkpoint = tmp_path / "killed" / "checkpoints" / "last.ckpt"
    assert torch.load(checkpoint, weights_only=True)["hyper_parameters"]["iterations"] == 3
    resumed = small_training()
    summary = train(resumed, tmp_path / "killed")
    assert summary["steps"] == 12
    assert 0 <= summary["val_iou_1"] <= 1
    for name, tensor in undisturbed.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_what_is_frozen_stays_and_the_rest_learns(tmp_path: Path) -> None:
    module = small_training()
    before = {k: v.clone() for k, v in module.network.state_dict().items()}
    train(module, tmp_path, epochs=1)
    module.train()
    norms = [m for m in module.network.backbone.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all(not m.training for m in norms)
    after = module.network.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert not {k for k in changed if k.startswith("backbone.") and "bn" in k}
    assert {k for k in changed if k.startswith("backbone.")}
    assert {k for k in changed if k.startswith("score")}
    assert {k for k in changed if k.startswith("lateral") and "running_mean" in k}


def practise(module: ClickTraining, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """First clicks and targets of a batch, clicks and previous answer after practising on it."""
    batch = next(iter(small_data(per_view=3).train_dataloader()))
    target, first = batch["target"].flatten(0, 1)[:, None], batch["slots"].flatten(0, 1)
    features = module.network.features(batch["image"])
    return first, target, *module.practise(features, target, first, np.random.default_rng(seed))


def test_practice_adds_clicks_in_the_errors_and_feeds_the_answer_back() -> None:
    module = small_training(withheld=0.0)
    module.train()
    counts = set()
    for seed in range(20):
        first, target, slots, previous = practise(module, seed)
        used = int((first >= 0).any(3).any(0).any(0).sum())
        counts.add(added := slots.shape[2] - used)
        assert module.network.training  # back from evaluation mode
        assert torch.equal(slots[:, :, :used], first[:, :, :used])
        assert bool(previous.any()) == (added > 0)
        for b, sign, k in torch.nonzero(slots[:, :, used:, 0] >= 0).tolist():
            y, x = slots[b, sign, used + k].long().tolist()
            assert target[b, 0, y, x] == 1 - sign
    assert counts == {0, 1, 2, 3}


def test_the_previous_answer_can_be_withheld() -> None:
    module = small_training(withheld=1.0)
    module.train()
    for seed in range(4):
        assert not practise(module, seed)[3].any()


def test_frozen_levels_keep_their_weights(tmp_path: Path) -> None:
    module = small_training(frozen_levels=1)
    before = {k: v.clone() for k, v in module.network.backbone.state_dict().items()}
    train(module, tmp_path, epochs=1)
    after = module.network.backbone.state_dict()
    changed = {k.split(".")[0] for k in before if not torch.equal(before[k], after[k])}
    assert "layer4" in changed
    assert not changed & {"conv1", "bn1"}
    with pytest.raises(InputError, match="frozen_levels=9"):
        small_training(frozen_levels=9)


def test_few_objects_are_learnt_by_heart() -> None:
    """What tells that clicks reach the answer: objects of the same image differ in nothing but their clicks."""
    torch.manual_seed(0)
    module = small_training()
    batch = next(
        iter(small_data(per_view=4, augmentation=Augmentation(crop=64, colour=0.0)).train_dataloader())
    )
    target, slots = batch["target"].flatten(0, 1)[:, None], batch["slots"].flatten(0, 1)
    previous = torch.zeros(target.shape)
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
    module.train()
    for _ in range(40):
        optimizer.zero_grad()
        logits = module.network.decode(module.network.features(batch["image"]), previous, slots)
        normalised_focal_loss(logits, target).backward()
        optimizer.step()
    answer, wanted, known = logits > 0, target == 1, target >= 0
    overlap = (answer & wanted & known).sum((1, 2, 3)) / ((answer | wanted) & known).sum((1, 2, 3))
    assert overlap.mean() > 0.6


def test_objects_of_an_image_are_answered_as_if_each_were_alone() -> None:
    network = timm_start(backbone="test_resnet", width=8, backbone_weights="random").eval()
    generator = torch.Generator().manual_seed(0)
    images, previous = (
        torch.rand(2, 3, 64, 96, generator=generator),
        torch.rand(6, 1, 64, 96, generator=generator),
    )
    slots = torch.rand(6, 2, 2, 2, generator=generator) * 60
    with torch.no_grad():
        together = network.decode(network.features(images), previous, slots)
        for k in range(6):
            alone = network(images[k // 3, None], previous[k, None], slots[k, None])
            torch.testing.assert_close(together[k, None], alone, atol=1e-4, rtol=1e-4)


def test_lite_starts_as_imagenet_left_it() -> None:
    own, published = lite_start().backbone.state_dict(), lite0_state_dict(classifier=False)
    for name in ("conv_stem.weight", "blocks.3.1.conv_pw.weight"):
        assert torch.equal(own[name], published[name])


def test_starts_are_seeded_and_load_their_own_weights(tmp_path: Path) -> None:
    first, same, other = (
        timm_start(backbone="test_resnet", width=8, backbone_weights="random", seed=s) for s in (1, 1, 2)
    )
    key = "score.weight"
    assert torch.equal(first.state_dict()[key], same.state_dict()[key])
    assert not torch.equal(first.state_dict()[key], other.state_dict()[key])
    file = tmp_path / "weights.safetensors"
    export_weights(first, file)
    again = timm_start(backbone="test_resnet", width=8, weights=file)
    torch.testing.assert_close(again.state_dict()[key], first.state_dict()[key], atol=1e-3, rtol=1e-3)
    assert (
        TrainedPyramidPredictor(file, backbone="test_resnet", width=8, device="cpu").name
        == "pyramid_test_resnet"
    )
    with pytest.raises(CheckpointMismatchError, match=r"weights\.safetensors"):
        timm_start(backbone="test_resnet", width=16, weights=file)
    with pytest.raises(CheckpointMismatchError, match=r"weights\.safetensors"):
        lite_start(weights=file)


def test_missing_weights_name_the_setting() -> None:
    with pytest.raises(MissingWeightsError, match=r"click_network\.backbone_weights"):
        timm_start()
    with pytest.raises(MissingWeightsError, match=r"baseline\.weights"):
        TrainedPyramidPredictor(backbone="test_resnet", device="cpu")


@pytest.mark.parametrize(
    "options",
    [{"lr": 0.0}, {"backbone_lr": -1.0}, {"iterations": -1}, {"withheld": 2.0}, {"threshold": 0.0}],
    ids=str,
)
def test_invalid_options_are_named(options: dict[str, Any]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"{key}="):
        small_training(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"backbone": "resnet_of_nobody"}, "no timm model"),
        ({"backbone": "test_vit"}, "strides"),
        ({"backbone": "test_resnet", "width": 2}, "width=2"),
    ],
)
def test_networks_that_cannot_be_built_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        timm_start(backbone_weights="random", **options)


@pytest.mark.parametrize("shape", [(1, 1), (5, 70), (64, 64), (33, 47)])
def test_logits_have_the_size_of_any_image(shape: tuple[int, int]) -> None:
    network = timm_start(backbone="test_resnet", width=8, backbone_weights="random").eval()
    slots = torch.full((2, 2, 1, 2), -1.0)
    slots[:, 0] = 0.0
    with torch.no_grad():
        logits = network(torch.rand(2, 3, *shape), torch.zeros(2, 1, *shape), slots)
    assert logits.shape == (2, 1, *shape)
    assert torch.isfinite(logits).all()
    assert disk_maps(slots, shape)[0, 0, 0, 0] == 1
