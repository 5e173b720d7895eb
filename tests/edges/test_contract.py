"""What every edge model must do, whatever it computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient
from fsannot.edges.hed import HED
from fsannot.edges.model import EdgeModel, check_edge_map
from fsannot.edges.multiscale import MultiScale
from fsannot.edges.poolnet import LITE_WEIGHTS, PoolNetLite
from fsannot.edges.tiling import Tiled

SIZES = [(37, 50), (64, 48), (37, 50), (1, 40), (5, 3)]


@pytest.fixture(params=["gradient", "multiscale", "tiled", "tiled_multiscale", "hed", "poolnet_lite"])
def model(request: pytest.FixtureRequest, random_hed: Path) -> EdgeModel:
    if request.param == "poolnet_lite" and not LITE_WEIGHTS.is_file():
        pytest.skip(f"no weights at {LITE_WEIGHTS}")
    make: dict[str, Callable[[], EdgeModel]] = {
        "gradient": Gradient,
        "multiscale": lambda: MultiScale(Gradient(), mirror=True),
        "tiled": lambda: Tiled(Gradient(), max_pixels=1000, tile=32, overlap=8),
        "tiled_multiscale": lambda: Tiled(
            MultiScale(Gradient(), [0.5, 2]), max_pixels=1000, tile=32, overlap=8
        ),
        "hed": lambda: HED(random_hed, device="cpu", batch_size=2),
        "poolnet_lite": lambda: PoolNetLite(device="cpu", batch_size=2),
    }
    return make[request.param]()


def pictures() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (*size, 3), np.uint8) for size in SIZES]


def test_maps_of_any_size_in_range(model: EdgeModel) -> None:
    maps = model.predict(pictures())
    assert [m.shape for m in maps] == SIZES
    for edge_map in maps:
        check_edge_map(edge_map)


def test_an_image_has_the_same_map_alone_or_in_company(model: EdgeModel) -> None:
    together = model.predict(pictures())
    for image, edge_map in zip(pictures(), together, strict=True):
        # a batch of another size may take another kernel, which rounds differently in bf16
        np.testing.assert_allclose(model.predict([image])[0], edge_map, atol=5e-3)


def test_repeats_itself_and_leaves_its_input_alone(model: EdgeModel) -> None:
    images = pictures()
    first = model.predict(images)
    for image, untouched in zip(images, pictures(), strict=True):
        np.testing.assert_array_equal(image, untouched)
    for a, b in zip(first, model.predict(images), strict=True):
        np.testing.assert_array_equal(a, b)


def test_no_images(model: EdgeModel) -> None:
    assert model.predict([]) == []


@pytest.mark.parametrize(
    "image",
    [np.zeros((8, 8, 3), np.float32), np.zeros((8, 8), np.uint8), np.zeros((0, 8, 3), np.uint8)],
    ids=["float", "grey", "empty"],
)
def test_refuses_what_is_no_image(model: EdgeModel, image: np.ndarray) -> None:
    with pytest.raises(InputError, match="uint8"):
        model.predict([image])


def test_fingerprint_is_stable_and_hexadecimal(model: EdgeModel) -> None:
    assert model.fingerprint() == model.fingerprint()
    int(model.fingerprint(), 16)


def test_fingerprints_tell_settings_apart() -> None:
    models = [
        Gradient(),
        Gradient(sigma=2),
        Gradient(contrast=9),
        MultiScale(Gradient()),
        MultiScale(Gradient(), [1.0]),
        MultiScale(Gradient(), mirror=True),
        MultiScale(Gradient(sigma=2)),
        Tiled(Gradient()),
        Tiled(Gradient(), overlap=128),
    ]
    assert len({m.fingerprint() for m in models}) == len(models)


@pytest.mark.parametrize("bad", [np.nan, 1.5, -0.1])
def test_a_map_out_of_range_is_refused(bad: float) -> None:
    edge_map = np.zeros((3, 3), np.float32)
    edge_map[1, 1] = bad
    with pytest.raises(InputError, match=r"finite and in \[0, 1\]"):
        check_edge_map(edge_map)
