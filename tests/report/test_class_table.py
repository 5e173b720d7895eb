"""The table of classes on the page."""

from __future__ import annotations

from fsannot.report.tables import class_table, result_table
from tests.evaluation.test_results import SEMANTIC, SUMMARY


def test_classes_are_rows_and_runs_are_columns() -> None:
    html = class_table("street, 3 images", [(SEMANTIC, "<robot>", "#112233"), (SUMMARY, "older", "#445566")])
    assert "<th scope='col' class='number'>&lt;robot&gt;</th>" in html and "older" not in html
    assert "<th scope='row'>sky</th><td class='number'><span class='value'>0.500</span>" in html
    assert "<th scope='row'>bus</th><td class='number'>–</td>" in html
    assert "mIoU" in result_table("street", [(SEMANTIC, "robot", "#112233")])


def test_runs_without_classes_have_no_such_table() -> None:
    assert class_table("discs", [(SUMMARY, "robot", "#112233")]) == ""
    assert "mIoU" not in result_table("discs", [(SUMMARY, "robot", "#112233")])
