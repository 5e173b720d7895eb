"""Configuration and images of a finished run, read from its directory."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset
from fsannot.data.errors import ResultsError
from fsannot.evaluation.results import read_json
from fsannot.runs.config_text import parsed_config
from fsannot.runs.older_versions import current_config


def stored_config(folder: Path) -> DictConfig:
    """``config.yaml`` of a finished run, of this version or version 0.1.

    Args:
        folder: run directory.

    Returns:
        the configuration with today's names.

    Raises:
        ResultsError: the run is not finished, or its configuration cannot be read; names the file.
    """
    path = folder / "config.yaml"
    if not path.is_file():
        raise ResultsError(f"{folder}: holds no config.yaml; give the hydra.run.dir of a finished run")
    try:
        text = path.read_text(encoding="utf-8")
        parsed_config(text, path)
        cfg = OmegaConf.create(text)
        if not isinstance(cfg, DictConfig):
            raise ValueError(f"a {type(cfg).__name__} instead of settings")
        plain = OmegaConf.to_container(cfg, resolve=False)
    except (OSError, ValueError, TypeError, YAMLError, OmegaConfBaseException, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ResultsError(
            f"{path}: not the configuration of a run ({reason}); restore it, or run again"
        ) from error
    if not (folder / "summary.json").is_file():
        raise ResultsError(
            f"{folder}: holds no finished session, summary.json is missing; start the run again with the same "
            "hydra.run.dir; of play.py give the folder of an episode"
        )
    assert isinstance(plain, dict)
    return OmegaConf.create(current_config({str(key): value for key, value in plain.items()}))


def stored_dataset(cfg: DictConfig, folder: Path) -> Dataset:
    """The images a run was made on.

    Args:
        cfg: its configuration.
        folder: run directory.

    Returns:
        the dataset.

    Raises:
        ResultsError: the images found now are not those of the run.
        DatasetError: they are not there.
    """
    if "dataset" not in cfg:
        raise ResultsError(
            f"{folder / 'config.yaml'}: key dataset is missing, so it does not say where the images are"
        )
    dataset: Dataset = build(cfg, "dataset")
    then, now = read_json(folder / "provenance.json").get("dataset"), dataset.fingerprint()
    if not isinstance(then, dict) or then.get("fingerprint") != now:
        raise ResultsError(
            f"{folder / 'provenance.json'}: the run was made on other images of {dataset.name} than those that "
            f"dataset of config.yaml finds now ({len(dataset)} images, fingerprint {now}); restore them"
        )
    return dataset
