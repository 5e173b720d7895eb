"""What a program prints of a session."""

from __future__ import annotations

from dataclasses import replace

from fsannot.evaluation.effort import CurvePoint
from fsannot.pipeline.program import result_table
from tests.evaluation.test_results import SEMANTIC, SUMMARY


def points(*stands: tuple[float, float]) -> list[CurvePoint]:
    return [CurvePoint(seconds, 0.0, iou, None, i) for i, (seconds, iou) in enumerate(stands)]


def test_quality_on_the_way_is_that_of_the_last_finished_action() -> None:
    table = result_table(
        SUMMARY, points((0.0, 0.1), (0.9, 0.2), (2.5, 0.3), (5.9, 0.4), (6.1, 0.5), (6.5, 0.6))
    )
    assert "0.2000 after 1 s, 0.3000 after 3 s, 0.4000 after 6 s\n" in table
    assert "mean IoU                   0.7500  (95 %: 0.7000 to 0.8000)" in table


def test_it_says_what_the_intervals_draw() -> None:
    assert "intervals                  95 %, bootstrapped over groups" in result_table(
        replace(SUMMARY, ci_over="groups")
    )


def test_a_session_that_is_over_at_once_has_no_way() -> None:
    assert "on the way" not in result_table(SUMMARY, points((0.0, 0.1), (0.5, 0.6)))
    assert result_table(SUMMARY) == result_table(SUMMARY, points((0.0, 0.1)))


def test_classes_are_listed_with_those_that_are_absent() -> None:
    table = result_table(replace(SEMANTIC, agreement_bound=0.95))
    assert "mIoU                       0.5000  (95 %: 0.4000 to 0.6000)" in table
    assert "  IoU of sky               0.5000  (95 %: 0.4000 to 0.6000)" in table
    assert "  IoU of bus               not in these images" in table
    assert "IoU of" not in result_table(SUMMARY)
