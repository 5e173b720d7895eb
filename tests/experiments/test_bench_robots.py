"""The robots' benchmark through its command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_prints_a_line_for_every_size(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "experiments/bench_robots.py", "segments=[100,200]", f"hydra.run.dir={tmp_path}"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [row["segments"] for row in json.loads((tmp_path / "benchmark.json").read_text())] == [100, 200]
    assert "| greedy_box | 200 |" in ran.stdout
    ran = subprocess.run(
        [sys.executable, "experiments/bench_robots.py", "segments=[150]", f"hydra.run.dir={tmp_path / 'b'}"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 1 and "segments=150" in ran.stdout + ran.stderr and "Traceback" not in ran.stderr
