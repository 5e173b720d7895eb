"""The program through its command line, on fakes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fsannot.report.run_directory import read_run
from tests import fakes

ROOT = Path(__file__).parents[2]


def clicks(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "experiments/clicks.py", f"hydra.run.dir={folder}", *overrides],
        cwd=ROOT,
        env={**os.environ, "FSANNOT_CACHE": str(folder.parent / "cache")},
        capture_output=True,
        text=True,
        timeout=300,
        stdin=subprocess.DEVNULL,
    )


def test_a_baseline_on_a_preset(tmp_path: Path) -> None:
    fakes.write_fake_davis(tmp_path / "data/DAVIS", sequences=1, frames=2)
    ran = clicks(
        tmp_path / "run", "baseline=watershed", "experiment=davis", f"data_root={tmp_path / 'data'}",
        "edges=gradient", "protocol.max_clicks=3", "seed=7",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    done = read_run(tmp_path / "run")
    assert (done.summary.method, done.summary.dataset, done.summary.seed) == ("watershed", "davis", 7)
    assert done.provenance["models"].keys() == {"baseline", "clicker", "edges"}
    assert "max_clicks: 3" in done.config
    assert "NoC@90" in ran.stdout


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("protocol.max_clicks=0", "max_clicks=0 is not valid"),  # found when the first image is clicked
        ("+clicker.speed=9", "clicker: "),
    ],
)
def test_errors_are_sentences(tmp_path: Path, override: str, said: str) -> None:
    fakes.write_fake_davis(tmp_path / "data/DAVIS", sequences=1, frames=1)
    ran = clicks(
        tmp_path / "run", "baseline=geodesic", "experiment=davis", f"data_root={tmp_path / 'data'}", override
    )
    assert ran.returncode == 1
    assert said in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
    assert not (tmp_path / "run" / "summary.json").exists()
