"""The four predictors without a network, and what they share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fsannot.clicks.click import Click
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictors.geodesic import GeodesicPredictor, color_gradient
from fsannot.clicks.predictors.grabcut import GrabCutPredictor
from fsannot.clicks.predictors.random_walker import RandomWalkerPredictor
from fsannot.clicks.predictors.seeded import SeededPredictor
from fsannot.clicks.predictors.watershed import WatershedPredictor
from fsannot.clicks.protocol import run_episode
from fsannot.data.errors import InputError
from fsannot.edges.gradient import Gradient
from fsannot.segments.split import split_segment
from tests.clicks.test_contract import scene

KINDS: list[type[SeededPredictor]] = [
    WatershedPredictor,
    RandomWalkerPredictor,
    GrabCutPredictor,
    GeodesicPredictor,
]
MIDDLE = Click(32, 45, True)


def begun(kind: type[SeededPredictor], image: np.ndarray, **options: Any) -> SeededPredictor:
    predictor = kind(**options)
    predictor.start(image, Gradient().predict([image])[0] if predictor.needs_edges else None)
    return predictor


def truth(image: np.ndarray) -> np.ndarray:
    h, w = image.shape[:2]
    gt = np.zeros((h, w), np.int8)
    gt[h // 4 : h * 3 // 4, w // 4 : w * 3 // 4] = 1
    return gt


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("border", ["always", "until_negative"])
def test_one_click_finds_a_plain_object(kind: type[SeededPredictor], border: str) -> None:
    image = scene()
    episode = run_episode(
        begun(kind, image, border=border),
        image,
        truth(image),
        Clicker(),
        edge_map=Gradient().predict([image])[0],
        max_clicks=3,
        target_iou=0.9,
    )
    assert episode.converged


@pytest.mark.parametrize("kind", KINDS)
def test_clicks_have_their_sign(kind: type[SeededPredictor]) -> None:
    predictor = begun(kind, scene())
    clicks = [MIDDLE, Click(5, 5, False), Click(30, 30, False), Click(60, 85, True)]
    for k in range(1, len(clicks) + 1):
        probability = predictor.predict(clicks[:k])
        for click in clicks[:k]:
            assert (probability[click.y, click.x] > 0.5) == click.positive


@pytest.mark.parametrize("kind", KINDS)
def test_a_later_click_on_the_same_place_holds(kind: type[SeededPredictor]) -> None:
    predictor = begun(kind, scene())
    assert predictor.predict([MIDDLE])[32, 45] > 0.5
    assert predictor.predict([MIDDLE, Click(32, 45, False)])[32, 45] < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_before_a_negative_click(kind: type[SeededPredictor]) -> None:
    without = begun(kind, scene(), border="never")
    assert (without.predict([MIDDLE]) == 1).all()
    assert (without.predict([Click(5, 5, False)]) == 0).all()
    guessing = begun(kind, scene())
    assert guessing.predict([MIDDLE])[[0, 0, -1, -1], [0, -1, 0, -1]].max() < 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_the_stand_in_border_goes_when_asked(kind: type[SeededPredictor]) -> None:
    clicks = [MIDDLE, Click(30, 30, False)]
    stays, goes, never = (
        begun(kind, scene(), border=border) for border in ("always", "until_negative", "never")
    )
    np.testing.assert_array_equal(stays.predict(clicks[:1]), goes.predict(clicks[:1]))
    np.testing.assert_array_equal(goes.predict(clicks), never.predict(clicks))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{"size": 8}, {"radius": -1}, {"border": "sometimes"}], ids=str)
def test_invalid_options(kind: type[SeededPredictor], options: dict[str, Any]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"{kind.name}: {key}="):
        kind(**options)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (RandomWalkerPredictor, {"beta": 0}),
        (RandomWalkerPredictor, {"tolerance": 1}),
        (GrabCutPredictor, {"iterations": 0}),
        (GeodesicPredictor, {"barrier": "none"}),
        (GeodesicPredictor, {"contrast": -1}),
        (GeodesicPredictor, {"smoothing": -1}),
    ],
    ids=str,
)
def test_invalid_own_options(kind: type[SeededPredictor], options: dict[str, Any]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"{kind.name}: {key}="):
        kind(**options)


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_is_in_the_fingerprint(kind: type[SeededPredictor]) -> None:
    prints = {kind(**o).fingerprint() for o in ({}, {"size": 64}, {"radius": 7}, {"border": "never"})}
    assert len(prints) == 4


def test_watershed_is_the_splitter_of_the_session() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        edges = rng.random((23, 31)).astype(np.float32)  # no two passes are equally high
        places = rng.choice(23 * 31, 4, replace=False).tolist()
        clicks = [Click(*divmod(place, 31), positive=k % 2 == 0) for k, place in enumerate(places)]
        predictor = WatershedPredictor(radius=0, border="never")
        predictor.start(np.zeros((23, 31, 3), np.uint8), edges)
        sides = [np.array([(c.y, c.x) for c in clicks if c.positive == sign]) for sign in (True, False)]
        expected = split_segment(edges, np.ones(edges.shape, bool), *sides)
        np.testing.assert_array_equal(predictor.predict(clicks) == 1, expected)


def test_geodesic_by_hand() -> None:
    edges = np.zeros((1, 7), np.float32)
    edges[0, 5] = 1.0
    predictor = GeodesicPredictor(barrier="edges", contrast=10, size=None, radius=0, border="never")
    predictor.start(np.zeros((1, 7, 3), np.uint8), edges)
    probability = predictor.predict([Click(0, 0, True), Click(0, 6, False)])
    # cost 1 a pixel and 11 at the barrier, a step costs the mean of its two ends
    to_object, to_background = np.arange(5), np.array([16, 15, 14, 13, 12])
    np.testing.assert_allclose(probability[0, :5], to_background / (to_object + to_background), rtol=1e-6)
    assert probability[0, 5] == pytest.approx(6 / (10 + 6))


def test_random_walker_by_hand() -> None:
    # on a uniform line the chance to meet the left end first falls linearly
    predictor = RandomWalkerPredictor(size=None, radius=0, border="never", tolerance=1e-8)
    predictor.start(np.full((1, 6, 3), 90, np.uint8))
    np.testing.assert_allclose(
        predictor.predict([Click(0, 0, True), Click(0, 5, False)])[0], np.linspace(1, 0, 6), atol=1e-5
    )


def test_gradient_of_a_step() -> None:
    image = np.zeros((5, 8, 3), np.uint8)
    image[:, 4:, 1] = 255
    gradient = color_gradient(image, 0)
    np.testing.assert_allclose(gradient[2], [0, 0, 0, 1, 1, 0, 0, 0])


def test_grabcut_depends_on_its_seed_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    other, same = begun(GrabCutPredictor, image), begun(GrabCutPredictor, image)
    first = other.predict([Click(20, 30, True)])
    begun(GrabCutPredictor, image, seed=9).predict([Click(20, 30, True)])
    np.testing.assert_array_equal(first, same.predict([Click(20, 30, True)]))
