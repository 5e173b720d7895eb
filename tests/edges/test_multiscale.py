from __future__ import annotations

import cv2
import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient
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
