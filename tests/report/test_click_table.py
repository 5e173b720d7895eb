"""The click table, by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fsannot.data.errors import InputError
from fsannot.evaluation.noc import ClickTable, write_click_table
from fsannot.report.click_table import measured_table, published_table


def run(folder: Path, dataset: str, objects: int = 83) -> Path:
    folder.mkdir()
    table = ClickTable(
        objects, {0.85: 6.96, 0.9: 9.961}, {}, {}, {}, 0, 0, {1: 0.5, 3: 0.7, 5: 0.7978}, 0.2071, 0.058
    )
    write_click_table(folder / "clicks.json", table)
    (folder / "summary.json").write_text(json.dumps({"method": "watershed", "dataset": dataset}))
    return folder


def test_measured_rows(tmp_path: Path) -> None:
    lines = measured_table([run(tmp_path / "a", "davis")]).splitlines()
    assert lines[-1] == "| watershed | davis | 83 | 0.500 | 0.700 | 0.798 | 6.96 | 9.96 | 0.207 | 5.8% |"


def test_runs_on_different_sets_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="different sets"):
        measured_table([run(tmp_path / "a", "davis"), run(tmp_path / "b", "davis", 10)])
    with pytest.raises(InputError, match="runs="):
        measured_table([])


def test_published_rows() -> None:
    table = published_table("DAVIS")
    assert "| RITM HRNet18 | COCO+LVIS | RITM repository |  |  |  | 4.36 | 5.74 |" in table
    assert "| SimpleClick ViT-B | COCO+LVIS | PiClick | 0.729 | 0.876 | 0.908 |  |  |" in table
