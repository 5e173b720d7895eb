"""The robots' benchmark through its command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.experiments.command_line import call

ROOT = Path(__file__).parents[2]


def test_it_prints_a_line_for_every_size(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "experiments/bench_robots.py", "segments=[100,200]", f"hydra.run.dir={tmp_path}"],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert [row["segments"] for row in json.loads((tmp_path / "benchmark.json").read_text())] == [100, 200]
    assert "| greedy_box | 200 |" in ran.stdout
    status, printed = call(
        "bench_robots", "segments=[150]", f"hydra.run.dir={tmp_path / 'b'}", cache=tmp_path / "cache"
    )
    assert status == 1 and "segments=150" in printed and "Traceback" not in printed
