"""Every YAML of ``conf/dataset`` opens its dataset, with all keyword arguments of the class written out."""

from __future__ import annotations

import inspect
from pathlib import Path

import hydra
import pytest
from omegaconf import OmegaConf

from tests.fakes import write_fake_data_root

CONF = Path(__file__).parents[2] / "conf/dataset"
OURS = ("icoseg", "davis", "rooftop", "cityscapes", "camvid", "synthetic")


@pytest.fixture(scope="module")
def data_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake_data_root(tmp_path_factory.mktemp("data"), size=(48, 64))


@pytest.mark.parametrize("name", OURS)
def test_config_opens_its_dataset(name: str, data_root: Path) -> None:
    cfg = OmegaConf.create({"data_root": str(data_root), "dataset": OmegaConf.load(CONF / f"{name}.yaml")})
    dataset = hydra.utils.instantiate(cfg.dataset)
    assert dataset.name == name
    assert len(dataset) > 0
    signature = inspect.signature(type(dataset)).parameters
    assert set(cfg.dataset) - {"_target_"} == set(signature)
    for key, parameter in signature.items():
        if parameter.default is not inspect.Parameter.empty:
            default = parameter.default
            assert cfg.dataset[key] == (list(default) if isinstance(default, tuple) else default), key
    cfg.dataset.groups = [dataset.groups[0]]
    assert set(hydra.utils.instantiate(cfg.dataset).groups) == {dataset.groups[0]}
