"""Result rows → summary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fsannot.data.errors import InputError
from fsannot.evaluation.class_iou import ClassIous
from fsannot.evaluation.clusters import clusters
from fsannot.evaluation.intervals import Interval, bootstrap_interval
from fsannot.evaluation.results import ResultRow, Summary


def summarize(
    rows: Sequence[ResultRow],
    *,
    segments: int | None = None,
    iou_bound: float | None = None,
    agreement_bound: float | None = None,
    actions: int | float | None = None,
    classes: ClassIous | None = None,
    bootstrap_seed: int = 0,
) -> Summary:
    """Means over the rows of one run, with 95 % bootstrap intervals over groups or images, see ``clusters``.

    Instances of one image are resampled together, and their seconds are added up before the mean over images.

    Args:
        rows: of one method, dataset and seed.
        segments: on the canvas at the end.
        iou_bound, agreement_bound: mean of what the partition allows.
        actions: of the whole run; by default the sum over the rows.
        classes: IoU of each class, of semantic sets.
        bootstrap_seed: of the intervals.

    Returns:
        the summary of the run.

    Raises:
        InputError: no rows, rows of several runs, or a column filled in some rows only.
    """
    if not rows:
        raise InputError("no rows to summarize; pass the rows of one run")
    runs = {(row.method, row.dataset, row.seed) for row in rows}
    if len(runs) > 1:
        raise InputError(f"rows of several runs cannot be summarized as one: {sorted(runs)}")
    images = list(dict.fromkeys(row.image for row in rows))
    drawn = clusters([row.group for row in rows], [row.image for row in rows])
    group_of = {row.image: row.group for row in rows}
    drawn_images = clusters([group_of[image] for image in images], images).units

    def column(name: str) -> np.ndarray | None:
        values = [getattr(row, name) for row in rows]
        if all(value is None for value in values):
            return None
        if any(value is None for value in values):
            raise InputError(
                f"column {name} is empty in {sum(v is None for v in values)} of {len(values)} rows; "
                "fill it in all of them or in none"
            )
        return np.array(values, float)

    def over_images(values: np.ndarray | None) -> Interval:
        if values is None:
            raise InputError("human_seconds and waiting_seconds must be filled in every row")
        totals = dict.fromkeys(images, 0.0)
        for row, value in zip(rows, values.tolist(), strict=True):
            totals[row.image] += value
        return bootstrap_interval(list(totals.values()), units=drawn_images, seed=bootstrap_seed)

    iou, agreement, counted = column("iou"), column("agreement"), column("actions")
    human, waiting = over_images(column("human_seconds")), over_images(column("waiting_seconds"))
    prepared = column("preparation_seconds")
    mean = None if iou is None else bootstrap_interval(iou, units=drawn.units, seed=bootstrap_seed)
    median = (
        None
        if iou is None
        else bootstrap_interval(iou, statistic=np.median, units=drawn.units, seed=bootstrap_seed)
    )
    agreed = (
        None if agreement is None else bootstrap_interval(agreement, units=drawn.units, seed=bootstrap_seed)
    )
    if actions is None:
        total = 0.0 if counted is None else float(counted.sum())
        actions = int(total) if total.is_integer() else total
    first = rows[0]
    return Summary(
        method=first.method,
        dataset=first.dataset,
        seed=first.seed,
        images=len(images),
        segments=segments,
        actions=actions,
        human_seconds_per_image=human.value,
        waiting_seconds_per_image=waiting.value,
        preparation_seconds_per_image=None if prepared is None else float(prepared.sum()) / len(images),
        iou_mean=mean.value if mean else None,
        iou_median=median.value if median else None,
        agreement=agreed.value if agreed else None,
        iou_bound=iou_bound,
        agreement_bound=agreement_bound,
        iou_mean_ci=mean[1:] if mean else None,
        iou_median_ci=median[1:] if median else None,
        agreement_ci=agreed[1:] if agreed else None,
        human_seconds_per_image_ci=human[1:],
        waiting_seconds_per_image_ci=waiting[1:],
        ci_over=drawn.kind,
        **({} if classes is None else classes.summary_values()),
    )
