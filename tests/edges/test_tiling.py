from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import adapted_rand_error

from fsannot.data.davis import Davis
from fsannot.data.errors import InputError, MissingWeightsError
from fsannot.data.synthetic import Synthetic
from fsannot.edges.gradient import Gradient
from fsannot.edges.hed import HED
from fsannot.edges.model import EdgeModel
from fsannot.edges.tiling import Tiled
from fsannot.hierarchy.watershed import build_hierarchy


class FrameResponse(EdgeModel):
    """Answers to nothing but the frame, as a network without padding does; and counts its calls."""

    name = "frame"
    reach = 4

    def __init__(self) -> None:
        self.largest = 0

    def fingerprint(self) -> str:
        return "00"

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        maps = []
        for image in images:
            self.largest = max(self.largest, image.shape[0] * image.shape[1])
            edge_map = np.ones(image.shape[:2], np.float32)
            edge_map[self.reach : -self.reach, self.reach : -self.reach] = 0
            maps.append(edge_map)
        return maps


def test_only_the_true_frame_answers() -> None:
    model = FrameResponse()
    # a quarter of the overlap, 4 pixels, is discarded
    edge_map = Tiled(model, max_pixels=100, tile=40, overlap=16).predict([np.zeros((130, 101, 3), np.uint8)])[
        0
    ]
    assert edge_map[4:-4, 4:-4].max() == 0
    assert edge_map[:4].min() == edge_map[:, -4:].min() == 1
    assert model.largest == 40 * 40


def test_small_images_pass_untouched() -> None:
    model = FrameResponse()
    Tiled(model, max_pixels=5000, tile=40, overlap=16).predict([np.zeros((50, 100, 3), np.uint8)])
    assert model.largest == 5000


def test_a_constant_image_has_no_seams() -> None:
    edge_map = Tiled(Gradient(), max_pixels=1, tile=32, overlap=8).predict(
        [np.full((90, 70, 3), 77, np.uint8)]
    )[0]
    assert np.ptp(edge_map) < 1e-5
    assert build_hierarchy(edge_map, "dynamics").cut(0.001).max() == 0


def test_same_partition_with_and_without_tiles() -> None:
    image = Synthetic(images=1, images_per_group=1, size=(160, 210)).image(0)
    # the gradient looks 6 pixels far, a tile's outer 8 are discarded
    whole = Gradient().predict([image])[0]
    tiled = Tiled(Gradient(), max_pixels=1, tile=80, overlap=32).predict([image])[0]
    np.testing.assert_allclose(tiled, whole, atol=1e-6)
    cuts = [build_hierarchy(m, "volume").cut(30) for m in (whole, tiled)]
    assert cuts[0].max() > 5
    assert adapted_rand_error(cuts[0] + 1, cuts[1] + 1)[0] < 0.01


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 3000), st.integers(4, 60), st.integers(0, 100))
def test_tiles_cover_and_overlap(length: int, overlap: int, extra: int) -> None:
    tiled = Tiled(Gradient(), tile=2 * overlap + extra, overlap=overlap)
    spans = tiled._spans(length)
    assert spans[0][0] == 0
    assert spans[-1][1] == length
    assert all(b - a == min(tiled.tile, length) for a, b in spans)
    assert all(left[1] - right[0] >= overlap for left, right in pairwise(spans))
    weight = np.zeros(length)
    for a, b in spans:
        weight[a:b] += tiled._ramp(a, b, length)
    assert weight.min() > 0.5


@pytest.mark.parametrize(("tile", "overlap"), [(64, 2), (64, 40), (0, 8)])
def test_refuses_tiles_that_cannot_overlap(tile: int, overlap: int) -> None:
    with pytest.raises(InputError, match=f"tile={tile}, overlap={overlap}"):
        Tiled(Gradient(), tile=tile, overlap=overlap)


@pytest.mark.realdata
def test_seams_of_a_network_do_not_show_in_the_partition(realdata: Path) -> None:
    try:
        model = HED(device="cpu")
    except MissingWeightsError as error:
        pytest.skip(str(error))
    image = Davis(realdata / "DAVIS").image(20)[100:340, 200:600]
    whole = model.predict([image])[0]
    tiled = Tiled(model, max_pixels=1, tile=208, overlap=96).predict([image])[0]
    assert np.abs(tiled - whole).max() < 0.05
    cuts = [build_hierarchy(m, "volume").cut(100) for m in (whole, tiled)]
    assert adapted_rand_error(cuts[0] + 1, cuts[1] + 1)[0] < 0.01
