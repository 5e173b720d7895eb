"""The program through its command line, on fakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd

from tests.experiments.command_line import call
from tests.fakes.bsds import write_bsds

ROOT = Path(__file__).parents[2]


def evaluate(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "experiments/evaluate_edges.py", f"hydra.run.dir={folder}", *overrides],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )


def test_scores_and_files(tmp_path: Path) -> None:
    write_bsds(tmp_path / "BSDS500", "val", ["10", "20", "30"])
    ran = evaluate(
        tmp_path / "run", "edges=gradient", f"data_root={tmp_path}", "limit=2", "thresholds=5", "workers=2",
        "tolerance=0.05",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    scores = json.loads((tmp_path / "run/edge_scores.json").read_text())
    assert (scores["edges"], scores["images"], scores["split"]) == ("gradient", 2, "val")
    # the step is found, except where the frame damps it
    assert 0.7 < scores["ods"] <= 1
    assert len(pd.read_csv(tmp_path / "run/curve.csv")) == 5
    assert pd.read_csv(tmp_path / "run/images.csv").image.tolist() == ["val/10", "val/20"]
    assert f"{scores['ods']:.3f}" in ran.stdout


def test_errors_are_sentences(tmp_path: Path) -> None:
    write_bsds(tmp_path / "BSDS500", "val", ["10"])
    options = (f"hydra.run.dir={tmp_path / 'run'}", "edges=gradient", f"data_root={tmp_path}", "workers=0")
    status, printed = call("evaluate_edges", *options, cache=tmp_path / "cache")
    assert status == 1
    assert "workers=0: a whole number ≥ 1 is needed" in printed
    assert "Traceback" not in printed
    assert not (tmp_path / "run/edge_scores.json").exists()
