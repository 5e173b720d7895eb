"""Click maps against the plain definition."""

from __future__ import annotations

import math

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.fcanet import FCAPredictor, encode_distances
from fsannot.networks.encoding import disk_maps, gaussian_maps, squared_distances, tanh_maps

place = st.tuples(st.floats(-20, 40, width=16), st.floats(-20, 40, width=16))


@settings(max_examples=25, deadline=None)
@given(st.lists(place, max_size=4), st.lists(place, max_size=4))
def test_distances_are_to_the_nearest_click(
    positive: list[tuple[float, float]], negative: list[tuple[float, float]]
) -> None:
    slots = torch.full((1, 2, 4, 2), -1.0, dtype=torch.float64)
    expected = np.full((2, 7, 9), 1e6)
    for sign, places in enumerate((positive, negative)):
        for n, (row, col) in enumerate(places):
            slots[0, sign, n] = torch.tensor([row, col], dtype=torch.float64)
            if max(row, col) >= 0:
                for y, x in np.ndindex(7, 9):
                    expected[sign, y, x] = min(expected[sign, y, x], (y - row) ** 2 + (x - col) ** 2)
    np.testing.assert_allclose(squared_distances(slots, (7, 9))[0], expected, rtol=1e-5, atol=1e-4)


def test_maps_by_hand() -> None:
    slots = torch.tensor([[[[0.0, 0.0]], [[-1.0, -1.0]]]])
    near, far = tanh_maps(slots, (1, 131), radius=260)[0, :, 0]
    assert near[0] == 0
    assert float(near[130]) == float(torch.tensor(1.0).tanh())  # tanh(2 · 130 / 260)
    assert bool((far == 1).all())
    disk, none = disk_maps(slots, (7, 7), radius=5)[0]
    assert int(disk.sum()) == 26  # a quarter of a disk of radius 5, its axes included
    assert disk[3, 4] == 1  # 3² + 4² = 5², the rim belongs to it
    assert int(none.sum()) == 0
    np.testing.assert_allclose(gaussian_maps(torch.tensor([0.0, 5.0, 10.0]), 10), [1, 0.5, 0.0625], rtol=1e-6)


def test_fcanet_rounds_distances_as_its_program_does() -> None:
    """3√2 · 255 = 1081.8733…, and the float32 beside it over 255 is not the float32 beside 3√2."""
    exact = np.array([[0.0, 3.0, math.sqrt(18)], [5.0, 255.0, 400.0]])
    encoded = encode_distances(exact)
    assert encoded.dtype == torch.float32
    assert encoded[0, 2].item() == np.float32(np.float32(math.sqrt(18) * 255) / np.float32(255))
    assert encoded[0, 2].item() != np.float32(math.sqrt(18))
    np.testing.assert_array_equal(encoded.numpy()[[0, 0, 1, 1, 1], [0, 1, 0, 1, 2]], [0, 3, 5, 255, 255])
    every = np.sqrt(np.arange(255**2, dtype=np.float64))
    differ = encode_distances(every).numpy() != every.astype(np.float32)
    assert 0.2 < differ.mean() < 0.3


def test_fcanet_sees_its_clicks_through_that_rounding() -> None:
    predictor = FCAPredictor.__new__(FCAPredictor)  # its encoding needs no weights
    predictor._full, predictor._size = (8, 8), (8, 8)
    seen = predictor._distances([Click(0, 0, True)])[0, 0]
    ys, xs = np.indices((8, 8))
    np.testing.assert_array_equal(seen, encode_distances(np.sqrt(ys**2 + xs**2)))
    assert bool((predictor._distances([]) == 255).all())


def test_coarse_maps_are_the_fine_ones_at_the_centres_of_their_cells() -> None:
    slots = torch.tensor([[[[9.0, 3.0], [0.0, 20.0]], [[14.0, 30.0], [-1.0, -1.0]]]], dtype=torch.float64)
    fine, coarse = squared_distances(slots * 2, (30, 66)), squared_distances(slots, (5, 11), stride=3)
    # in half pixels, a cell of three pixels has its centre at 2, 8, 14, …
    torch.testing.assert_close(coarse, fine[:, :, 2::6, 2::6] / 4)
    assert bool((disk_maps(slots, (5, 11), stride=3).sum((2, 3)) > 0).all())
