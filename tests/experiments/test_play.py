"""A policy in the environment, through the command line."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

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
    assert episodes.score.between(0.01, 1).all() and (episodes.user_seconds_per_image > 0).all()
    # no label at the start: all images score 0
    gained = episodes.score - 0.01 * episodes.user_seconds_per_image
    assert episodes.total_reward.tolist() == pytest.approx(gained.tolist(), abs=1e-5)


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
