"""The curve of a run as charts show it: steps of a session, lines of clicks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fsannot.evaluation.click_paths import read_click_paths
from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.envelope import Envelope
from fsannot.runs.directory import RunDirectory

UNTIL = 60.0
"""Seconds per image up to which the curve of clicks is fine."""


@dataclass(frozen=True, eq=False)
class ShownCurve:
    """Quality against human seconds per image.

    Attributes:
        seconds: float64 (T,), rising.
        quality: float64 (T,), in [0, 1].
        linear: whether it is drawn from point to point, else as steps.
    """

    seconds: np.ndarray
    quality: np.ndarray
    linear: bool


def shown_curve(run: RunDirectory) -> ShownCurve:
    """The curve of a run: steps, or of clicks the best of all rules of stopping, see ``Envelope``.

    Args:
        run: of any version; of clicks of older ones, the curve of a fixed number of clicks.

    Returns:
        the curve.

    Raises:
        ResultsError: ``click_paths.npz`` is not whole.
    """
    paths = read_click_paths(run.path)
    if paths is None:
        return steps(run.curve, linear=(run.path / "clicks.csv").is_file())
    seconds, quality = Envelope([paths], until=UNTIL).curve()
    bends = np.abs(np.diff(quality, 2)) > 1e-9  # points between which the curve is a line say nothing
    bends[np.argmax(seconds >= UNTIL) - 1 :] = True  # the step of the grid changes there
    kept = np.r_[True, bends, True]
    return ShownCurve(seconds[kept], quality[kept], linear=True)


def steps(curve: Sequence[CurvePoint], *, linear: bool = False) -> ShownCurve:
    """A stored curve.

    Args:
        curve: its points.
        linear: see ``ShownCurve``.

    Returns:
        the curve.
    """
    seconds, quality = zip(*((point.human_seconds_per_image, point.quality) for point in curve), strict=True)
    return ShownCurve(np.array(seconds), np.array(quality), linear)
