"""The program through its command line, on fakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.runs.directory import read_run
from tests import fakes
from tests.experiments.command_line import call


def clicks(folder: Path, *overrides: str) -> tuple[int, str]:
    return call("clicks", f"hydra.run.dir={folder}", *overrides, cache=folder.parent / "cache")


def test_a_baseline_on_a_preset(tmp_path: Path) -> None:
    fakes.write_fake_davis(tmp_path / "data/DAVIS", sequences=1, frames=2)
    status, printed = clicks(
        tmp_path / "run", "baseline=watershed", "experiment=davis", f"data_root={tmp_path / 'data'}",
        "edges=gradient", "protocol.max_clicks=3", "seed=7",
    )  # fmt: skip
    assert status == 0, printed
    done = read_run(tmp_path / "run")
    assert (done.summary.method, done.summary.dataset, done.summary.seed) == ("watershed", "davis", 7)
    assert done.provenance["models"].keys() == {"baseline", "clicker", "edges", "finishing"}
    assert "max_clicks: 3" in done.config
    assert "NoC@90" in printed


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("protocol.max_clicks=0", "max_clicks=0 is not valid"),  # found when the first image is clicked
        ("+clicker.speed=9", "clicker.speed=9: clicker (Clicker) has no setting speed"),
    ],
)
def test_errors_are_sentences(tmp_path: Path, override: str, said: str) -> None:
    fakes.write_fake_davis(tmp_path / "data/DAVIS", sequences=1, frames=1)
    status, printed = clicks(
        tmp_path / "run", "baseline=geodesic", "experiment=davis", f"data_root={tmp_path / 'data'}", override
    )
    assert status == 1
    assert said in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "run" / "summary.json").exists()
