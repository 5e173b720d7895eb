"""The deepest pixel of each segment."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.human.deepest import deepest_pixels, depth_of


@pytest.mark.parametrize("seed", range(8))
def test_as_a_distance_transform_of_each_segment_finds_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(-1, 6, size=(9, 11))
    row_map = np.kron(coarse, np.ones((4, 3), np.int64)).astype(np.int32)
    row_map[rng.random(row_map.shape) < 0.03] = 6
    found = deepest_pixels(row_map, 8)
    for row in range(8):
        mask = row_map == row
        if not mask.any():
            assert (found[row] == -1).all()
            continue
        depth = np.rint(depth_of(mask) ** 2)
        assert tuple(found[row]) == np.unravel_index(int(depth.argmax()), depth.shape)


def test_the_image_border_is_outside() -> None:
    assert deepest_pixels(np.zeros((7, 9), np.int32), 1).tolist() == [[3, 3]]
