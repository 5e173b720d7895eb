"""Training: what is frozen, what is logged, and that a killed run ends where an undisturbed one does."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from torch import nn

from fsannot.data.bsds import BSDS500
from fsannot.data.camvid import CamVid
from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.data.synthetic import Synthetic
from fsannot.training.edges.augment import Augmentation
from fsannot.training.edges.data import (
    BSDSRegions,
    DatasetMasks,
    DatasetRegions,
    EpochSampler,
    Share,
    Views,
)
from fsannot.training.edges.grid import PredictionGrid
from fsannot.training.edges.module import EdgeTraining, export_weights
from fsannot.weights import load_checkpoint
from tests.training.edges.training_run import fit, small_data, small_training


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def test_killed_training_ends_with_the_same_weights(tmp_path: Path) -> None:
    """SIGKILL in the middle of the second epoch; the resumed run equals the undisturbed one bit for bit."""
    undisturbed = small_training()
    fit(undisturbed, tmp_path / "whole")
    command = [sys.executable, "-m", "tests.training.edges.training_run", str(tmp_path / "killed")]
    killed = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-2000:]
    assert (tmp_path / "killed" / "last.ckpt").is_file()
    resumed = small_training()
    trainer = fit(resumed, tmp_path / "killed")
    assert trainer.global_step == 12
    for name, tensor in undisturbed.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_checkpoint_holds_plain_values_only(tmp_path: Path) -> None:
    fit(small_training(), tmp_path, epochs=1)
    checkpoint = torch.load(tmp_path / "last.ckpt", weights_only=True)
    assert checkpoint["hyper_parameters"]["schedule"] == "cosine"


def test_trunk_batchnorm_is_frozen_and_the_head_learns(tmp_path: Path) -> None:
    module = small_training(frozen_levels=2)
    before = {k: v.clone() for k, v in module.network.state_dict().items()}
    fit(module, tmp_path, epochs=1)
    module.train()
    norms = [m for m in module.network.backbone.modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms
    assert all(not m.training for m in norms)
    after = module.network.state_dict()
    changed = {k for k in before if not torch.equal(before[k], after[k])}
    assert not {k for k in changed if k.startswith("backbone.") and "bn" in k}
    assert not {k for k in changed if k.startswith(("backbone.conv1", "backbone.layer1"))}
    assert {k for k in changed if k.startswith("backbone.layer4")}
    assert {k for k in changed if k.startswith("edge_scores")}
    assert {k for k in changed if k.startswith("saliency_score")}
    assert {k for k in changed if k.startswith("lateral") and "running_mean" in k}


def test_loss_falls_and_is_logged_with_the_score(tmp_path: Path) -> None:
    logger = CSVLogger(tmp_path, name="", version="log")
    trainer = fit(small_training(lr=5e-3), tmp_path, epochs=6, logger=logger, log_every_n_steps=1)
    rows = np.genfromtxt(tmp_path / "log" / "metrics.csv", delimiter=",", names=True)
    losses = rows["loss"][~np.isnan(rows["loss"])]
    assert losses[-1] < losses[0]
    assert {"loss", "edge_loss", "saliency_loss", "val_f"} <= set(trainer.callback_metrics)
    assert 0 <= trainer.callback_metrics["val_f"] <= 1


def test_accumulated_steps_are_fewer_and_bf16_trains(tmp_path: Path) -> None:
    module = small_training()
    trainer = fit(module, tmp_path, epochs=1, accumulate_grad_batches=2, precision="bf16-mixed")
    assert trainer.global_step == 2
    assert all(torch.isfinite(p).all() for p in module.parameters())


def test_boundaries_alone_and_without_validation(tmp_path: Path) -> None:
    trainer = fit(small_training(), tmp_path, epochs=1, data=small_data(saliency=(), validation=None))
    assert "saliency_loss" not in trainer.callback_metrics
    assert trainer.callback_metrics["loss"] > 0


def test_published_constants_are_the_defaults() -> None:
    module = EdgeTraining(small_training().network)
    module.trainer = pl.Trainer(logger=False, enable_checkpointing=False)
    optimizer = module.configure_optimizers()["optimizer"]
    assert type(optimizer) is torch.optim.Adam
    assert {g["lr"] for g in optimizer.param_groups} == {5e-5}
    assert {g["weight_decay"] for g in optimizer.param_groups} == {5e-4}


def test_grids_are_drawn_to_files_and_logger(tmp_path: Path) -> None:
    grid = PredictionGrid([np.zeros((50, 60, 3), np.uint8)] * 2, tmp_path / "figures", width=48)
    logger = TensorBoardLogger(tmp_path, name="", version="log")
    fit(small_training(), tmp_path, epochs=1, callbacks=(grid,), logger=logger, log_every_n_steps=1)
    assert (tmp_path / "figures" / "epoch_000.png").stat().st_size > 0
    assert b"predictions" in next((tmp_path / "log").glob("events*")).read_bytes()


def test_exported_weights_load_and_are_half_the_size(tmp_path: Path) -> None:
    network = small_training().network
    export_weights(network, tmp_path / "w.safetensors")
    state = load_checkpoint(tmp_path / "w.safetensors")
    assert isinstance(state, dict)
    assert set(state) == set(network.state_dict())
    network.load_state_dict(state)


@pytest.mark.parametrize(
    "options", [{"lr": 0.0}, {"warmup": -1}, {"optimizer": "sgd"}, {"schedule": "none"}, {"frozen_levels": 9}]
)
def test_invalid_settings_are_refused(options: dict) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        small_training(**options)


def test_order_is_a_function_of_seed_and_epoch() -> None:
    few, many = Synthetic(images=3, size=(64, 64)), Synthetic(images=10, size=(64, 64))
    shares = [Share(DatasetMasks(few), 7), Share(DatasetMasks(many), 4)]
    sampler, again = EpochSampler(shares, seed=0), EpochSampler(shares, seed=0)
    first = list(sampler)
    assert first == list(again)
    assert len(sampler) == len(first) == 11
    counts = np.bincount([index for _, share, index in first if share == 0])
    assert counts.min() >= 2  # seven of three: each twice before one comes a third time
    assert len({index for _, share, index in first if share == 1}) == 4
    sampler.set_epoch(1)
    assert [key[1:] for key in sampler] != [key[1:] for key in first]
    assert all(epoch == 1 for epoch, _, _ in sampler)


def test_views_are_a_function_of_their_key() -> None:
    shares = [Share(DatasetRegions(Synthetic(images=2, size=(64, 64), task="semantic")), 2)]
    views, again = (Views(shares, Augmentation(crop=64), seed=3, kind="boundaries") for _ in range(2))
    one, same, other = views[(0, 0, 1)], again[(0, 0, 1)], views[(1, 0, 1)]
    assert torch.equal(one["image"], same["image"])
    assert torch.equal(one["target"], same["target"])
    assert not torch.equal(one["image"], other["image"])
    assert one["image"].shape == (3, 64, 64)
    assert one["target"].shape == (1, 64, 64)
    assert set(one["target"].unique().tolist()) <= {IGNORE, 0, 1}


def test_masks_need_a_foreground_dataset() -> None:
    with pytest.raises(InputError, match="foreground"):
        DatasetMasks(Synthetic(images=1, task="semantic"))


def test_instances_separate_regions_of_one_class() -> None:
    dataset = Synthetic(images=1, size=(64, 96), task="semantic")
    sample = dataset[0]
    _, labels = DatasetRegions(dataset).read(0)
    assert sample.instances is not None
    pairs = np.unique(np.stack([sample.target, sample.instances], -1).reshape(-1, 2), axis=0)
    assert len(np.unique(labels)) == len(pairs)


@pytest.mark.realdata
def test_real_boundaries_become_views(realdata: Path) -> None:
    sources = [
        BSDSRegions(str(realdata / "BSDS500"), "train"),
        DatasetRegions(CamVid(root=realdata / "CamVid", split="train")),
    ]
    views = Views([Share(s, 1) for s in sources], Augmentation(crop=320), seed=0, kind="boundaries")
    for number in range(2):
        target = views[(0, number, 3)]["target"]
        assert 0.002 < (target == 1).float().mean() < 0.2
    train, val = (set(BSDS500(realdata / "BSDS500", split).ids) for split in ("train", "val"))
    assert not train & val
