"""Instances: connected regions against a flood fill that visits pixel after pixel."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.exports.regions import find_regions
from tests.exports.labels import MASKS, blobs


def flooded(labels: np.ndarray, classes: list[int]) -> list[set[tuple[int, int]]]:
    left = {(int(y), int(x)) for y, x in np.argwhere(np.isin(labels, classes))}
    found = []
    for start in sorted(left):
        if start not in left:
            continue
        region, waiting = set(), [start]
        left.remove(start)
        while waiting:
            y, x = waiting.pop()
            region.add((y, x))
            for other in ((y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
                if other in left and labels[other] == labels[start]:
                    left.remove(other)
                    waiting.append(other)
        found.append(region)
    return found


@pytest.mark.parametrize(
    "labels", [*MASKS.values(), *(blobs(s) for s in range(5))], ids=range(len(MASKS) + 5)
)
def test_regions_are_those_of_a_flood_fill(labels: np.ndarray) -> None:
    found = find_regions(labels, [1, 2])
    expected = flooded(labels, [1, 2])
    assert [r.number for r in found] == list(range(1, len(expected) + 1))
    for region, pixels in zip(found, expected, strict=True):  # both in the order of their first pixel
        y, x = map(np.array, zip(*pixels, strict=True))
        left, top = int(x.min()), int(y.min())
        assert region.label == labels[y[0], x[0]] and region.area == len(pixels)
        assert region.box == (left, top, int(x.max()) - left + 1, int(y.max()) - top + 1)
        assert {(int(a) + top, int(b) + left) for a, b in np.argwhere(found.cut(region))} == pixels
