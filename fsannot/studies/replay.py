"""A finished run done again from its own directory: the same actions, and whether they give the same masks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import read_trace, replay
from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset
from fsannot.data.errors import ResultsError
from fsannot.evaluation.results import read_json
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.runs.masks import final_labels, read_mask
from fsannot.studies.configured_session import KEYS, configured_session
from fsannot.studies.finished import finished_mask
from fsannot.studies.stored_config import stored_config, stored_dataset


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
    cfg = stored_config(folder)
    if "baseline" in cfg:
        raise ResultsError(
            f"{folder}: a run of clicks.py; its trace holds clicks and no session that could be replayed"
        )
    missing = [key for key in KEYS if key not in cfg]
    if missing:
        raise ResultsError(
            f"{folder / 'config.yaml'}: key {missing[0]} is missing, so it describes no annotation session"
        )
    record = read_json(folder / "provenance.json")
    steps = list(read_trace(folder / "trace.jsonl"))
    dataset = stored_dataset(cfg, folder)
    cfg.cache = str(cache)
    session = configured_session(cfg, dataset=dataset, kind=AnnotationSession).session
    finisher: Finisher = build(cfg, "finishing") if "finishing" in cfg else NoFinisher()
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
        different=tuple(_different(session, dataset, finisher, folder)),
    )


def _different(session: AnnotationSession, dataset: Dataset, finisher: Finisher, folder: Path) -> list[str]:
    """Ids of the images whose mask in the session is not the stored one."""
    found = []
    for image, name in enumerate(dataset.ids):
        stored = final_labels(read_mask(folder, name), dataset.task)
        labels = finished_mask(dataset, session, image, finisher)
        if not np.array_equal(labels, stored):
            found.append(name)
    return found
