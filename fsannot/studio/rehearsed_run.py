"""A finished run rehearsed: its trace by hand in the page, and its masks compared."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.trace import read_trace
from fsannot.configuration.build import build
from fsannot.data.errors import FsannotError
from fsannot.runs.masks import final_labels, read_mask
from fsannot.simulation.eyesight import sight_of
from fsannot.studies.stored_config import stored_config, stored_dataset
from fsannot.studio.hand import hand_at
from fsannot.studio.opening import open_studio
from fsannot.studio.rehearsal import Rehearsal, Rehearsed
from fsannot.studio.serve import serving

PARTS = ("edges", "hierarchy", "projection", "local_projection", "metric", "clock")
SETTINGS = ("workers", "batch_size", "semi_supervised", "first_images", "batch_images", "seed")


@dataclass(frozen=True)
class RehearsedRun:
    """How a rehearsal compares with its run.

    Attributes:
        played: which actions were made by hand.
        images: how many masks were compared.
        different: ids of the images whose mask differs, pixel by pixel.
    """

    played: Rehearsed
    images: int
    different: tuple[str, ...]


def rehearse_run(folder: Path, *, cache: Path) -> RehearsedRun:
    """Play the trace of a run in the page, with a mouse and a keyboard.

    Args:
        folder: run directory of a robot.
        cache: store of finished stages.

    Returns:
        what was made by hand, and how the masks compare with those of the run.

    Raises:
        ResultsError: the directory holds no finished session, or its images are not those of the run.
        InputError: Playwright or Chromium is not installed.
        FsannotError: the session cannot be opened.
    """
    cfg = stored_config(folder)
    dataset = stored_dataset(cfg, folder)
    steps = list(read_trace(folder / "trace.jsonl"))
    parts: dict[str, Any] = {name: build(cfg, name) for name in PARTS}
    with tempfile.TemporaryDirectory() as scratch:
        office = open_studio(
            dataset=dataset,
            **parts,
            features=lambda: build(cfg, "features"),
            folder=Path(scratch),
            cache=cache,
            **{name: cfg[name] for name in SETTINGS},
            views=sight_of(build(cfg, "perception"), cfg.seed) is not None,
        )
        try:
            while office.status()["phase"] == "preparing" or office.preparation.prepared < len(dataset):
                if problem := office.status()["problem"]:
                    raise FsannotError(problem)
                time.sleep(0.05)
            if problem := office.status()["problem"]:
                raise FsannotError(problem)
            with serving(office) as address, hand_at(address) as hand:
                played = Rehearsal(hand, office.desk, seed=cfg.seed).play(step.action for step in steps)
            session = office.desk.session
            loaded = len(session.state.label_maps)
            different = []
            for image, name in enumerate(dataset.ids):
                stored = final_labels(read_mask(folder, name), dataset.task)
                mask = session.mask(image) if image < loaded else np.full(stored.shape, -1)
                if not np.array_equal(final_labels(mask, dataset.task), stored):
                    different.append(name)
        finally:
            office.close()
    return RehearsedRun(played, len(dataset), tuple(different))
