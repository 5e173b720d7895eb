"""What charts show of clicks: lines, and the best of all rules of stopping."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.clicks.predictors.geodesic import GeodesicPredictor
from fsannot.data.synthetic import Synthetic
from fsannot.evaluation.click_paths import FILE, read_click_paths
from fsannot.evaluation.envelope import Envelope
from fsannot.report.figures import plot_curves
from fsannot.report.page import render
from fsannot.report.shown_curve import UNTIL, shown_curve
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.studies.click_baseline import run_click_baseline
from fsannot.studies.click_run import ClickProtocol
from fsannot.studies.parts import clicker, clock


@pytest.fixture
def clicked(tmp_path: Path) -> RunDirectory:
    run_click_baseline(
        dataset=Synthetic(images=3, size=(48, 56)), baseline=GeodesicPredictor(), edges=None, clicker=clicker(),
        protocol=ClickProtocol(max_clicks=6), clock=clock(), folder=tmp_path / "run", cache=tmp_path / "cache",
    )  # fmt: skip
    return read_run(tmp_path / "run")


def test_clicks_are_lines_of_the_best_rules(clicked: RunDirectory) -> None:
    shown, paths = shown_curve(clicked), read_click_paths(clicked.path)
    assert shown.linear and paths is not None and len(shown.seconds) < 60
    seconds, quality = Envelope([paths], until=UNTIL).curve()
    at = np.linspace(0, 8, 30)
    np.testing.assert_allclose(
        np.interp(at, shown.seconds, shown.quality), np.interp(at, seconds, quality), atol=1e-6
    )
    fixed = list(clicked.curve)
    assert all(
        np.interp(p.human_seconds_per_image, shown.seconds, shown.quality) >= p.quality - 0.02 for p in fixed
    )
    (line,) = plot_curves({"clicks": clicked}).axes[0].get_lines()
    assert line.get_drawstyle() == "default" and len(line.get_xdata()) == len(shown.seconds)  # type: ignore[arg-type]
    page = render([clicked])
    assert '"line":{"human":[0.0,' in page and "<path class='curve' d='M" in page
    drawn = page.split("<path class='curve' d='")[1].split("'")[0]
    assert "L" in drawn and "H" not in drawn


def test_older_clicks_have_the_curve_of_fixed_numbers_of_clicks(clicked: RunDirectory) -> None:
    (clicked.path / FILE).unlink()
    shown = shown_curve(clicked)
    assert shown.linear and shown.quality.tolist() == [point.quality for point in clicked.curve]
