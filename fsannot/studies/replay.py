"""A finished run done again from its own directory: the same actions, and whether they give the same masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import read_trace, replay
from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset
from fsannot.data.errors import ResultsError
from fsannot.evaluation.results import read_json
from fsannot.runs.masks import final_labels, read_mask
from fsannot.runs.older_versions import current_config
from fsannot.studies.configured_session import KEYS, configured_session


@dataclass(frozen=True)
class Replayed:
    """How a replayed session compares with the run it was recorded in.

    Attributes:
        folder: the run directory.
        images: how many it has.
        steps: actions carried out again.
        human_seconds: what they cost together, as recorded.
        different: ids of the images whose mask is not the stored one, pixel by pixel.
    """

    folder: Path
    images: int
    steps: int
    human_seconds: float
    different: tuple[str, ...]


def replay_run(folder: Path | str, *, cache: Path | str) -> Replayed:
    """Build the session ``config.yaml`` describes, do what ``trace.jsonl`` says, and compare with ``masks/``.

    Args:
        folder: run directory of ``annotate.py``, or an episode's of ``play.py``; of this version or version 0.1.
        cache: store of finished stages and layouts; an empty folder lets all of them be computed again.

    Returns:
        how the masks compare with the stored ones.

    Raises:
        ResultsError: the directory holds no finished session, its images are not those of the run, or the session
            takes another course than the trace; names the file.
        FsannotError: a part of the session cannot be made: images, weights or a device are not there.
    """
    folder = Path(folder)
    cfg = _session_config(folder)
    record = read_json(folder / "provenance.json")
    steps = list(read_trace(folder / "trace.jsonl"))
    dataset: Dataset = build(cfg, "dataset")
    _check_images(dataset, record, folder)
    cfg.cache = str(cache)
    session = configured_session(cfg, dataset=dataset, kind=AnnotationSession).session
    try:
        results = replay(session, steps)
    except ResultsError as error:
        raise ResultsError(
            f"{folder / 'trace.jsonl'}: {error}; the run is of commit {record.get('commit')}"
        ) from error
    return Replayed(
        folder=folder,
        images=len(dataset),
        steps=len(results),
        human_seconds=sum(step.human_seconds for step in steps),
        different=tuple(_different(session, dataset, folder)),
    )


def _session_config(folder: Path) -> DictConfig:
    """``config.yaml`` of a finished annotation session."""
    path = folder / "config.yaml"
    if not path.is_file():
        raise ResultsError(f"{folder}: holds no config.yaml; give the hydra.run.dir of a finished run")
    try:
        cfg = OmegaConf.load(path)
    except (OSError, UnicodeDecodeError, YAMLError, OmegaConfBaseException) as error:
        raise ResultsError(f"{path}: not a readable configuration ({error})") from error
    if not isinstance(cfg, DictConfig):
        raise ResultsError(f"{path}: not the configuration of a run")
    if "baseline" in cfg:
        raise ResultsError(
            f"{folder}: a run of clicks.py; its trace holds clicks and no session that could be replayed"
        )
    if not (folder / "summary.json").is_file():
        raise ResultsError(
            f"{folder}: holds no finished session, summary.json is missing; start the run again with the same "
            "hydra.run.dir; of play.py give the folder of an episode"
        )
    missing = [key for key in KEYS if key not in cfg]
    if missing:
        raise ResultsError(f"{path}: key {missing[0]} is missing, so it describes no annotation session")
    plain = OmegaConf.to_container(cfg, resolve=False)
    assert isinstance(plain, dict)
    return OmegaConf.create(current_config({str(key): value for key, value in plain.items()}))


def _check_images(dataset: Dataset, record: dict[str, object], folder: Path) -> None:
    """Raise unless these are the images the run was made on."""
    then, now = record.get("dataset"), dataset.fingerprint()
    if not isinstance(then, dict) or then.get("fingerprint") != now:
        raise ResultsError(
            f"{folder / 'provenance.json'}: the run was made on other images of {dataset.name} than those that "
            f"dataset of config.yaml finds now ({len(dataset)} images, fingerprint {now}); restore them"
        )


def _different(session: AnnotationSession, dataset: Dataset, folder: Path) -> list[str]:
    """Ids of the images whose mask in the session is not the stored one."""
    found = []
    for image, name in enumerate(dataset.ids):
        stored = final_labels(read_mask(folder, name), dataset.task)
        if image < len(session.state.label_maps):
            labels = final_labels(session.mask(image), dataset.task)
        else:  # the session ended before it was loaded
            labels = final_labels(np.full(stored.shape, -1), dataset.task)
        if not np.array_equal(labels, stored):
            found.append(name)
    return found
