"""Runs started from Python, without Hydra: from a script without a guard, and from standard input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fsannot.arguments import described
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictors.watershed import WatershedPredictor
from fsannot.data.errors import InputError
from fsannot.data.synthetic import Synthetic
from fsannot.edges.gradient import Gradient
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.report.comparison import weights_of
from fsannot.runs.directory import read_run
from fsannot.runs.run_folder import CONFIG, FROM_PYTHON, begin_run, check_begun
from fsannot.studies.click_baseline import run_click_baseline
from fsannot.studies.click_run import ClickProtocol
from fsannot.studies.majority import run_majority
from tests.experiments.command_line import call

SCRIPT = """\
from pathlib import Path
from fsannot.human.clock import Clock
from fsannot.data.synthetic import Synthetic
from fsannot.edges.gradient import Gradient
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.metric_learning.learner import NoMetric
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.studies.annotation import run_annotation
from fsannot.projection.pca import PcaProjector
from fsannot.robots.greedy_box import GreedyBox
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
backbone = Backbone(name="test_resnet", weights="random")
summary = run_annotation(
    dataset=Synthetic(images=20, size=(48, 56), seed=3),
    edges=Gradient(),
    hierarchy=Partitioner("area", threshold=60.0),
    features=FeatureExtractor(backbone=backbone, size=32, batch_size=64, device="cpu", precision="fp32"),
    projection=PcaProjector(), local_projection=PcaProjector(), metric=NoMetric(),
    robot=GreedyBox(), clock=Clock(), perception=Perception(), motor=Motor(),
    folder=Path("run"), cache=Path("cache"), workers=2,
)

print("mean IoU", summary.iou_mean)
"""


def python(arguments: list[str], folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Python with these arguments, in ``folder``, as a person starts it."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, input=text, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize("door", ["script", "standard input"])
def test_a_program_without_a_guard(tmp_path: Path, door: str) -> None:
    if door == "script":
        (tmp_path / "mine.py").write_text(SCRIPT)
        ran = python(["mine.py"], tmp_path)
    else:
        ran = python(["-"], tmp_path, SCRIPT)
    assert ran.returncode == 0 and "mean IoU" in ran.stdout, ran.stderr
    assert ran.stdout.count("\n") == 1 and not ran.stderr  # it ran once, and is quiet
    status, said = call("report", "runs=[run]", cache=tmp_path, store=tmp_path / "cache")
    assert status == 0 and (tmp_path / "report.html").is_file(), said
    run = read_run(tmp_path / "run")
    assert run.config.startswith(FROM_PYTHON)
    config = yaml.safe_load(run.config)
    assert config["dataset"] == {
        "_target_": "fsannot.data.synthetic.Synthetic",
        **{"images": 20, "size": [48, 56], "task": "foreground", "seed": 3},
        **{name: config["dataset"][name] for name in ("images_per_group", "groups", "limit")},
    }
    assert config["workers"] == 2 and config["features"]["backbone"]["weights"] == "random"
    assert weights_of(run).startswith("test_resnet (random) ")


def test_other_runs_from_python(tmp_path: Path) -> None:
    data = Synthetic(images=2, size=(48, 56), seed=3)
    partitioner = Partitioner("area", threshold=60.0)
    run_majority(
        dataset=data,
        edges=Gradient(),
        hierarchy=partitioner,
        folder=tmp_path / "a" / "b",
        cache=tmp_path / "cache",
    )
    run_click_baseline(
        dataset=data, baseline=WatershedPredictor(), edges=Gradient(), clicker=Clicker(), clock=Clock(),
        protocol=ClickProtocol(max_clicks=2), folder=tmp_path / "clicks", cache=tmp_path / "cache",
    )  # fmt: skip
    majority, clicks = read_run(tmp_path / "a" / "b"), read_run(tmp_path / "clicks")
    assert yaml.safe_load(majority.config)["hierarchy"] == described(partitioner)
    assert yaml.safe_load(clicks.config)["protocol"]["max_clicks"] == 2


def test_a_composed_configuration_is_written_as_it_is(tmp_path: Path) -> None:
    assert begin_run(tmp_path / "run", {"seed": 1, "robot": {"_target_": "x"}}, {}) == {
        "seed": 1,
        "robot": {"_target_": "x"},
    }
    assert (tmp_path / "run" / CONFIG).read_text() == "seed: 1\nrobot:\n  _target_: x\n"
    check_begun(tmp_path / "run")


def test_a_new_run_in_a_directory_ends_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text("{}")
    begin_run(tmp_path, None, {"seed": 0})
    assert not (tmp_path / "summary.json").exists()


def test_a_directory_that_cannot_hold_a_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"folder=.*file.*name a directory"):
        begin_run(tmp_path / "file", None, {})
    with pytest.raises(InputError, match=r"no config\.yaml.*begin_run"):
        check_begun(tmp_path)
