"""Every YAML composes and instantiates."""

from __future__ import annotations

from pathlib import Path

import hydra
import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.data.errors import DeviceError, MissingWeightsError
from tests import fakes

CONF = Path(__file__).parents[2] / "conf"
GROUPS = "edges hierarchy features projection metric robot clock perception baseline clicker protocol logger".split()
PROGRAM_OF = dict.fromkeys(("baseline", "clicker", "protocol"), "clicks")
NAMES = [(g, p.stem) for g in GROUPS for p in sorted((CONF / g).glob("*.yaml"))]
NEEDS = (MissingWeightsError, DeviceError)
"""What a part may say instead of coming to life: its weights or its GPU are not here."""


@pytest.mark.parametrize(("group", "name"), NAMES, ids=lambda v: v)
def test_every_part_instantiates_or_says_what_it_lacks(group: str, name: str) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(PROGRAM_OF.get(group, "annotate"), overrides=[f"{group}={name}"])
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
    assert plain == preset
    if dataset["_target_"].endswith("Synthetic"):
        return
    root = fakes.write_fake_data_root(tmp_path)
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        cfg = compose(program, overrides=[f"experiment={path.stem}", f"data_root={root}"])
    assert len(hydra.utils.instantiate(cfg.dataset)) > 0


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_program_has_its_config(path: Path) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        compose(path.stem)
    assert (CONF.parent / "experiments" / f"{path.stem}.py").is_file()
