"""Finished runs are counted while a launcher works."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from fsannot import progress
from fsannot.pipeline import launching


def test_finished_runs_are_counted_whoever_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(progress, "SHORTEST", 0.0)
    monkeypatch.setattr(launching, "LOOK_EVERY", 0.01)
    caplog.set_level(logging.INFO, logger="fsannot")
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    (folders[1] / "summary.json").write_text("of a run with other settings")
    with launching._counting(folders):
        for count, folder in enumerate(folders[:2], start=1):
            (folder / "summary.json").unlink(missing_ok=True)
            (folder / "summary.json").write_text("{}")
            while len(caplog.messages) < count:
                time.sleep(0.01)
    assert [line.split(" (")[0] for line in caplog.messages] == [
        "finished: 1 of 3 runs",
        "finished: 2 of 3 runs",
    ]


def test_a_run_that_fails_ends_the_count(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), launching._counting([tmp_path]):
        raise RuntimeError
