"""The ablation program through its command line, on generated images."""

from __future__ import annotations

from pathlib import Path

from fsannot.evaluation.rows import read_rows
from fsannot.report.curves import MethodRow
from tests.experiments.command_line import call
from tests.experiments.test_annotate import CHEAP


def test_it_compares_methods_over_seeds_and_goes_on_where_it_was(tmp_path: Path) -> None:
    cheap = [o for o in CHEAP if not o.startswith("robot=")]
    common = ["dataset=synthetic", "dataset.images=6", "metric=head", *cheap]
    options = [
        f"hydra.run.dir={tmp_path / 'out'}", f"common={common}",
        "robots=[greedy_box]", "seeds=[0,1]", "ablated=greedy_box",
        "~ablations", "+ablations={no semi-supervision:['semi_supervised=false']}",
    ]  # fmt: skip
    outputs = []
    for _ in range(2):
        status, printed = call("ablation", *options, cache=tmp_path / "cache")
        assert status == 0, printed
        outputs.append(printed)
    assert "finished before" in outputs[1] and "finished before" not in outputs[0]
    rows = read_rows(tmp_path / "out" / "ablation.csv", MethodRow)
    assert [(r.method, r.seed) for r in rows] == [
        ("greedy_box", 0), ("greedy_box", 1),
        ("greedy_box, no semi-supervision", 0), ("greedy_box, no semi-supervision", 1),
    ]  # fmt: skip
    assert all(0 < row.area <= 1 and row.quality > 0.3 for row in rows)
    assert (tmp_path / "out" / "curves.png").stat().st_size > 5000
    assert "| greedy_box | 2 |" in (tmp_path / "out" / "ablation.md").read_text()
