"""Intervals of older runs, drawn as today, so that a column of a table has one kind of interval."""

from __future__ import annotations

from dataclasses import replace

from fsannot.evaluation.results import Summary
from fsannot.evaluation.summary import summarize
from fsannot.runs.directory import RunDirectory

FROM_ROWS = ("iou_mean_ci", "iou_median_ci", "agreement_ci", "human_seconds_per_image_ci", "ci_over")


def same_intervals(run: RunDirectory) -> Summary:
    """The summary of a run with intervals over groups where there are several, else over images.

    Args:
        run: of any version; runs before version 0.2 drew single images.

    Returns:
        the summary; of an older run with intervals made from its rows, and without those that rows do not give.
    """
    unmeasured = run.summary.iou_mean is None and run.summary.agreement is None
    if run.summary.ci_over is not None or unmeasured:
        return run.summary
    made = summarize(run.rows, bootstrap_seed=run.summary.seed)
    return replace(
        run.summary,
        miou_ci=None,
        iou_per_class_ci=None,
        **{name: getattr(made, name) for name in FROM_ROWS},
    )
