"""The main program through its command line, on fakes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fsannot import progress
from fsannot.data.camvid import CamVid
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.report.masks import read_mask
from fsannot.report.run_directory import read_run
from tests import fakes
from tests.experiments.command_line import call

ROOT = Path(__file__).parents[2]
CHEAP = (
    "edges=gradient", "features=efficientnet_lite0_small", "features.size=64", "projection=pca",
    "projection@local_projection=pca", "robot=greedy_box", "hierarchy=volume", "hierarchy.threshold=30",
    "device=cpu",
)  # fmt: skip


def command(folder: Path, *overrides: str) -> list[str]:
    return [sys.executable, "experiments/annotate.py", f"hydra.run.dir={folder}", *CHEAP, *overrides]


def environment(cache: Path) -> dict[str, str]:
    return {**os.environ, "FSANNOT_CACHE": str(cache), "WANDB_MODE": "offline"}


def annotate(folder: Path, *overrides: str, cache: str = "cache") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, *overrides),
        cwd=ROOT,
        env=environment(folder.parent / cache),
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )


def again(folder: Path, *overrides: str) -> tuple[int, str]:
    """The same in this process, which has imported everything."""
    run = f"hydra.run.dir={folder}"
    return call("annotate", run, *CHEAP, *overrides, cache=folder.parent / "cache")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fakes.write_fake_data_root(tmp_path_factory.mktemp("data"))


def test_a_run_leaves_every_file_and_the_same_ones_twice(tmp_path: Path, data: Path) -> None:
    ran = annotate(tmp_path / "a", "experiment=davis", f"data_root={data}", "robot=expert", "metric=head")
    assert ran.returncode == 0, ran.stderr
    assert "mean IoU" in ran.stdout and str(tmp_path / "a" / "report.html") in ran.stdout
    assert (
        "images computed" in ran.stderr and "images computed" not in ran.stdout
    )  # results, and nothing else
    run = read_run(tmp_path / "a")
    assert {"cpu_capability", "bf16", "onednn", "mkl", "blas", "threads"} == set(run.provenance["numerics"])
    assert run.summary.dataset == "davis" and run.session is not None and run.summary.iou_bound is not None
    status, said = again(
        tmp_path / "b", "experiment=davis", f"data_root={data}", "robot=expert", "metric=head", "workers=2"
    )
    assert status == 0, said
    assert "edges: 0 of " in said
    for name in ("results.csv", "trace.jsonl", "summary.json", "curve.csv", "timings.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def test_progress_reaches_the_log_file(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "SHORTEST", 0.0)
    monkeypatch.setattr(progress, "LONGEST", 0.0)
    status, said = again(tmp_path / "run", "experiment=davis", f"data_root={data}")
    assert status == 0, said
    log = (tmp_path / "run" / "annotate.log").read_text()
    assert log in said  # the same lines, once
    for line in ("edges: 4 of", "hierarchy: 1 of", "features: 1 of", "session: 1 action,", "masks: 1 of"):
        assert log.count(line) == 1, log
    (first,) = (line for line in log.splitlines() if "session: 1 action," in line)
    assert "human seconds per image, iou 0." in first


def test_semantic_sets_and_instances(tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    for experiment, logger in (("camvid", "tensorboard"), ("rooftop", "wandb")):
        options = (f"experiment={experiment}", f"data_root={data}", f"logger={logger}")
        status, said = call(
            "annotate", *CHEAP, *options, f"hydra.run.dir={tmp_path / experiment}", cache=tmp_path / "cache"
        )
        assert status == 0, said
        assert ("mIoU" in said and "IoU of road" in said) == (experiment == "camvid")
    street, roofs = read_run(tmp_path / "camvid"), read_run(tmp_path / "rooftop")
    assert street.measure == "agreement"
    dataset = CamVid(data / "CamVid")
    matrices = [
        confusion_matrix(read_mask(street.path, s.id), s.target, len(dataset.classes)) for s in dataset
    ]
    expected = class_ious(matrices, dataset.classes, seed=street.summary.seed).summary_values()
    assert {key: getattr(street.summary, key) for key in expected} == expected
    assert "IoU of each class" in (street.path / "report.html").read_text()
    assert {row.instance for row in roofs.rows} == {1, 2}
    # the last point of the curve is counted by segment, the rows by pixel
    assert roofs.curve[-1].quality == pytest.approx(roofs.summary.iou_mean)


def test_killed_and_started_again_it_ends_with_the_same_results(tmp_path: Path, data: Path) -> None:
    """``FSANNOT_KILLS=10`` kills ten times; moments are drawn anew at every run, since any must do."""
    options = ("experiment=davis", f"data_root={data}")
    moments = random.Random().choices(range(20, 120), k=int(os.environ.get("FSANNOT_KILLS", "2")))
    for seconds in (tenths / 10 for tenths in moments):
        process = subprocess.Popen(
            command(tmp_path / "killed", *options),
            cwd=ROOT,
            env=environment(tmp_path / "cache"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    for name in ("killed", "whole"):
        status, said = again(tmp_path / name, *options)
        assert status == 0, said
    assert annotate(tmp_path / "cold", *options, cache="cold_cache").returncode == 0
    for name in ("results.csv", "trace.jsonl"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), moments
    # measured machine seconds are a cache's own; all else is not
    assert (tmp_path / "killed" / "trace.jsonl").read_bytes() == (
        tmp_path / "cold" / "trace.jsonl"
    ).read_bytes()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["experiment=davis", "data_root=nowhere"], "nowhere"),
        (["hierarchy.threshold=1e12", "dataset.images=2"], "hierarchy.threshold"),
        (["hierarchy.threshold=high"], "threshold"),
        (["hierarchy.criterion=beauty"], "beauty"),
        (["robot.patience=3", "+robot.patience=3"], "patience"),
        (["+robot.patience=3"], "patience"),
        (["workers=many"], "workers"),
        (["edges=poolnet"], "weights"),
        (["device=cuda"], "cuda"),
        (["robot=lazy"], "lazy"),
    ],
    ids=lambda v: v[0] if isinstance(v, list) else "",
)
def test_bad_input_is_named_and_leaves_no_result(tmp_path: Path, options: list[str], message: str) -> None:
    import torch

    if options == ["device=cuda"] and torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    run = f"hydra.run.dir={tmp_path / 'run'}"
    status, said = call("annotate", run, *CHEAP, *options, cache=tmp_path / "cache")
    assert status != 0
    assert message in said
    assert "Traceback" not in said
    for name in ("results.csv", "summary.json", "report.html"):
        assert not (tmp_path / "run" / name).exists()
