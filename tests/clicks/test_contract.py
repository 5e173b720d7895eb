"""What every click predictor keeps to, tried on all of them: add a line to ``PREDICTORS``."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.predictors.geodesic import GeodesicPredictor
from fsannot.clicks.predictors.grabcut import GrabCutPredictor
from fsannot.clicks.predictors.random_walker import RandomWalkerPredictor
from fsannot.clicks.predictors.watershed import WatershedPredictor
from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient

PREDICTORS: dict[str, Callable[[], ClickPredictor]] = {
    "watershed": WatershedPredictor,
    "watershed small": lambda: WatershedPredictor(size=48),
    "random walker": RandomWalkerPredictor,
    "random walker small": lambda: RandomWalkerPredictor(size=48),
    "grabcut": GrabCutPredictor,
    "geodesic": GeodesicPredictor,
    "geodesic on edges": lambda: GeodesicPredictor(barrier="edges"),
}
CLICKS = [Click(32, 40, True), Click(6, 80, False), Click(40, 50, True), Click(32, 40, False)]


def scene(height: int = 64, width: int = 90) -> np.ndarray:
    """A textured rectangle on another texture."""
    rng = np.random.default_rng(height * width)
    image = rng.normal((60, 90, 60), 8, (height, width, 3))
    inside = (slice(height // 4, height * 3 // 4), slice(width // 4, width * 3 // 4))
    image[inside] = rng.normal((190, 70, 60), 8, image[inside].shape)
    return image.clip(0, 255).astype(np.uint8)


def start(predictor: ClickPredictor, image: np.ndarray) -> None:
    predictor.start(image, Gradient().predict([image])[0] if predictor.needs_edges else None)


@pytest.fixture(params=PREDICTORS)
def make(request: pytest.FixtureRequest) -> Callable[[], ClickPredictor]:
    return PREDICTORS[request.param]


def test_probabilities_of_the_image_size(make: Callable[[], ClickPredictor]) -> None:
    predictor = make()
    for image in (scene(), scene(41, 30)):  # another image may follow, of another size
        start(predictor, image)
        for k in range(1, 4):
            clicks = [Click(c.y % image.shape[0], c.x % image.shape[1], c.positive) for c in CLICKS[:k]]
            probability = predictor.predict(clicks)
            assert probability.dtype == np.float32
            assert probability.shape == image.shape[:2]
            assert np.isfinite(probability).all()
            assert probability.min() >= 0
            assert probability.max() <= 1


def test_same_clicks_same_answer(make: Callable[[], ClickPredictor]) -> None:
    predictor, image = make(), scene()
    answers = []
    for _ in range(2):
        start(predictor, image)
        answers.append([predictor.predict(CLICKS[:k]) for k in (1, 2, 3)])
    start(other := make(), image)
    answers.append([other.predict(CLICKS[:k]) for k in (1, 2, 3)])
    for again in answers[1:]:
        np.testing.assert_array_equal(again, answers[0])


def test_inputs_are_left_as_they_are(make: Callable[[], ClickPredictor]) -> None:
    predictor, image = make(), scene()
    edges = Gradient().predict([image])[0]
    before, edges_before, clicks = image.copy(), edges.copy(), list(CLICKS[:2])
    predictor.start(image, edges if predictor.needs_edges else None)
    first = predictor.predict(clicks)
    kept = first.copy()
    predictor.predict(CLICKS[:3])
    np.testing.assert_array_equal(first, kept)  # nor is an answer overwritten by the next
    np.testing.assert_array_equal(image, before)
    np.testing.assert_array_equal(edges, edges_before)
    assert clicks == CLICKS[:2]


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 3), (9, 4)])
def test_tiny_images(make: Callable[[], ClickPredictor], shape: tuple[int, int]) -> None:
    """Either an answer or an error that says what is too small; never anything else."""
    predictor = make()
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    one, two = [Click(0, 0, True)], [Click(0, 0, True), Click(shape[0] - 1, shape[1] - 1, False)]
    try:
        start(predictor, image)
    except InputError as error:
        refused = str(error)
    else:
        assert predictor.predict(one).shape == predictor.predict(two).shape == shape
        return
    assert str(shape[0]) in refused


def test_wrong_input_is_refused(make: Callable[[], ClickPredictor]) -> None:
    predictor = make()
    with pytest.raises(InputError, match="start"):
        predictor.predict(CLICKS[:1])
    edges = np.zeros(scene().shape[:2], np.float32) if predictor.needs_edges else None
    for image in (scene().astype(np.float32), scene()[:, :, 0], scene()[:, :, :2]):
        with pytest.raises(InputError, match="uint8"):
            predictor.start(image, edges)
    start(predictor, scene())
    with pytest.raises(InputError, match="at least one click"):
        predictor.predict([])
    with pytest.raises(InputError, match="outside the image"):
        predictor.predict([Click(64, 0, True)])
    if predictor.needs_edges:
        with pytest.raises(InputError, match="edge map"):
            predictor.start(scene(), None)
        with pytest.raises(InputError, match="edge map"):
            predictor.start(scene(), np.zeros((3, 3), np.float32))


def test_fingerprint(make: Callable[[], ClickPredictor]) -> None:
    assert make().fingerprint() == make().fingerprint()
    int(make().fingerprint(), 16)
    assert make().name
    assert 0 <= make().threshold <= 1
