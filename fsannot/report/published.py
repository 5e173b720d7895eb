"""Published numbers, as tables set them beside measured ones. Every line of ``published.csv`` names its source."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Published:
    """One published number.

    Attributes:
        source: e.g. ``"paper table 1"``.
        method: as its authors call it.
        training: what it was trained on; may be empty.
        dataset: e.g. ``"DAVIS"``; ``"all"`` where it does not depend on one.
        metric: e.g. ``"mean IoU"``.
        value: a fraction in [0, 1] where the source says per cent, else in ``unit``.
        unit: ``"fraction"``, or as published: ``"s/image"``, ``"clicks"``.
        note: what else must be known to compare with it.
    """

    source: str
    method: str
    training: str
    dataset: str
    metric: str
    value: float
    unit: str
    note: str


@cache
def published_numbers() -> tuple[Published, ...]:
    """All published numbers.

    Returns:
        in the order of ``published.csv``.
    """
    text = resources.files("fsannot.report").joinpath("published.csv").read_text(encoding="utf-8")
    return tuple(_number(line) for line in csv.DictReader(text.splitlines()))


def published(source: str, method: str, dataset: str, metric: str) -> Published | None:
    """The number of a source.

    Args:
        source: e.g. ``"paper table 1"``.
        method: as its authors call it.
        dataset: name, in any case.
        metric: e.g. ``"mean IoU"``.

    Returns:
        the number; None where the source has none.
    """
    for number in published_numbers():
        same = (number.source, number.method, number.metric) == (source, method, metric)
        if same and number.dataset.casefold() in (dataset.casefold(), "all"):
            return number
    return None


def first_published(candidates: Iterable[tuple[str, str]], dataset: str, metric: str) -> Published | None:
    """The first of several published numbers that is there.

    Args:
        candidates: ``(source, method)`` each, in order.
        dataset: name, in any case.
        metric: e.g. ``"mean IoU"``.

    Returns:
        the number; None where no candidate has one.
    """
    found = (published(source, method, dataset, metric) for source, method in candidates)
    return next((number for number in found if number is not None), None)


def _number(line: dict[str, str]) -> Published:
    percent = line["unit"] == "%"
    value = float(line["value"]) / 100 if percent else float(line["value"])
    return Published(**{**line, "value": round(value, 10), "unit": "fraction" if percent else line["unit"]})  # type: ignore[arg-type]
