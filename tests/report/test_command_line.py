"""experiments/report.py as a person calls it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

PROGRAM = Path(__file__).parents[2] / "experiments" / "report.py"


def call(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *overrides],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_one_page_and_nothing_else(runs: dict[str, Path], tmp_path: Path) -> None:
    done = call(
        tmp_path, f"runs=[{runs['session']},{runs['clicks']}]", "output=page.html", "title=Two methods"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["page.html"]
    assert "<h1>Two methods</h1>" in (tmp_path / "page.html").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_half_written_run_is_one_line_without_traceback(
    fresh_run: Callable[[], Path], tmp_path: Path
) -> None:
    run = fresh_run()
    (run / "summary.json").unlink()
    done = call(tmp_path, f"runs=[{run}]")
    assert done.returncode == 1
    assert "summary.json is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "report.html").exists()


def test_a_sweep_folder_is_its_finished_runs(runs: dict[str, Path], tmp_path: Path) -> None:
    for job in ("0", "1"):
        shutil.copytree(runs["clicks"], tmp_path / "multirun" / "a" / job)
    (tmp_path / "multirun" / "a" / "1" / "summary.json").unlink()
    for named in ("runs=[multirun/a]", "runs=[multirun/*]", "runs=[mult*/a/*]"):
        done = call(tmp_path, named)
        assert done.returncode == 0, done.stderr
        assert "skipped 1 of 2 runs, not finished: multirun/a/1: summary.json is missing" in done.stderr
        assert "<b>multirun/a/1</b>: summary.json is missing" in (tmp_path / "report.html").read_text()


def test_bad_options_are_named(tmp_path: Path) -> None:
    assert "runs is empty" in call(tmp_path).stderr
    assert (
        "runs=outputs/a: a list of texts is needed; write runs=[outputs/a]"
        in call(tmp_path, "runs=outputs/a").stderr
    )
