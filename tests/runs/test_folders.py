"""From what a person names to finished run directories."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fsannot.data.errors import InputError
from fsannot.runs.folders import find_runs


@pytest.fixture
def sweep(runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sweep of twelve jobs: ten finished, one of them with a second session, one cut off, one that wrote nothing."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "multirun" / "annotate" / "2026-11-24_09-30-00"
    for job in range(10):
        shutil.copytree(runs["clicks"], folder / str(job))
    shutil.copytree(runs["clicks"], folder / "1" / "seed-1")
    shutil.copytree(runs["clicks"], folder / "10")
    (folder / "10" / "summary.json").unlink()
    (folder / "11" / ".hydra").mkdir(parents=True)
    (folder / "11" / ".hydra" / "config.yaml").write_text("dataset: {limit: 3}\nrobot: {}\n")
    (folder / "multirun.yaml").write_text("hydra: {}\n")
    return folder


@pytest.mark.parametrize(
    "named", ["multirun/annotate/2026-11-24_09-30-00", "multirun", "multirun/*/2026-*", "multi*"]
)
def test_a_sweep_is_its_finished_runs_and_names_the_others(sweep: Path, named: str) -> None:
    found = find_runs([named])
    assert [path.resolve() for path in found.finished] == [
        sweep / name for name in ("0", "1", "1/seed-1", *"23456789")
    ]
    assert [entry["what"] for entry in found.unfinished] == [
        f"multirun/annotate/2026-11-24_09-30-00/{k}" for k in (10, 11)
    ]
    assert found.skipped_line.startswith("skipped 2 of 13 runs, not finished: ")
    assert "summary.json is missing" in found.unfinished[0]["why"]


def test_a_run_named_twice_is_shown_once(sweep: Path) -> None:
    assert len(find_runs([sweep / "3", "multirun/*/*/3", sweep]).finished) == 11


def test_a_run_named_itself_is_taken_as_it_is(sweep: Path) -> None:
    assert find_runs([sweep / "10"]).finished == (sweep / "10",)  # reading it says what it lacks
    assert find_runs([sweep / "nowhere"]).finished == (sweep / "nowhere",)


def test_nothing_found_is_said(sweep: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="runs is empty"):
        find_runs([])
    with pytest.raises(InputError, match=r"outputs/\* fits no folder"):
        find_runs(["outputs/*"])
    with pytest.raises(InputError, match="empty is no run directory and holds none; it is empty"):
        find_runs(["empty"])
    with pytest.raises(InputError, match=r"no finished run in .*; skipped 1 of 1 runs"):
        find_runs([f"{sweep}/1[0]"])


def test_a_folder_of_a_table_is_its_runs(runs: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(runs["clicks"], tmp_path / "table" / "davis" / "watershed")
    (tmp_path / "table" / "provenance.json").write_text("{}")
    found = find_runs([tmp_path / "table"])
    assert found.finished == (tmp_path / "table" / "davis" / "watershed",)
    assert found.unfinished == ()
