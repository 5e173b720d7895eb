"""Finished sessions done again, through the command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.annotation.trace import read_trace
from tests.experiments.command_line import CHEAP, call

COPIED = ("config.yaml", "provenance.json", "summary.json", "trace.jsonl")


def replay(run: Path, cache: Path) -> tuple[int, str]:
    return call("replay", f"runs=[{run}]", f"cache={cache}", cache=cache)


@pytest.fixture
def copy(fake_run: Path, tmp_path: Path) -> Path:
    """A run a test may damage."""
    run = tmp_path / "copy"
    shutil.copytree(fake_run / "masks", run / "masks")
    for name in COPIED:
        shutil.copy(fake_run / name, run / name)
    return run


def test_a_run_is_done_again_whether_stages_are_there_or_not(fake_run: Path, tmp_path: Path) -> None:
    steps = list(read_trace(fake_run / "trace.jsonl"))
    for cache in (fake_run.parent / "cache", tmp_path / "empty"):
        before = sorted(fake_run.rglob("*"))
        status, said = replay(fake_run, cache)
        assert status == 0, said
        images = json.loads((fake_run / "summary.json").read_text())["images"]
        assert f"{len(steps)} actions" in said and f"{images} of {images} masks the same" in said
        assert sorted(fake_run.rglob("*")) == before


OLD_NAMES = {
    "fsannot.human.clock": "fsannot.annotation.clock",
    "fsannot.metric_learning.learner": "fsannot.features.metric",
    "fsannot.metric_learning.head": "fsannot.features.metric_head",
    "fsannot.runs.loggers": "fsannot.pipeline.loggers",
    "min_strength": "frontier",
    "price_per_second": "second_price",
}


def test_a_run_of_version_0_1_is_done_again(copy: Path, fake_run: Path) -> None:
    config = (copy / "config.yaml").read_text()
    for new, old in OLD_NAMES.items():
        config = config.replace(new, old)
    assert "fsannot.annotation.clock" in config and "frontier" in config
    (copy / "config.yaml").write_text(config)
    status, said = replay(copy, fake_run.parent / "cache")
    assert status == 0 and "masks the same in every pixel" in said, said


@pytest.mark.realdata
def test_the_expert_on_real_frames_is_done_again(real_run: Path, tmp_path: Path) -> None:
    steps = list(read_trace(real_run / "trace.jsonl"))
    assert "OpenImage" in {type(step.action).__name__ for step in steps}
    status, said = replay(real_run, tmp_path / "empty")
    assert status == 0, said
    assert f"{len(steps)} actions" in said and "3 of 3 masks the same" in said


def test_an_episode_of_a_policy_is_done_again(tmp_path: Path) -> None:
    options = (
        "dataset.images=2",
        "dataset.size=[96,128]",
        "first_images=2",
        f"hydra.run.dir={tmp_path / 'played'}",
    )
    status, said = call("play", *CHEAP, *options, "episodes=2", cache=tmp_path / "cache")
    assert status == 0, said
    for number in range(2):
        status, said = replay(tmp_path / "played" / f"episode_{number}", tmp_path / "cache")
        assert status == 0 and "2 of 2 masks the same" in said, said
    status, said = replay(tmp_path / "played", tmp_path / "cache")
    assert status == 1 and "give the folder of an episode" in said


def other_pixel(run: Path) -> None:
    path = sorted((run / "masks").rglob("*.png"))[0]
    with Image.open(path) as stored:
        values, palette = np.asarray(stored).copy(), stored.getpalette()
    values[0, 0] = 1 - values[0, 0]
    image = Image.fromarray(values, "P")
    image.putpalette(palette or [])
    image.save(path)


def lines_of(change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    def damage(run: Path) -> None:
        lines = (run / "trace.jsonl").read_text().splitlines()
        (run / "trace.jsonl").write_text("\n".join(change(lines)))

    return damage


def dearer(lines: list[str]) -> list[str]:
    record = json.loads(lines[1])
    return [lines[0], json.dumps({**record, "human_seconds": record["human_seconds"] + 1}), *lines[2:]]


def other_images(run: Path) -> None:
    config = (run / "config.yaml").read_text()
    (run / "config.yaml").write_text(config.replace("limit: null", "limit: 1", 1))


def without(name: str) -> Callable[[Path], None]:
    return lambda run: (run / name).unlink()


def no_session(run: Path) -> None:
    (run / "config.yaml").write_text("robot: expert\n")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (other_pixel, "masks differ from those stored: "),
        (lines_of(lambda lines: lines[:1]), "masks differ from those stored: "),
        (lines_of(dearer), "trace.jsonl: step 2 costs"),
        (lines_of(lambda lines: [*lines[:-1], lines[-1][:30]]), "cut off"),
        (other_images, "provenance.json: the run was made on other images"),
        (without("summary.json"), "summary.json is missing"),
        (without("trace.jsonl"), "there is no trace"),
        (without("config.yaml"), "holds no config.yaml"),
        (no_session, "config.yaml: key dataset is missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_that_is_not_as_it_was_is_named(
    copy: Path, fake_run: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(copy)
    status, written = replay(copy, fake_run.parent / "cache")
    assert status == 1 and said in written and str(copy) in written and "Traceback" not in written


def test_clicks_and_no_run_at_all_are_refused(data: Path, tmp_path: Path) -> None:
    options = (
        "experiment=davis",
        f"data_root={data}",
        "protocol.max_clicks=2",
        "device=cpu",
        "edges=gradient",
    )
    status, said = call("clicks", *options, f"hydra.run.dir={tmp_path / 'clicks'}", cache=tmp_path / "cache")
    assert status == 0, said
    status, said = replay(tmp_path / "clicks", tmp_path / "cache")
    assert status == 1 and "a run of clicks.py" in said
    for runs, remedy in (("runs=[]", "runs=[outputs/davis]"), ("runs=outputs/a", "write runs=[outputs/a]")):
        status, said = call("replay", runs, cache=tmp_path / "cache")
        assert status == 1 and remedy in said
