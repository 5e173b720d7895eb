"""The click training program on generated scenes, through its command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module

from fsannot.clicks.predictors.pyramid import TrainedPyramidPredictor
from fsannot.data.errors import DatasetError
from fsannot.programs.train_clicks import train
from tests.experiments.command_line import call

QUICK = ("click_training=quick", "click_training.epochs=1", "device=cpu", "precision=fp32")


def test_trains_and_writes_what_the_baseline_loads(tmp_path: Path) -> None:
    status, printed = call("train_clicks", *QUICK, f"hydra.run.dir={tmp_path}", cache=tmp_path / "cache")
    assert status == 0, printed
    assert "%|" not in printed  # no progress bar without a terminal
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert json.loads(printed.splitlines()[-1]) == summary
    assert summary["steps"] == 2
    assert all(0 <= summary[f"val_iou_{k}"] <= 1 for k in (1, 3, 5))
    assert (tmp_path / "checkpoints" / "last.ckpt").is_file()
    assert (tmp_path / "log" / "metrics.csv").is_file()
    assert TrainedPyramidPredictor(tmp_path / "weights.safetensors", device="cpu").fingerprint()


def test_missing_data_is_named(tmp_path: Path) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("train_clicks", overrides=["data_root=absent", "device=cpu"])
    with pytest.raises(DatasetError, match="absent"):
        train(cfg, tmp_path)
