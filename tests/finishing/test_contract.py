"""Every finisher of conf/finishing keeps the person's word, on two classes and on many."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.clicks.predictors.geodesic import GeodesicPredictor
from fsannot.data.errors import InputError
from fsannot.finishing.boundary import boundary_distance
from fsannot.finishing.clicks import Clicks
from fsannot.finishing.finisher import Finisher
from fsannot.finishing.guided import Guided
from fsannot.studies.parts import finishing

CONF = Path(__file__).parents[2] / "conf" / "finishing"
FINISHERS = sorted(path.stem for path in CONF.glob("*.yaml"))
HEIGHT, WIDTH = 96, 140


def finisher(name: str) -> Finisher:
    """As configured; a predictor without a network takes the place of one."""
    if name == "clicks":
        return Clicks(
            predictor=GeodesicPredictor(border="never"), guided=Guided(), tile=64, clicks=10, nearest=5
        )
    return finishing(name)


def scene(classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Stripes of their own colors, the true classes, and labels that are wrong by three columns; some unlabelled."""
    truth = np.tile(np.arange(WIDTH) * classes // WIDTH, (HEIGHT, 1))
    colors = np.array([[40, 60, 50], [200, 180, 190], [50, 190, 60]])
    noise = np.random.default_rng(2).integers(-8, 9, (HEIGHT, WIDTH, 3))
    labels = np.tile(np.minimum(np.arange(WIDTH) + 3, WIDTH - 1) * classes // WIDTH, (HEIGHT, 1))
    return (colors[truth] + noise).astype(np.uint8), truth, labels.astype(np.int16)


@pytest.mark.parametrize("name", FINISHERS)
@pytest.mark.parametrize("classes", [2, 3])
def test_labels_hold_away_from_boundaries(name: str, classes: int) -> None:
    image, _, labels = scene(classes)
    labels[:10, :40] = -1
    given = labels.copy()
    made = finisher(name)
    done = made.finish(image, labels, labels.astype(np.int32))
    np.testing.assert_array_equal(labels, given)
    assert done.labels.dtype == np.int16 and done.labels.shape == labels.shape
    assert done.probability.dtype == np.float32
    np.testing.assert_allclose(done.probability.sum(0), 1, atol=1e-5)
    assert done.classes.tolist() == [-1, *range(classes)] and set(np.unique(done.labels)) <= set(done.classes)
    far = boundary_distance(labels) > made.reach
    assert far.any()
    np.testing.assert_array_equal(done.labels[far], labels[far])
    again = finisher(name).finish(image, labels, labels.astype(np.int32))
    np.testing.assert_array_equal(again.probability, done.probability)


@pytest.mark.parametrize("name", [name for name in FINISHERS if name != "none"])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_boundary_moves_to_where_colors_change(name: str, classes: int) -> None:
    image, truth, labels = scene(classes)
    done = finisher(name).finish(image, labels, labels.astype(np.int32))
    assert (done.labels != truth).mean() < 0.8 * (labels != truth).mean()


@pytest.mark.parametrize("name", FINISHERS)
def test_held_pixels_and_single_classes_stay(name: str) -> None:
    image, _, labels = scene(2)
    done = finisher(name).finish(image, labels, labels.astype(np.int32), held=np.ones(labels.shape, bool))
    np.testing.assert_array_equal(done.labels, labels)
    nothing = np.zeros(labels.shape, np.int16)
    done = finisher(name).finish(image, nothing, nothing.astype(np.int32))
    assert not done.labels.any() and done.probability.shape == (1, *labels.shape)


@pytest.mark.parametrize("name", FINISHERS)
def test_settings_are_in_the_fingerprint(name: str) -> None:
    assert finisher(name).fingerprint() == finisher(name).fingerprint()
    assert len({finisher(other).fingerprint() for other in FINISHERS}) == len(FINISHERS)


def test_bad_input_is_named() -> None:
    image, _, labels = scene(2)
    with pytest.raises(InputError, match=r"labels must be integers \(96, 140\)"):
        Guided().finish(image, labels[1:], labels)
    with pytest.raises(InputError, match="image must be uint8"):
        Guided().finish(image.astype(float), labels, labels)
    with pytest.raises(InputError, match="hold -2"):
        Guided().finish(image, labels - 2, labels)
    with pytest.raises(InputError, match=r"finishing\.radius=0 is not valid"):
        Guided(radius=0)
