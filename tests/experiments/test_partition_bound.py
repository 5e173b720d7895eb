"""The program through its command line, on generated scenes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCENES = ("dataset=synthetic", "dataset.images=3", "dataset.images_per_group=3", "dataset.size=[96,128]")


def bound(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "experiments/partition_bound.py", f"hydra.run.dir={folder}", *SCENES, *overrides],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )


def test_matched_numbers_of_segments(tmp_path: Path) -> None:
    ran = bound(
        tmp_path / "run",
        'models=[gradient,"multiscale edges@edges.model.model=gradient edges.scales=[0.5,1]",perfect]',
        "segments=[8,20]",
        "criteria=[area]",
    )
    assert ran.returncode == 0, ran.stderr
    table = pd.read_csv(tmp_path / "run/partition_bound.csv")
    assert table.edges.nunique() == 3
    assert (table.segments - table.wanted).abs().max() <= 1
    assert table.mean_value.between(0, 1).all()
    assert ((table.low <= table.mean_value) & (table.mean_value <= table.high)).all()
    means = table[table.wanted == 20].set_index("edges").mean_value
    assert means["perfect"] > means["gradient"]
    assert len(pd.read_csv(tmp_path / "run/images.csv")) == 3 * 2 * 3
    assert (tmp_path / "run/partition_bound.md").read_text() in ran.stdout


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("models=[gradent]", "Could not find 'edges/gradent'"),
        ("segments=[0]", "segments=[0] is not valid"),
        ("criteria=[beauty]", "beauty"),
    ],
)
def test_errors_are_sentences(tmp_path: Path, override: str, said: str) -> None:
    ran = bound(tmp_path / "run", "models=[gradient]", override)
    assert ran.returncode == 1
    assert said in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
