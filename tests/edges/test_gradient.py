import numpy as np
import pytest
from skimage.color import rgb2lab

from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient


def step(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    image = np.empty((40, 60, 3), np.uint8)
    image[:, :30], image[:, 30:] = left, right
    return image


def test_a_step_by_hand() -> None:
    sigma, contrast = 2.0, 10.0
    edge_map = Gradient(sigma, contrast).predict([step((90, 90, 90), (160, 160, 160))])[0]
    lab = rgb2lab(np.array([[[90, 90, 90], [160, 160, 160]]], np.uint8))
    height = np.linalg.norm(lab[0, 1] - lab[0, 0])
    # half a pixel beside it, a step blurred by σ has the slope height · N(½; 0, σ)
    slope = height * np.exp(-0.125 / sigma**2) / (sigma * np.sqrt(2 * np.pi))
    np.testing.assert_allclose(edge_map[:, 29:31], 1 - np.exp(-slope / contrast), rtol=0.02)


def test_colours_of_equal_lightness_have_an_edge() -> None:
    # L* 53 both
    edge_map = Gradient().predict([step((255, 0, 0), (0, 128, 200))])[0]
    assert edge_map[20, 29] > 0.9


def test_the_same_step_has_the_same_value_beside_a_stronger_one() -> None:
    image = step((100, 100, 100), (120, 120, 120))
    both = np.concatenate([image, step((0, 0, 0), (255, 255, 255))])
    np.testing.assert_allclose(Gradient().predict([image])[0][5], Gradient().predict([both])[0][5], atol=1e-6)


def test_a_constant_image_has_no_edge_not_even_along_its_frame() -> None:
    np.testing.assert_allclose(Gradient().predict([np.full((30, 40, 3), 200, np.uint8)])[0], 0, atol=1e-5)


def test_mirrored_image_mirrored_map() -> None:
    image = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    a, b = Gradient().predict([image, np.ascontiguousarray(image[:, ::-1])])
    np.testing.assert_allclose(a, b[:, ::-1], atol=1e-5)


@pytest.mark.parametrize("settings", [{"sigma": 0}, {"contrast": -1}, {"sigma": float("nan")}])
def test_refuses_settings_out_of_range(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(settings))}="):
        Gradient(**settings)
