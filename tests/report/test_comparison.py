"""Published numbers beside ours, in three formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fsannot.data.errors import ResultsError
from fsannot.evaluation.intervals import Interval
from fsannot.report.comparison import TableRow, check_one_selection, make_row, over_rows
from fsannot.report.comparison_files import (
    MANY,
    comparison_table,
    latex,
    markdown,
    notes,
    read_comparison,
    write_comparison,
)
from fsannot.report.effort_figure import Line, draw_effort
from fsannot.report.page import write_report
from fsannot.report.published import published, published_numbers
from fsannot.runs.directory import read_run


@pytest.fixture(scope="module")
def row(runs: dict[str, Path]) -> TableRow:
    run = read_run(runs["session"])
    reference = published("paper table 2", "hierarchical cut + majority vote", "davis", "mean IoU")
    return make_row(
        run, "greedy_box", "mean IoU", "fraction", Interval(0.8, 0.75, 0.85), reference, "50 % & more"
    )


def test_published_numbers_are_fractions_and_seconds() -> None:
    assert len(published_numbers()) > 60
    assert all(number.value <= 1 for number in published_numbers() if number.unit == "fraction")
    clicks = published("paper table 3", "clicks (3)", "anything", "time")
    assert clicks is not None and clicks.value == 4.2 and clicks.unit == "s"
    assert published("paper table 9", "clicks (3)", "DAVIS", "time") is None


def test_a_row_says_the_difference_and_where_it_comes_from(row: TableRow) -> None:
    assert row.published == 0.8246 and row.difference == pytest.approx(-0.0246)
    assert (row.images, row.instances, row.run) == (10, None, "session")
    assert row.note == "50 % & more; volume 1000"


def test_files_read_back_and_are_the_same_twice(row: TableRow, tmp_path: Path) -> None:
    skipped = [{"what": "dataset rooftop", "why": "not there"}]
    for name in ("a", "b"):
        write_comparison(tmp_path / name, "t", [row], title="T_1", skipped=skipped)
    assert read_comparison(tmp_path / "a" / "t.csv") == [row]
    for suffix in ("csv", "md", "tex"):
        assert (tmp_path / "a" / f"t.{suffix}").read_bytes() == (tmp_path / "b" / f"t.{suffix}").read_bytes()
    text = (tmp_path / "a" / "t.csv").read_text()
    (tmp_path / "a" / "t.csv").write_text(text.replace("difference", "other", 1))
    with pytest.raises(ResultsError, match="column difference is missing"):
        read_comparison(tmp_path / "a" / "t.csv")


def test_text_to_read_is_escaped(row: TableRow) -> None:
    strange = replace(row, method="a_b|c<d>")
    assert r"a\_b|c<d>" in latex([strange], title="100 %") and r"100 \%" in latex([strange], title="100 %")
    assert r"a_b\|c<d>" in markdown([strange], title="t")
    assert "a_b|c&lt;d&gt;" in comparison_table([strange]) and comparison_table([]) == ""


def test_it_stands_on_the_page(row: TableRow, runs: dict[str, Path], tmp_path: Path) -> None:
    page = write_report([runs["session"], runs["clicks"]], tmp_path / "page.html", comparison=[row])
    assert "Beside published numbers" in page.read_text() and "0.8246" in page.read_text()


def test_runs_on_other_images_or_another_copy_are_refused(runs: dict[str, Path]) -> None:
    first = read_run(runs["session"])
    check_one_selection([first, read_run(runs["clicks"]), read_run(runs["semantic"])])
    fewer = replace(first, rows=first.rows[1:], path=Path("fewer"))
    with pytest.raises(ResultsError, match="fewer has 9 images of discs"):
        check_one_selection([first, fewer])
    other = replace(
        first, provenance={**first.provenance, "dataset": {"fingerprint": "f"}}, path=Path("other")
    )
    with pytest.raises(ResultsError, match=r"other/provenance\.json: dataset\.fingerprint f differs"):
        check_one_selection([first, other])


def test_a_measure_some_rows_lack_names_the_file(runs: dict[str, Path]) -> None:
    run = read_run(runs["session"])
    assert over_rows(run, lambda r: r.iou).value == pytest.approx(run.summary.iou_mean)
    with pytest.raises(ResultsError, match=r"results\.csv: 10 rows lack the measure"):
        over_rows(run, lambda r: r.agreement)


def test_a_note_of_many_rows_is_said_once(row: TableRow) -> None:
    few = [replace(row, metric=f"m{k}", note="rare") for k in range(MANY)]
    many = [replace(row, metric=f"n{k}", note="common") for k in range(MANY + 1)]
    said = notes([*few, *many])
    assert len(said) == MANY + 1 and said[-1] == f"{many[0].dataset}, {MANY + 1} rows: common"


def test_the_figure_has_every_line_and_is_the_same_twice(tmp_path: Path) -> None:
    lines = [Line(f"method {k}", np.arange(5.0) * (k + 1), np.linspace(0, 0.9, 5)) for k in range(3)]
    drawn = [
        [
            p.read_bytes()
            for p in draw_effort(tmp_path / name / "f", lines, measure="IoU", title="t", until=6.0)
        ]
        for name in ("a", "b")
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0][0].startswith(b"<?xml")
