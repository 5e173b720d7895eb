from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient
from fsannot.edges.model import EdgeModel
from fsannot.edges.multiscale import MultiScale


def picture(height: int = 45, width: int = 61) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_scale_one_is_the_model() -> None:
    image = picture()
    np.testing.assert_array_equal(
        MultiScale(Gradient(), [1]).predict([image])[0], Gradient().predict([image])[0]
    )


def test_mean_of_the_scales() -> None:
    image = picture(40, 60)
    double = Gradient().predict([cv2.resize(image, (120, 80), interpolation=cv2.INTER_LINEAR)])[0]
    # at a factor of 2, shrinking by area is the mean of 2×2 pixels
    shrunk = double.reshape(40, 2, 60, 2).mean((1, 3))
    expected = (Gradient().predict([image])[0] + shrunk) / 2
    np.testing.assert_allclose(MultiScale(Gradient(), [1, 2]).predict([image])[0], expected, atol=1e-5)


class Rightwards(EdgeModel):
    """Sees brightness one pixel too far right: a bias the mirror image has the other way round."""

    name = "rightwards"

    def fingerprint(self) -> str:
        return "00"

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [np.roll(i[..., 0], 1, axis=1).astype(np.float32) / 255 for i in images]


def test_a_mirrored_pass_cancels_a_bias_to_one_side() -> None:
    image = np.zeros((4, 9, 3), np.uint8)
    image[:, 4] = 255
    alone = MultiScale(Rightwards(), [1]).predict([image])[0]
    both = MultiScale(Rightwards(), [1], mirror=True).predict([image])[0]
    assert alone[2].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0]
    assert both[2].tolist() == [0, 0, 0, 0.5, 0, 0.5, 0, 0, 0]


def test_a_mirrored_pass_makes_the_model_symmetric() -> None:
    """The map of the mirror image is the mirror image of the map, also where scales round differently."""
    model = MultiScale(Rightwards(), [0.5, 1, 1.5], mirror=True)
    image = picture()
    mirrored = model.predict([np.ascontiguousarray(image[:, ::-1])])[0]
    np.testing.assert_allclose(mirrored[:, ::-1], model.predict([image])[0], atol=0.03)


def test_refuses_a_mirror_that_is_no_choice() -> None:
    with pytest.raises(InputError, match="mirror='yes'"):
        MultiScale(Gradient(), mirror="yes")  # type: ignore[arg-type]


def test_texture_finer_than_a_pixel_of_the_scale_vanishes() -> None:
    checks = ((np.add.outer(np.arange(64), np.arange(64)) % 2) * 255).astype(np.uint8)
    image = np.repeat(checks[..., None], 3, 2)
    # without averaging, every second pixel would be taken, and a shift by one would turn white into black
    np.testing.assert_allclose(MultiScale(Gradient(0.5), [0.5]).predict([image])[0], 0, atol=1e-5)


def test_tiny_images_survive_small_scales() -> None:
    assert MultiScale(Gradient(), [0.1]).predict([picture(3, 2)])[0].shape == (3, 2)


@pytest.mark.parametrize("scales", [[], [0.0], [-1.0, 1.0], [100.0]])
def test_refuses_scales(scales: list[float]) -> None:
    with pytest.raises(InputError, match="scales="):
        MultiScale(Gradient(), scales)
