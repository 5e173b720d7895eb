"""Networks keep to the contract of every click predictor: the same battery, on networks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import pytest

from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.predictors.pyramid import LitePredictor, TimmPredictor
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.clicks.training_start import lite_start, timm_start
from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.training import export_weights
from tests.clicks.test_contract import (  # noqa: F401
    test_fingerprint,
    test_inputs_are_left_as_they_are,
    test_probabilities_of_the_image_size,
    test_same_clicks_same_answer,
    test_tiny_images,
    test_wrong_input_is_refused,
)


@pytest.fixture(scope="module")
def lite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file as ``train_clicks.py`` writes it: ImageNet's backbone and a fresh head."""
    path = tmp_path_factory.mktemp("lite") / "weights.safetensors"
    export_weights(lite_start(seed=0), path)
    return path


@pytest.fixture(scope="module", params=["lite", "lite bf16", "timm backbone", "ritm"])
def pristine(
    request: pytest.FixtureRequest, lite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> ClickPredictor:
    if request.param == "ritm":
        file = request.getfixturevalue("ritm_file")
        return RITMPredictor(weights=file, zoom_size=64, device="cpu")
    if request.param == "timm backbone":
        file = tmp_path_factory.mktemp("timm") / "weights.safetensors"
        export_weights(timm_start(backbone="test_resnet", width=8, backbone_weights="random"), file)
        return TimmPredictor(file, backbone="test_resnet", width=8, zoom_size=64, device="cpu")
    precision = "bf16" if "bf16" in request.param else "fp32"
    return LitePredictor(lite_file, zoom_size=64, precision=precision, device="cpu")


@pytest.fixture
def make(pristine: ClickPredictor) -> Callable[[], ClickPredictor]:
    return lambda: copy.deepcopy(pristine)


def test_lite_refuses_what_is_not_its_own(lite_file: Path, ritm_file: Path, tmp_path: Path) -> None:
    truncated = tmp_path / "half.safetensors"
    truncated.write_bytes(lite_file.read_bytes()[:100_000])
    with pytest.raises(CheckpointMismatchError, match=r"half\.safetensors"):
        LitePredictor(truncated, device="cpu")
    with pytest.raises(CheckpointMismatchError, match="right file"):
        LitePredictor(ritm_file, device="cpu")
    with pytest.raises(CheckpointMismatchError, match="right file"):
        RITMPredictor(weights=lite_file, device="cpu")


def test_precision_is_in_the_fingerprint(lite_file: Path) -> None:
    prints = {LitePredictor(lite_file, precision=p, device="cpu").fingerprint() for p in ("fp32", "bf16")}
    assert len(prints) == 2
