"""The calibration program through its command line, on generated images."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.evaluation.rows import read_rows
from fsannot.studies.calibration import CalibrationRow, ConstantRow
from tests.experiments.command_line import CHEAP, call


def test_it_compares_presets_with_the_paper_and_names_what_is_left_out(tmp_path: Path) -> None:
    setting = "{overrides: ['dataset=synthetic', 'dataset.images=3'], seconds: 60.0, quality: 0.9}"
    absent = "{overrides: ['dataset=davis'], seconds: 1.0, quality: null}"
    status, printed = call(
        "calibrate", f"hydra.run.dir={tmp_path / 'out'}", f"common={['robot=greedy_box', *CHEAP]}",
        "clocks=[human,paper]", "perceptions=[perfect]", f"data_root={tmp_path}",
        "~settings", f"+settings={{three images: {setting}, frames: {absent}}}",
        cache=tmp_path / "cache",
    )  # fmt: skip
    assert status == 0, printed
    assert "frames is left out" in printed and "| three images | paper |" in printed
    rows = read_rows(tmp_path / "out" / "calibration.csv", CalibrationRow)
    assert [(row.clock, row.images) for row in rows] == [("human", 3), ("paper", 3)]
    asked = {
        (row.clock, row.constant): row for row in read_rows(tmp_path / "out" / "constants.csv", ConstantRow)
    }
    box = asked["paper", "box"]
    assert box.value == 3.0 and box.asked is not None
    # one constant alone would close the gap to the paper's seconds
    assert rows[1].seconds + rows[1].waiting + (box.asked - box.value) * box.per_image == pytest.approx(60.0)
