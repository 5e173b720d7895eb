"""Constants solved for, by hand."""

from __future__ import annotations

import pytest

from fsannot.human.clock import Clock
from fsannot.studies.calibration import (
    CalibrationRow,
    asked_constants,
    asked_error_factor,
    calibration_table,
)


def row(perception: str = "human", quality: float = 0.8) -> CalibrationRow:
    return CalibrationRow("DAVIS", "human", perception, 10, 4.5, 0.5, 8.0, quality, 0.7)


def test_each_constant_alone_would_close_the_residual() -> None:
    asked = {c.constant: c for c in asked_constants(row(), Clock(), {"decide": 20.0, "key": 30.0})}
    assert row().residual == -3.0
    assert asked["decide"].asked == pytest.approx(1.35 + 3.0 / 2.0)  # spent twice an image
    assert asked["key"].asked == pytest.approx(0.28 + 3.0 / 3.0)
    assert asked["first_click"].asked is None and asked["first_click"].per_image == 0.0
    fixed = asked_constants(row(), Clock(box=3.0), {"box": 15.0, "drag": 15.0, "look": 99.0})
    assert (fixed[0].constant, fixed[0].asked) == ("box", pytest.approx(5.0))
    negative = CalibrationRow("DAVIS", "human", "human", 10, 50.0, 0.0, 8.0, 0.8, None)
    assert asked_constants(negative, Clock(), {"key": 10.0})[1].asked is None


def test_a_setting_without_published_seconds_is_measured_and_asks_for_nothing() -> None:
    ideal = CalibrationRow("regions (ideal)", "human", "human", 10, 5.0, 0.0, None, 0.8, None)
    assert ideal.residual is None and asked_constants(ideal, Clock(), {"key": 10.0}) == []
    assert "| regions (ideal) | human | human | 10 | 5.00 | 0.00 |  |  | 0.8000 |  |" in calibration_table(
        [ideal], []
    )


def test_errors_asked_for_lie_on_the_line_through_none_and_the_presets() -> None:
    assert asked_error_factor(row(quality=0.8), row("perfect", 0.9)) == pytest.approx(2.0)
    assert asked_error_factor(row(quality=0.9), row("perfect", 0.9)) is None
    table = calibration_table([row(), row("perfect", 0.9)], asked_constants(row(), Clock(), {"decide": 20.0}))
    assert "-3.00" in table and "2.85" in table and "DAVIS, clock human: 2.00" in table
