"""Sessions that a person or a script decides, on images with ground truth and without."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fsannot as fa
from fsannot.annotation.actions import LabelBox, LabelRest, Stop
from fsannot.data.errors import InputError
from fsannot.report.printed import result_table
from fsannot.runs.masks import read_mask
from tests.fakes import write_fake_folder

WHOLE = (0.0, 0.0, 1600.0, 1200.0)
LEFT = (0.0, 0.0, 800.0, 1200.0)


def prepared(dataset: fa.Dataset, cache: Path) -> fa.Prepared:
    return fa.prepare(
        dataset,
        edges=fa.edges("gradient"),
        hierarchy=fa.hierarchy("volume", threshold=30),
        features=fa.features("pooled_lite0", device="cpu"),
        projection=fa.projection("pca"),
        local_projection=fa.local_projection("pca"),
        metric=fa.metric("none"),
        cache=cache,
        workers=0,
    )


def test_own_photos_from_a_folder_to_a_run_directory(tmp_path: Path) -> None:
    photos = fa.dataset(
        "folder", root=write_fake_folder(tmp_path / "photos"), classes=["background", "dog", "cat"]
    )
    images = prepared(photos, tmp_path / "cache")
    done = fa.record(images, [LabelBox(LEFT, label=1)])
    run = fa.read_run(done.save(tmp_path / "run"))
    assert run.measure == "none" and run.summary.method == "person" and run.summary.actions == 1
    assert run.rows == done.rows and len(run.rows) == 6
    for row in run.rows:  # nothing is invented, and nothing is zero
        assert row.iou is None and row.agreement is None
    written = json.loads((tmp_path / "run/summary.json").read_text())
    assert not {key for key in written if key.startswith(("iou", "agreement", "miou"))}
    assert {
        line.split(",")[2:4] == ["", ""] for line in (tmp_path / "run/curve.csv").read_text().split()[1:]
    } == {True}
    assert not (tmp_path / "run/image_curves.npz").exists()
    labels = np.unique(np.concatenate([read_mask(run.path, name).ravel() for name in photos.ids]))
    assert labels.tolist() == [-1, 1]  # what nobody labelled stays so
    assert fa.replay_run(run.path, cache=tmp_path / "cache").different == ()
    page = (tmp_path / "run/report.html").read_text()
    assert "have no ground truth" in page and ">nan" not in page.lower().split("<script")[0]
    assert "not measured" in result_table(run.summary, run.curve)
    assert [example.kind for example in run.gallery] == ["labelled"] * 6
    assert done.plot() is not None


def test_a_function_decides_until_it_returns_none_or_stops(tmp_path: Path) -> None:
    images = prepared(fa.dataset("folder", root=write_fake_folder(tmp_path / "photos")), tmp_path / "cache")
    seen = []

    def decide(observation: object) -> LabelRest | None:
        seen.append(observation)
        return LabelRest(label=1) if len(seen) == 1 else None

    assert fa.record(images, decide).summary.actions == 1 and len(seen) == 2
    assert fa.record(images, [Stop(), LabelRest(label=1)]).summary.actions == 1
    with pytest.raises(InputError, match="label"):
        fa.record(images, [LabelRest(label=7)])


def test_quality_is_measured_where_there_is_ground_truth(tmp_path: Path) -> None:
    images = prepared(fa.dataset("synthetic", images=2, size=[64, 96]), tmp_path / "cache")
    everything = fa.perception("human_v1")  # a recorded session does not model what its user sees
    robot = fa.simulate(images, robot=fa.robot("greedy_box"), perception=everything)
    again = fa.record(images, [step.action for step in robot.trace], method="greedy_box")
    assert again.rows == robot.rows
    assert again.summary.iou_mean == robot.summary.iou_mean is not None
    assert [p.quality for p in again.curve] == [p.quality for p in robot.curve]
    run = fa.read_run(again.save(tmp_path / "run"))
    assert {example.kind for example in run.gallery} == {"best", "worst"}


def test_robots_and_people_stand_in_one_report(tmp_path: Path) -> None:
    root = write_fake_folder(tmp_path / "photos")
    images = prepared(fa.dataset("folder", root=root), tmp_path / "cache")
    drawn = prepared(fa.dataset("synthetic", images=2, size=[64, 96]), tmp_path / "cache")
    runs = [
        fa.record(images, [LabelBox(WHOLE, label=1)]).save(tmp_path / "a"),
        fa.record(images, [LabelBox(LEFT, label=1)], method="other").save(tmp_path / "b"),
        fa.simulate(drawn, robot=fa.robot("greedy_box")).save(tmp_path / "c"),
    ]
    page = fa.write_report(runs, tmp_path / "page.html").read_text()
    assert "Paired differences" not in page
    with pytest.raises(InputError, match=r"robots read it; .*fsannot studio"):
        fa.simulate(images, robot=fa.robot("greedy_box"))
