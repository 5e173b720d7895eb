"""Each published network: strict load through its loader, the published logits, an episode, the contract."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from fsannot.clicks.click import Click
from fsannot.clicks.predictors import fcanet
from fsannot.clicks.predictors.fbrs import FBRSPredictor
from fsannot.clicks.predictors.fcanet import FCAPredictor
from fsannot.clicks.predictors.network import NetworkPredictor
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.clicks.predictors.simpleclick import SimpleClickPredictor
from fsannot.networks.images import image_tensor, imagenet_normalize
from tests.clicks.test_contract import (  # noqa: F401
    test_fingerprint,
    test_inputs_are_left_as_they_are,
    test_probabilities_of_the_image_size,
    test_same_clicks_same_answer,
    test_tiny_images,
    test_wrong_input_is_refused,
)

PARITY = Path(__file__).parents[2] / "fixtures" / "parity"
MODELS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "fbrs_resnet101": (FBRSPredictor, {"zoom_size": 64}),
    "fcanet_resnet101": (FCAPredictor, {}),
    "ritm_hrnet18": (RITMPredictor, {"zoom_size": 64}),
    "simpleclick_vit_b": (SimpleClickPredictor, {"crop_side": 224, "flip": False}),
}


@pytest.fixture(scope="module")
def published(
    tmp_path_factory: pytest.TempPathFactory, states: Callable[[str], dict[str, Tensor]]
) -> Callable[[str], NetworkPredictor]:
    """Each network once, never started: tests take copies that share its weights."""

    @functools.cache
    def build(name: str) -> NetworkPredictor:
        path = tmp_path_factory.mktemp(name) / "published.pth"
        torch.save(states(name), path)
        kind, options = MODELS[name]
        predictor: NetworkPredictor = kind(weights=path, device="cpu", **options)
        predictor.fingerprint()  # from now on known without the file
        path.unlink()
        return predictor

    return build


def twin(predictor: Any) -> Any:
    return copy.deepcopy(predictor, {id(predictor._network): predictor._network})


@pytest.fixture(params=MODELS)
def model(
    request: pytest.FixtureRequest, published: Callable[[str], NetworkPredictor]
) -> tuple[str, NetworkPredictor]:
    return request.param, twin(published(request.param))


@pytest.fixture(
    params=["fbrs_resnet101", "fcanet_resnet101"]
)  # the others are in test_network_contract, smaller
def make(
    request: pytest.FixtureRequest,
    published: Callable[[str], NetworkPredictor],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], NetworkPredictor]:
    monkeypatch.setattr(fcanet, "SHORT_SIDE", 64)
    return lambda: twin(published(request.param))


def slots(positive: np.ndarray, negative: np.ndarray) -> Tensor:
    places = torch.full((1, 2, max(len(positive), len(negative)), 2), -1.0)
    places[0, 0, : len(positive)] = torch.from_numpy(positive)
    places[0, 1, : len(negative)] = torch.from_numpy(negative)
    return places


def distances(places: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    free = np.ones(shape)
    free[tuple(places.T)] = 0
    return torch.from_numpy(np.minimum(distance_transform_edt(free), 255)).float()[None, None]


def test_reproduces_the_published_logits(model: tuple[str, Any]) -> None:
    name, predictor = model
    published = np.load(PARITY / f"{name}.npz")
    image, positive, negative = image_tensor(published["image"]), published["positive"], published["negative"]
    with torch.no_grad():
        if name == "fbrs_resnet101":
            logits = predictor._network(imagenet_normalize(image), slots(positive, negative))
        elif name == "fcanet_resnet101":
            maps = (distances(places, image.shape[2:]) for places in (positive, negative, positive[:1]))
            logits = predictor._network(image, *maps)
        else:
            logits = predictor._network(image, image[:, 1:2], slots(positive, negative))
    difference = np.abs(logits[0, 0].numpy() - published["logits"]).max()
    assert difference < 1e-4 * published["logits"].std()


def test_an_episode_on_an_image_smaller_than_the_crop(
    model: tuple[str, NetworkPredictor], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, predictor = model
    monkeypatch.setattr(fcanet, "SHORT_SIDE", 128)
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    clicks = [Click(4, 6, True), Click(0, 10, False)]
    predictor.start(image)
    answers = [predictor.predict(clicks[:1]), predictor.predict(clicks)]
    for answer in answers:
        assert answer.shape == (9, 11)
        assert answer.dtype == np.float32
        assert 0 <= answer.min() <= answer.max() <= 1
    assert not np.array_equal(*answers)
