"""A click run from images to files, on fakes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fsannot import progress
from fsannot.clicks.click import Click
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictors.geodesic import GeodesicPredictor
from fsannot.clicks.predictors.watershed import WatershedPredictor
from fsannot.data.camvid import CamVid
from fsannot.data.dataset import Dataset
from fsannot.data.davis import Davis
from fsannot.data.errors import InputError
from fsannot.data.rooftop import Rooftop
from fsannot.data.sample import Sample
from fsannot.edges.gradient import Gradient
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.evaluation.effort import read_curve
from fsannot.evaluation.iou import agreement, iou
from fsannot.evaluation.noc import ClickPoint, read_click_table
from fsannot.evaluation.results import Summary
from fsannot.evaluation.rows import read_rows
from fsannot.human.clock import Clock
from fsannot.precompute.store import Store
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.runs.masks import read_mask
from fsannot.studies.click_baseline import click_result_table, run_click_baseline
from fsannot.studies.click_run import ClickProtocol, run_clicks
from tests import fakes

PROTOCOL = ClickProtocol(max_clicks=4)


def run(dataset: Dataset, folder: Path, cache: Path, **options: Any) -> Summary:
    given: dict[str, Any] = {
        "baseline": GeodesicPredictor(),
        "edges": None,
        "clicker": Clicker(),
        "protocol": PROTOCOL,
        "clock": Clock(),
    }
    return run_click_baseline(dataset=dataset, folder=folder, cache=cache, **{**given, **options})


def points(folder: Path) -> list[ClickPoint]:
    return read_rows(folder / "clicks.csv", ClickPoint)


@pytest.fixture(scope="module")
def davis(tmp_path_factory: pytest.TempPathFactory) -> Davis:
    return Davis(fakes.write_fake_davis(tmp_path_factory.mktemp("davis"), sequences=2, frames=2))


@pytest.fixture(scope="module")
def finished(davis: Davis, tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    folder = tmp_path_factory.mktemp("run")
    run(davis, folder, folder / "cache")
    return read_run(folder)


def test_a_run_directory_is_whole(davis: Davis, finished: RunDirectory) -> None:
    assert [row.image for row in finished.rows] == list(davis.ids)
    assert finished.summary.method == "geodesic"
    assert finished.measure == "iou"
    assert finished.curve[0].quality == 0.0  # the prediction starts empty
    assert len(finished.curve) == 5
    assert (
        finished.curve[-1].actions == finished.summary.actions == sum(r.actions or 0 for r in finished.rows)
    )
    assert finished.curve[-1].human_seconds_per_image == pytest.approx(
        finished.summary.human_seconds_per_image
    )
    assert finished.curve[-1].quality == pytest.approx(finished.summary.iou_mean)
    assert (finished.path / "report.html").stat().st_size > 10_000


def test_stored_masks_have_the_reported_iou(davis: Davis, finished: RunDirectory) -> None:
    for sample, row in zip(davis, finished.rows, strict=True):
        assert iou(read_mask(finished.path, sample.id) == 1, sample.target) == pytest.approx(row.iou)


def test_clicks_agree_with_rows_and_table(finished: RunDirectory) -> None:
    table, clicks = read_click_table(finished.path / "clicks.json"), points(finished.path)
    first = [p.iou for p in clicks if p.click == 1]
    assert table.iou_at[1] == pytest.approx(np.mean(first)) == pytest.approx(finished.curve[1].quality)
    assert table.objects == 4
    assert 0 < table.overhead < 1
    solved = {p.image for p in clicks if p.converged}
    assert table.converged == len(solved)
    assert all((p.iou == 1.0) == bool(p.converged) for p in clicks)  # no early stopping: the target is IoU 1
    last = {p.image: p for p in clicks}
    for row in finished.rows:
        assert (last[row.image].iou, last[row.image].click) == (row.iou, row.actions)
        assert row.human_seconds == pytest.approx(2.4 + 0.9 * ((row.actions or 0) - 1))
    assert "IoU@3" in click_result_table(finished.summary, table)


class Blind(GeodesicPredictor):
    """Answers every click with an empty mask."""

    name = "blind"

    def predict(self, clicks: Sequence[Click]) -> np.ndarray:
        return np.zeros_like(super().predict(clicks))


class TwoPixels(Davis):
    """Every object is two pixels."""

    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        target = np.zeros_like(sample.target)
        target[3, 4:6] = 1
        return replace(sample, target=target)


def test_objects_that_ran_out_of_pixels_are_told_apart_in_every_file(davis: Davis, tmp_path: Path) -> None:
    summary = run(TwoPixels(davis.root), tmp_path / "run", tmp_path / "cache", baseline=Blind())
    table = read_click_table(tmp_path / "run" / "clicks.json")
    assert (table.objects, table.converged, table.exhausted) == (4, 0, 4)
    assert [(p.click, p.iou, p.converged) for p in points(tmp_path / "run")] == [(1, 0.0, 0), (2, 0.0, 0)] * 4
    assert table.noc[0.9] == 4.0  # the budget of these tests
    said = click_result_table(summary, table)
    assert "4 of 4, below the target" in said
    assert "(0 of 4 reached it)" in said


def test_replaying_the_trace_gives_the_masks(davis: Davis, finished: RunDirectory) -> None:
    lines = [json.loads(line) for line in (finished.path / "trace.jsonl").read_text().splitlines()]
    for sample in davis:
        predictor = GeodesicPredictor()
        predictor.start(sample.image)
        clicks = [Click(c["y"], c["x"], c["positive"]) for c in lines if c["image"] == sample.id]
        mask = predictor.predict(clicks) > predictor.threshold
        np.testing.assert_array_equal(mask, read_mask(finished.path, sample.id) == 1)


def test_a_second_run_reads_what_the_first_computed(davis: Davis, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    run(davis, tmp_path / "a", cache)
    before = {p.name for p in (cache / "clicks").rglob("*.npz")}
    run(davis, tmp_path / "b", cache)
    assert {p.name for p in (cache / "clicks").rglob("*.npz")} == before
    for name in ("results.csv", "clicks.csv", "clicks.json", "curve.csv", "trace.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    for changed in (
        {"baseline": GeodesicPredictor(contrast=7)},
        {"protocol": replace(PROTOCOL, max_clicks=3)},
    ):
        run(davis, tmp_path / "c", cache, **changed)
        now = {p.name for p in (cache / "clicks").rglob("*.npz")}
        assert len(now) == len(before) + 4
        before = now


def test_progress_is_logged(
    davis: Davis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "SHORTEST", 0.0)
    with caplog.at_level(logging.INFO, logger="fsannot"):
        run(davis, tmp_path / "run", tmp_path / "cache")
    said = [line.split(",")[0] for line in caplog.messages if line.startswith("clicks: ")]
    assert [line.split(" (")[0] for line in said[:3]] == [f"clicks: {n} of 4 images" for n in (1, 2, 3)]
    assert said[3] == "clicks: 4 of 4 images"


def test_edges_are_used_and_charged(davis: Davis, tmp_path: Path) -> None:
    run(davis, tmp_path / "run", tmp_path / "cache", baseline=WatershedPredictor(), edges=Gradient())
    curve = read_run(tmp_path / "run").curve
    assert curve[0].waiting_seconds_per_image == 0 < curve[1].waiting_seconds_per_image
    with pytest.raises(InputError, match="watershed needs edge maps; set edges="):
        run(davis, tmp_path / "none", tmp_path / "cache", baseline=WatershedPredictor())


def test_rooftop_is_clicked_roof_by_roof(tmp_path: Path) -> None:
    dataset = Rooftop(fakes.write_fake_rooftop(tmp_path / "data"))
    summary = run(dataset, tmp_path / "run", tmp_path / "cache")
    done = read_run(tmp_path / "run")
    assert [(row.image, row.instance) for row in done.rows] == [
        ("rooftop/001", 1), ("rooftop/001", 2), ("rooftop/002", 1), ("rooftop/002", 2)
    ]  # fmt: skip
    per_roof = np.mean([row.human_seconds or 0.0 for row in done.rows])
    assert summary.human_seconds_per_image == pytest.approx(2 * per_roof)
    assert done.curve[-1].human_seconds_per_image == pytest.approx(2 * per_roof)
    for p in points(done.path):
        if p.click == 1:
            instances = dataset[dataset.ids.index(p.image)].instances
            assert instances is not None
            assert instances[p.y, p.x] == p.instance


def test_camvid_is_clicked_class_by_class(tmp_path: Path) -> None:
    dataset = CamVid(fakes.write_fake_camvid(tmp_path / "data"))
    summary = run(dataset, tmp_path / "run", tmp_path / "cache", protocol=replace(PROTOCOL, max_clicks=2))
    done = read_run(tmp_path / "run")
    assert done.measure == "agreement"
    assert not (done.path / "clicks.json").exists()
    for sample, row in zip(dataset, done.rows, strict=True):
        assert agreement(read_mask(done.path, sample.id), sample.target) == pytest.approx(row.agreement)
        mine = [p for p in points(done.path) if p.image == sample.id]
        assert {p.region for p in mine} == set(range(len(np.unique(sample.target[sample.target >= 0]))))
        regions = len({p.region for p in mine})
        assert row.human_seconds == pytest.approx((2.4 + 0.28) * regions + 0.9 * (len(mine) - regions))
    assert summary.agreement == pytest.approx(np.mean([row.agreement or 0 for row in done.rows]))
    matrices = [confusion_matrix(read_mask(done.path, s.id), s.target, len(dataset.classes)) for s in dataset]
    expected = class_ious(matrices, dataset.classes).summary_values()
    assert {key: getattr(summary, key) for key in expected} == expected
    printed = click_result_table(summary, None)
    assert "pixel agreement" in printed and f"mIoU                       {summary.miou:.4f}" in printed


class WithEmpty(Davis):
    """The second frame has no object, the third nothing but object."""

    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        if index not in (1, 2):
            return sample
        return replace(sample, target=np.full_like(sample.target, index - 1))


def test_images_with_nothing_to_click(davis: Davis, tmp_path: Path) -> None:
    dataset = WithEmpty(davis.root)
    with pytest.raises(InputError, match=rf"{dataset.ids[1]}: .* no object pixel; .* protocol.on_empty=skip"):
        run(dataset, tmp_path / "error", tmp_path / "cache")
    assert not (tmp_path / "error" / "summary.json").exists()
    run(dataset, tmp_path / "skip", tmp_path / "cache", protocol=replace(PROTOCOL, on_empty="skip"))
    done = read_run(tmp_path / "skip")
    assert [row.image for row in done.rows] == [dataset.ids[0], dataset.ids[3]]
    assert [s["what"] for s in done.provenance["skipped"]] == [dataset.ids[1], dataset.ids[2]]
    with pytest.raises(InputError, match="on_empty="):
        ClickProtocol(on_empty="zero")  # type: ignore[arg-type]


def test_loggers_are_finished_after_an_error_too(davis: Davis, tmp_path: Path) -> None:
    class Heard:
        def __init__(self) -> None:
            self.calls: list[str] = []
            self.seconds: list[float] = []

        def begin(self, *_: Any) -> None:
            self.calls.append("begin")

        def log(self, step: int, metrics: dict[str, float]) -> None:
            assert set(metrics) == {"iou", "human_seconds_per_image", "waiting_seconds_per_image"}
            self.calls.append(f"log {step}")
            self.seconds.append(metrics["human_seconds_per_image"])

        def table(self, name: str, rows: list[dict[str, Any]]) -> None:
            assert name == "results" and {"iou", "human_seconds"} <= rows[0].keys()
            self.calls.append("table")

        def finish(self, summary: dict[str, Any], *, failed: bool = False) -> None:
            self.calls.append(f"finish failed={failed}")

    for dataset, last in ((davis, "finish failed=False"), (WithEmpty(davis.root), "finish failed=True")):
        heard = Heard()
        (tmp_path / "config.yaml").write_text("{}\n")
        call = {"protocol": PROTOCOL, "clock": Clock(), "folder": tmp_path, "provenance": {}}
        try:
            run_clicks(
                dataset, GeodesicPredictor(), Clicker(), **call,  # type: ignore[arg-type]
                store=Store(tmp_path / "cache"), loggers=[heard],  # type: ignore[list-item]
            )  # fmt: skip
        except InputError:
            assert dataset is not davis
        if dataset is davis:  # the curve, whose seconds rise, and not means over the images so far
            assert heard.calls[:3] == ["begin", "log 0", "log 1"]
            assert heard.seconds == sorted(heard.seconds)
            assert heard.seconds == [
                point.human_seconds_per_image for point in read_curve(tmp_path / "curve.csv")
            ]
        assert heard.calls[-1] == last
