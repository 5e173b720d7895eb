"""What the scale program does for one size, in this process: a fresh one is for the memory it measures."""

from __future__ import annotations

from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.benchmarks.scale import scale_table
from fsannot.programs.scale import measured
from tests.experiments.command_line import CHEAP


def test_a_size_is_reached_and_each_stage_has_its_cost() -> None:
    cheap = [o for o in CHEAP if not o.startswith(("metric", "projection@"))]
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("scale", overrides=["sizes=[60]", "dataset.images=8", "~features.kept", *cheap])
    config = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(config, dict)
    (size,) = config.pop("sizes")
    row = measured(config, size)
    assert row.segments >= 60 and row.images <= 8
    table = scale_table([row])
    assert "| segments | images |" in table and f"| {row.segments} | {row.images} |" in table
