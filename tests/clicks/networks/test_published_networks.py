"""Each published network: strict load through its loader, the published logits, an episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from fsannot.clicks.click import Click
from fsannot.clicks.networks.images import image_tensor, imagenet_normalize
from fsannot.clicks.predictors.fbrs import FBRSPredictor
from fsannot.clicks.predictors.fcanet import FCAPredictor
from fsannot.clicks.predictors.network import NetworkPredictor
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.clicks.predictors.simpleclick import SimpleClickPredictor

PARITY = Path(__file__).parents[2] / "fixtures" / "parity"
MODELS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "fbrs_resnet101": (FBRSPredictor, {"zoom_size": 64}),
    "fcanet_resnet101": (FCAPredictor, {}),
    "ritm_hrnet18": (RITMPredictor, {"zoom_size": 64}),
    "simpleclick_vit_b": (SimpleClickPredictor, {"flip": False}),
}


@pytest.fixture(scope="module", params=MODELS)
def model(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    states: Callable[[str], dict[str, Tensor]],
) -> tuple[str, NetworkPredictor]:
    path = tmp_path_factory.mktemp(request.param) / "published.pth"
    torch.save(states(request.param), path)
    kind, options = MODELS[request.param]
    predictor = kind(weights=path, device="cpu", **options)
    path.unlink()
    return request.param, predictor


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


def test_an_episode_on_an_image_smaller_than_the_crop(model: tuple[str, NetworkPredictor]) -> None:
    _, predictor = model
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    clicks = [Click(4, 6, True), Click(0, 10, False)]
    predictor.start(image)
    answers = [predictor.predict(clicks[:1]), predictor.predict(clicks)]
    for answer in answers:
        assert answer.shape == (9, 11)
        assert answer.dtype == np.float32
        assert 0 <= answer.min() <= answer.max() <= 1
    assert not np.array_equal(*answers)
