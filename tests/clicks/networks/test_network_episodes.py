"""What every predictor with a network promises, shown on RITM's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.data.errors import InputError

CLICKS = [Click(20, 30, True), Click(5, 5, False), Click(40, 50, True)]


@pytest.fixture(scope="module")
def predictor(ritm_file: Path) -> RITMPredictor:
    return RITMPredictor(weights=ritm_file, zoom_size=64, device="cpu")


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def episode(predictor: RITMPredictor, image: np.ndarray) -> list[np.ndarray]:
    predictor.start(image)
    return [predictor.predict(CLICKS[: k + 1]) for k in range(len(CLICKS))]


def test_an_episode_leaves_nothing_behind(predictor: RITMPredictor, image: np.ndarray) -> None:
    first = episode(predictor, image)
    episode(predictor, image[::-1].copy())
    for a, b in zip(first, episode(predictor, image), strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == np.float32
        assert a.shape == image.shape[:2]


def test_flip_averaging_makes_the_first_answer_mirror_with_the_image(
    predictor: RITMPredictor, image: np.ndarray
) -> None:
    predictor.start(image)
    plain = predictor.predict([Click(20, 30, True)])
    predictor.start(image[:, ::-1].copy())
    mirrored = predictor.predict([Click(20, 64 - 30 - 1, True)])
    np.testing.assert_allclose(mirrored[:, ::-1], plain, atol=1e-5)


def test_the_previous_mask_is_fed_back(predictor: RITMPredictor, image: np.ndarray) -> None:
    stepwise = episode(predictor, image)[-1]
    predictor.start(image)
    assert not np.array_equal(predictor.predict(CLICKS), stepwise)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (33, 2), (250, 17)])
def test_images_of_any_size(predictor: RITMPredictor, shape: tuple[int, int]) -> None:
    predictor.start(np.full((*shape, 3), 128, np.uint8))
    last = Click(shape[0] - 1, shape[1] - 1, False)
    predictor.predict([Click(0, 0, True)])
    assert predictor.predict([Click(0, 0, True), last]).shape == shape


@pytest.mark.parametrize(
    ("clicks", "message"),
    [
        ([], "at least one click"),
        ([Click(48, 0, True)], "outside the image"),
        ([Click(0, -1, True)], "outside the image"),
    ],
)
def test_bad_clicks_are_named(
    predictor: RITMPredictor, image: np.ndarray, clicks: list[Click], message: str
) -> None:
    predictor.start(image)
    with pytest.raises(InputError, match=message):
        predictor.predict(clicks)


def test_clicks_are_only_added_within_an_episode(predictor: RITMPredictor, image: np.ndarray) -> None:
    predictor.start(image)
    predictor.predict(CLICKS[:2])
    for changed in (CLICKS[:1], CLICKS[1:]):
        with pytest.raises(InputError, match="start"):
            predictor.predict(changed)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
)
def test_bad_images_are_named(predictor: RITMPredictor, image: np.ndarray) -> None:
    with pytest.raises(InputError, match="uint8"):
        predictor.start(image)


def test_settings_are_in_the_fingerprint_and_prediction_needs_an_episode(
    predictor: RITMPredictor, ritm_file: Path
) -> None:
    other = RITMPredictor(weights=ritm_file, zoom_size=64, flip=False, device="cpu")
    assert other.fingerprint() != predictor.fingerprint() == predictor.fingerprint()
    with pytest.raises(InputError, match="start"):
        other.predict([Click(0, 0, True)])
