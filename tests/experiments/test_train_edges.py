"""The training program on generated scenes, through its command line."""

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig

from fsannot.data.errors import DatasetError, InputError
from fsannot.edges.poolnet import PoolNetLite
from fsannot.programs.train_edges import train
from tests.experiments.command_line import call

QUICK = ("edge_training=quick", "device=cpu", "precision=fp32")


def composed(*overrides: str) -> DictConfig:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        return compose("train_edges", overrides=[*QUICK, *overrides])


def test_trains_and_goes_on_where_it_was(tmp_path: Path) -> None:
    options = (*QUICK, f"hydra.run.dir={tmp_path}", "edge_training.epochs=1")
    status, printed = call("train_edges", *options, cache=tmp_path / "cache")
    assert status == 0, printed
    assert "%|" not in printed  # no progress bar without a terminal
    assert json.loads((tmp_path / "summary.json").read_text())["steps"] == 4
    summary = train(composed("edge_training.epochs=2"), tmp_path)
    assert summary == json.loads((tmp_path / "summary.json").read_text())
    assert summary["steps"] == 8
    assert 0 <= summary["val_f"] <= 1
    assert (tmp_path / "figures" / "epoch_001.png").is_file()
    assert PoolNetLite(tmp_path / "weights.safetensors", device="cpu").fingerprint()


@pytest.mark.parametrize("override", ["precision=fp8", "training_logger=paper", "wandb_mode=loud"])
def test_unknown_options_are_refused(override: str, tmp_path: Path) -> None:
    extra = ["training_logger=wandb"] if "wandb" in override else []
    with pytest.raises(InputError, match=override.replace("=", "='?")):
        train(composed(override, *extra), tmp_path)


def test_missing_data_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="absent"):
        train(composed("edge_training=camvid", "data_root=absent"), tmp_path)
