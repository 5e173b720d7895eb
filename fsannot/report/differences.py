"""Paired differences: runs over the same images, compared image by image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fsannot.evaluation.effort import UNMEASURED
from fsannot.evaluation.intervals import Interval, bootstrap_interval
from fsannot.report.tables import breakable
from fsannot.runs.directory import RunDirectory

MOST_PAIRS = 6
"""Up to four runs every pair is shown; of more, each run against the first."""


@dataclass(frozen=True)
class PairedDifference:
    """Quality of one run less that of another over the same images or instances.

    Attributes:
        first, second: indices of the runs; the difference is first − second.
        over_images: mean difference with its 95 % interval; instances of one image are drawn together.
        over_groups: the same with whole groups of related images drawn, e.g. the frames of one video; None where
            there is only one group, or every image is its own.
        groups: how many there are.
        better, equal, worse: images on which the first run is better than the second, as good, and worse.
    """

    first: int
    second: int
    over_images: Interval
    over_groups: Interval | None
    groups: int
    better: int
    equal: int
    worse: int


def paired_differences(runs: Sequence[RunDirectory]) -> list[PairedDifference]:
    """Differences of runs over the same images; of more than four runs, of each and the first.

    What makes an image hard for both runs cancels, so that these intervals are narrower than those of the two
    means. Images of one group resemble each other: an interval over groups says what to expect of other groups.
    A pair whose rows are not of the same units is left out.

    Args:
        runs: of one dataset.

    Returns:
        one difference a pair.
    """
    count = len(runs)
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    if len(pairs) > MOST_PAIRS:
        pairs = [(0, b) for b in range(1, count)]
    found = [_difference(runs[b], runs[a], b, a) for a, b in pairs]
    return [difference for difference in found if difference is not None]


def difference_table(differences: Sequence[PairedDifference], names: Sequence[str], measure: str) -> str:
    """The differences as HTML.

    Args:
        differences: of pairs of runs.
        names: of the runs.
        measure: ``iou`` or ``agreement``.

    Returns:
        HTML; empty without any.
    """
    if not differences:
        return ""
    head = (
        "Run", "less the run", f"{measure}, mean difference", "95 %, over images", "95 %, over groups",
        "Images better / equal / worse",
    )  # fmt: skip
    body = []
    for d in differences:
        groups = (
            "–"
            if d.over_groups is None
            else f"{_between(d.over_groups)} <span class='quiet'>({d.groups})</span>"
        )
        body.append(
            f"<tr><th scope='row'>{breakable(names[d.first])}</th><td class='wraps'>{breakable(names[d.second])}</td>"
            f"<td class='number'><span class='value'>{_signed(d.over_images.value)}</span></td>"
            f"<td class='number'>{_between(d.over_images)}</td><td class='number'>{groups}</td>"
            f"<td class='number'>{d.better} / {d.equal} / {d.worse}</td></tr>"
        )
    heads = "".join(f"<th scope='col'{' class=number' if k > 1 else ''}>{h}</th>" for k, h in enumerate(head))
    return (
        "<div class='scroll' tabindex='0' role='region' aria-label='Paired differences'>"
        "<table class='differences'><caption>Paired differences, image by image</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _difference(first: RunDirectory, second: RunDirectory, a: int, b: int) -> PairedDifference | None:
    ours, theirs = _values(first), _values(second)
    if not ours or ours.keys() != theirs.keys():
        return None
    units = sorted(ours, key=lambda unit: (unit[0], unit[1] is not None, unit[1] or 0))
    values = np.array([ours[unit] - theirs[unit] for unit in units])
    images = [image for image, _ in units]
    group_of = {row.image: row.group for row in first.rows}
    groups = [group_of[image] for image in images]
    of_image: dict[str, list[float]] = {}
    for image, value in zip(images, values, strict=True):
        of_image.setdefault(image, []).append(float(value))
    means = [sum(own) / len(own) for own in of_image.values()]
    count = len(set(groups))
    return PairedDifference(
        first=a,
        second=b,
        over_images=bootstrap_interval(values, units=None if len(of_image) == len(images) else images),
        over_groups=bootstrap_interval(values, units=groups) if 1 < count < len(of_image) else None,
        groups=count,
        better=sum(m > 0 for m in means),
        equal=sum(m == 0 for m in means),
        worse=sum(m < 0 for m in means),
    )


def _values(run: RunDirectory) -> dict[tuple[str, int | None], float]:
    """Quality by image and instance; empty where a row has none."""
    if run.measure == UNMEASURED:
        return {}
    found = {(row.image, row.instance): getattr(row, run.measure) for row in run.rows}
    return found if all(value is not None for value in found.values()) else {}


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


def _between(interval: Interval) -> str:
    return f"{_signed(interval.low)} to {_signed(interval.high)}"
