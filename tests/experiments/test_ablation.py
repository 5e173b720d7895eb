"""The ablation program through its command line, on generated images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fsannot.data.errors import ResultsError
from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.results import ResultRow
from fsannot.evaluation.rows import read_rows
from fsannot.report.curves import MethodRow, moments_table, two_level
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
    said = (tmp_path / "out" / "ablation.md").read_text()
    assert "| greedy_box | 2 |" in said and "| method | 1 s | 2 s |" in said
    head = said.splitlines()[0]  # each column says what its brackets are
    assert "over images and seeds)" in head or "over groups and seeds)" in head
    assert "agreement, lowest to highest seed" in head or "iou, lowest to highest seed" in head


def test_quality_at_a_moment_by_hand() -> None:
    runs = {0: [(0.0, 0.2), (1.5, 0.6)], 1: [(0.0, 0.4), (2.5, 0.8)]}
    curves = {"robot": {seed: [CurvePoint(s, 0.0, q, None, 1) for s, q in run] for seed, run in runs.items()}}
    assert moments_table(curves, [1, 2]).splitlines()[0] == "| method | 1 s | 2 s |"
    assert moments_table(curves, [1, 2]).splitlines()[-1] == (
        "| robot | 0.3000 (0.2000 to 0.4000) | 0.5000 (0.4000 to 0.6000) |"
    )


def test_the_interval_of_a_study_draws_groups_and_seeds() -> None:
    row = ResultRow("robot", "davis", "goat", "goat/0", None, 0.4, None, 1.0, 1.0, 1, 0)
    frames = [row, replace(row, image="goat/1"), replace(row, group="cows", image="cows/0", iou=0.8)]
    interval, kind = two_level([frames, [replace(r, seed=1) for r in frames]])
    # goat twice (0.4), cows twice (0.8), or both (mean of three frames); both seeds are the same
    assert kind == "groups" and interval == pytest.approx((1.6 / 3, 0.4, 0.8))
    with pytest.raises(ResultsError, match="different images"):
        two_level([frames, frames[:2]])


def test_moments_that_are_none_are_named(tmp_path: Path) -> None:
    status, printed = call("ablation", "moments=[-1]", cache=tmp_path / "cache")
    assert status == 1 and "moments=[-1]" in printed
