"""Every YAML composes and instantiates."""

from __future__ import annotations

from pathlib import Path

import hydra
import pytest
from hydra import compose, initialize_config_module
from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf

from fsannot.data.errors import DatasetError, DeviceError, MissingWeightsError
from fsannot.studies.search import register_resolvers
from tests import fakes
from tests.fakes.bsds import write_bsds

CONF = Path(__file__).parents[2] / "conf"
PARTS = "edges hierarchy features projection metric robot clock perception motor finishing"
GROUPS = f"{PARTS} baseline clicker protocol logger".split()
PROGRAM_OF = dict.fromkeys(("baseline", "clicker", "protocol"), "clicks")
NAMES = [(g, p.stem) for g in GROUPS for p in sorted((CONF / g).glob("*.yaml"))]
TRAINER_OF = {
    "edge_network": "train_edges", "edge_training": "train_edges",
    "click_network": "train_clicks", "click_training": "train_clicks",
}  # fmt: skip
TRAINING = [(g, p.stem) for g in TRAINER_OF for p in sorted((CONF / g).glob("*.yaml"))]
NEEDS = (MissingWeightsError, DeviceError)
"""What a part may say instead of coming to life: its weights or its GPU are not here."""


@pytest.mark.parametrize(("group", "name"), NAMES, ids=lambda v: v)
def test_every_part_instantiates_or_says_what_it_lacks(
    group: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    overrides = [f"{group}={name}"]
    if (group, name) == ("logger", "search"):  # part of a search, which says where the study is
        register_resolvers()
        overrides = ["search=hierarchy", f"hydra.sweep.dir={tmp_path}"]
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        program = PROGRAM_OF.get(group, "annotate")
        cfg = compose(program, overrides=overrides, return_hydra_config=len(overrides) > 1)
    if len(overrides) > 1:
        monkeypatch.setattr(HydraConfig.instance(), "cfg", cfg)
    if group == "logger":
        for part in cfg.logger.values():
            assert hydra.utils.instantiate(part) is not None
        return
    try:
        assert hydra.utils.instantiate(cfg[group], _convert_="all") is not None
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, NEEDS):
            cause = cause.__cause__
        assert cause is not None, f"{group}/{name}: {error}"


@pytest.mark.parametrize(("group", "name"), TRAINING, ids=lambda v: v)
def test_every_training_part_instantiates_or_says_what_it_lacks(
    group: str, name: str, tmp_path: Path
) -> None:
    root = fakes.write_fake_data_root(tmp_path)
    for split in ("train", "val"):
        write_bsds(root / "BSDS500", split, ["10", "20"])
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(TRAINER_OF[group], overrides=[f"{group}={name}", f"data_root={root}"])
    try:
        assert hydra.utils.instantiate(cfg[group], _convert_="all") is not None
    except hydra.errors.InstantiationException as error:
        # the fake Cityscapes has no training images
        assert isinstance(error.__cause__, MissingWeightsError | DatasetError), error


@pytest.mark.parametrize("path", sorted((CONF / "experiment").glob("*.yaml")), ids=lambda p: p.stem)
@pytest.mark.parametrize("program", ["annotate", "clicks"])
def test_presets_differ_in_the_dataset_only(program: str, path: Path, tmp_path: Path) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        plain = OmegaConf.to_container(compose(program), resolve=False)
        preset = OmegaConf.to_container(
            compose(program, overrides=[f"experiment={path.stem}"]), resolve=False
        )
    assert isinstance(plain, dict) and isinstance(preset, dict)
    plain.pop("dataset")
    dataset = preset.pop("dataset")
    if path.stem == "quickstart":  # small drawn images: one scale of the four, and no tiles
        assert preset.pop("edges") == plain.pop("edges")["model"]["model"]
    assert plain == preset
    if dataset["_target_"].endswith("Synthetic"):
        return
    root = fakes.write_fake_data_root(tmp_path)
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(program, overrides=[f"experiment={path.stem}", f"data_root={root}"])
    assert len(hydra.utils.instantiate(cfg.dataset)) > 0


@pytest.mark.parametrize("path", sorted((CONF / "search").glob("*.yaml")), ids=lambda p: p.stem)
def test_searches_vary_settings_there_are(path: Path) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose("annotate", overrides=[f"search={path.stem}"], return_hydra_config=True)
    params = cfg.hydra.sweeper.params or {}
    assert cfg.hydra.sweeper.direction == "maximize" and bool(params) == (path.stem != "study")
    assert cfg.hydra.sweeper.study_name == (path.stem if params else None)
    for key in params:
        assert OmegaConf.select(cfg, key, throw_on_missing=True) is not None, key


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_program_has_its_config(path: Path) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(path.stem, return_hydra_config=True)
    assert (CONF.parent / "experiments" / f"{path.stem}.py").is_file()
    for log in (cfg.hydra.job_logging, cfg.hydra.hydra_logging):
        if log.get("root") is not None:  # results go to standard output, and nothing else
            assert log.handlers.console.stream == "ext://sys.stderr"
