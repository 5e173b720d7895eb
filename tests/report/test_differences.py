"""Paired differences of runs over the same images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fsannot.evaluation.results import ResultRow
from fsannot.report.differences import difference_table, paired_differences
from fsannot.report.run_directory import RunDirectory, read_run


@pytest.fixture
def run(runs: dict[str, Path]) -> RunDirectory:
    return read_run(runs["clicks"])


def of(run: RunDirectory, qualities: list[float], groups: str) -> RunDirectory:
    rows = tuple(
        ResultRow("m", "d", group, str(k), None, quality, None, 1.0, 1.0, 1, 0)
        for k, (quality, group) in enumerate(zip(qualities, groups, strict=True))
    )
    return replace(run, rows=rows)


def test_worked_out_by_hand(run: RunDirectory) -> None:
    first, second = of(run, [0.5, 0.6, 0.7, 0.8], "aabb"), of(run, [0.6, 0.7, 0.7, 0.7], "aabb")
    (found,) = paired_differences([first, second])
    assert (found.first, found.second) == (1, 0)
    assert found.over_images.value == pytest.approx(0.025)
    assert (found.better, found.equal, found.worse) == (2, 1, 1)
    # group means are 0.1 and −0.05: every resample of two groups lies between them
    assert found.groups == 2 and found.over_groups is not None
    assert (found.over_groups.low, found.over_groups.high) == pytest.approx((-0.05, 0.1))


def test_what_is_hard_for_both_cancels(run: RunDirectory) -> None:
    hard = [0.1, 0.9, 0.3, 0.7, 0.5]
    (found,) = paired_differences([of(run, hard, "abcde"), of(run, [q + 0.05 for q in hard], "abcde")])
    assert found.over_images == pytest.approx((0.05, 0.05, 0.05))
    assert found.over_groups is None  # every image is a group: the intervals are the same


def test_pairs(run: RunDirectory) -> None:
    made = [of(run, [0.1 * k, 0.2], "ab") for k in range(6)]
    assert [(d.first, d.second) for d in paired_differences(made[:3])] == [(1, 0), (2, 0), (2, 1)]
    assert [(d.first, d.second) for d in paired_differences(made)] == [(k, 0) for k in range(1, 6)]
    assert paired_differences(made[:1]) == [] and difference_table([], [], "IoU") == ""
    assert paired_differences([made[0], of(run, [0.1], "a")]) == []  # other units


def test_the_table(run: RunDirectory) -> None:
    pair = [of(run, [0.5, 0.6], "ab"), of(run, [0.4, 0.5], "ab")]
    text = difference_table(paired_differences(pair), ["seed=0", "<seed>=1"], "IoU")
    assert "−0.1000" in text and "&lt;seed&gt;" in text and "0 / 0 / 2" in text
