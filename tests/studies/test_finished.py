"""Finishing after a session, a click run and majority labels: both measures in the results, finished masks on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import fsannot as fa
from fsannot.finishing.guided import Guided
from fsannot.runs.masks import read_mask
from fsannot.studies.majority import run_majority
from fsannot.studies.replay import replay_run
from tests.experiments.command_line import CHEAP, call

IMAGES: dict[str, Any] = {"images": 3, "size": [64, 96]}


def test_the_readme_way(tmp_path: Path) -> None:
    """One session, without and with finishing: the same labels and curve, other masks, both scores."""
    data = fa.dataset("synthetic", **IMAGES)
    prepared = fa.prepare(
        data,
        edges=fa.edges("gradient"),
        hierarchy=fa.hierarchy("area", threshold=40.0),
        features=fa.features("efficientnet_lite0_small", size=64, device="cpu"),
        projection=fa.projection("pca"),
        local_projection=fa.projection("pca"),
        metric=fa.metric("none"),
        cache=tmp_path / "cache",
        workers=0,
    )
    plain = fa.simulate(prepared, robot=fa.robot("greedy_box"))
    finished = fa.simulate(prepared, robot=fa.robot("greedy_box"), finishing=fa.finishing("guided", eps=0.1))
    assert finished.curve == plain.curve and plain.summary.finisher is None
    assert finished.summary.iou_mean == plain.summary.iou_mean
    assert finished.summary.finisher == "guided" and finished.summary.finishing_seconds_per_image > 0
    assert finished.summary.finished_iou_mean == pytest.approx(
        np.mean([row.finished_iou for row in finished.rows])
    )
    changed = [name for name in data.ids if not np.array_equal(plain.masks[name], finished.masks[name])]
    assert changed
    folder = finished.save(tmp_path / "run")
    run = fa.read_run(folder)
    assert run.rows == finished.rows and run.summary == finished.summary
    assert "finishing:" in run.config and "guided" in run.config
    for name in data.ids:
        np.testing.assert_array_equal(run.masks[name], finished.masks[name])
    assert "finished_iou" not in (plain.save(tmp_path / "plain") / "results.csv").read_text()
    assert "IoU, mean, finished" in (folder / "report.html").read_text()


def test_the_command_line_prints_both_and_replays_the_masks(tmp_path: Path) -> None:
    status, printed = call(
        "annotate",
        *CHEAP,
        "finishing=guided",
        f"hydra.run.dir={tmp_path / 'run'}",
        cache=tmp_path / "cache",
    )
    assert status == 0, printed
    assert "mean IoU" in printed and "after finishing (guided)" in printed
    replayed = replay_run(tmp_path / "run", cache=tmp_path / "cache")
    assert not replayed.different


def test_clicked_masks_get_the_same_finishing_and_clicked_pixels_hold(tmp_path: Path) -> None:
    data = fa.dataset("synthetic", **IMAGES)
    protocol = fa.protocol(max_clicks=3)
    common: dict[str, Any] = {
        "baseline": fa.baseline("geodesic"),
        "protocol": protocol,
        "cache": tmp_path / "c",
    }
    plain = fa.click(data, folder=tmp_path / "plain", **common)
    done = fa.click(data, folder=tmp_path / "done", finishing=Guided(eps=0.1), **common)
    assert [row.iou for row in done.rows] == [row.iou for row in plain.rows]
    assert done.curve[-1].quality == plain.curve[-1].quality
    assert done.summary.finished_iou_mean == pytest.approx(np.mean([row.finished_iou for row in done.rows]))
    assert any(not np.array_equal(plain.masks[name], done.masks[name]) for name in data.ids)
    for click in pd.read_csv(tmp_path / "done" / "clicks.csv").itertuples():
        at = str(click.image), int(click.y), int(click.x)
        assert done.masks[at[0]][at[1:]] == plain.masks[at[0]][at[1:]]


def test_majority_labels_are_finished_too(tmp_path: Path) -> None:
    summary = run_majority(
        dataset=fa.dataset("synthetic", task="semantic", **IMAGES),
        edges=fa.edges("gradient"),
        hierarchy=fa.hierarchy("area", threshold=60.0),
        finishing=Guided(),
        folder=tmp_path / "run",
        cache=tmp_path / "cache",
        workers=0,
    )
    assert summary.agreement is not None and summary.finished_agreement is not None
    assert summary.finished_miou is not None and summary.finished_miou_ci is not None
    assert fa.read_run(tmp_path / "run").summary == summary
    assert read_mask(tmp_path / "run", fa.dataset("synthetic", **IMAGES).ids[0]).shape == (64, 96)
