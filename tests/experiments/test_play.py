"""A policy in the environment, through the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fsannot.annotation.trace import read_trace
from fsannot.runs.directory import read_run
from fsannot.simulation.policy import KINDS
from tests.experiments.command_line import CHEAP, call

SMALL = ("dataset.images=2", "dataset.size=[96,128]", "first_images=2")


def test_episodes_are_played_and_written_and_the_same_twice(tmp_path: Path) -> None:
    tables = []
    for name in ("a", "b"):
        status, said = call(
            "play", *CHEAP, *SMALL, "episodes=2", f"hydra.run.dir={tmp_path / name}", cache=tmp_path / "cache"
        )
        assert status == 0, said
        tables.append((tmp_path / name / "episodes.csv").read_text())
        assert (tmp_path / name / "config.yaml").is_file()
    assert tables[0] == tables[1]
    episodes = pd.read_csv(tmp_path / "a" / "episodes.csv")
    assert episodes.episode.tolist() == [0, 1] and (episodes.ended == "stopped").all()
    assert episodes.score.between(0.01, 1).all() and (episodes.human_seconds_per_image > 0).all()
    # no label at the start: all images score 0
    gained = episodes.score - 0.01 * episodes.human_seconds_per_image
    assert episodes.total_reward.tolist() == pytest.approx(gained.tolist(), abs=1e-5)
    for number, row in episodes.iterrows():
        run = read_run(tmp_path / "a" / f"episode_{number}")
        again = tmp_path / "b" / f"episode_{number}"
        assert (run.path / "trace.jsonl").read_bytes() == (again / "trace.jsonl").read_bytes()
        assert (run.summary.method, run.summary.seed) == ("GridPolicy", number)
        assert run.curve[0].quality == 0 and run.session is not None
        assert run.curve[-1].quality == pytest.approx(row.score, abs=1e-5)
        assert run.summary.human_seconds_per_image == pytest.approx(row.human_seconds_per_image, abs=1e-5)
        steps = list(read_trace(run.path / "trace.jsonl"))
        assert len(steps) == run.summary.actions == row.actions - row.refused


class Stubborn:
    """A policy that labels all there is, then wants to label a segment more, twice."""

    name = "stubborn"

    def __init__(self, *, task: str) -> None:
        self.wishes = iter(["LabelRest", "LabelSegment", "LabelSegment", "Stop"])

    def __call__(self, observation: dict[str, np.ndarray]) -> dict[str, Any]:
        kind, zeros = KINDS.index(next(self.wishes)), np.zeros(4, np.float32)
        return {"kind": kind, "box": zeros, "label": 1, "amount": zeros[:1]}


def test_a_policy_stands_beside_a_robot_and_pays_for_what_is_refused(tmp_path: Path) -> None:
    runs, cache = [f"hydra.run.dir={tmp_path / name}" for name in ("policy", "robot")], tmp_path / "cache"
    policy = (f"policy._target_={__name__}.Stubborn", "~policy.caution", "~policy.least")
    status, said = call("play", runs[0], *CHEAP, *SMALL, *policy, cache=cache)
    assert status == 0, said
    status, said = call("annotate", runs[1], *CHEAP, *SMALL, "robot=greedy_box", cache=cache)
    assert status == 0, said
    run = read_run(tmp_path / "policy" / "episode_0")
    wasted = run.provenance["refused_human_seconds"]
    assert run.provenance["refused_actions"] == 2 and wasted > 0
    assert [point.actions for point in run.curve] == [0, 1, 1, 1, 2]
    carried_out = sum(step.human_seconds for step in read_trace(run.path / "trace.jsonl"))
    spent = run.summary.human_seconds_per_image * run.summary.images
    assert spent == pytest.approx(carried_out + wasted)
    assert sum(row.human_seconds or 0 for row in run.rows) == pytest.approx(spent, abs=1e-4)
    both = f"runs=[{run.path},{tmp_path / 'robot'}]"
    status, said = call("report", both, f"output={tmp_path / 'page.html'}", cache=cache)
    assert status == 0, said
    page = (tmp_path / "page.html").read_text()
    assert "stubborn" in page and "greedy_box" in page


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("episodes=0", "episodes=0"),
        ("environment.grid=1", "grid=1"),
        ("+environment.colour=1", "colour"),
        ("motor.slip=-1", "motor.slip=-1"),
        ("+policy.patience=1", "patience"),
    ],
)
def test_bad_input_is_named(tmp_path: Path, override: str, message: str) -> None:
    run = f"hydra.run.dir={tmp_path / 'run'}"
    status, said = call("play", run, *CHEAP, *SMALL, override, cache=tmp_path / "cache")
    assert status != 0 and message in said and "Traceback" not in said
    assert not (tmp_path / "run" / "episodes.csv").exists()
