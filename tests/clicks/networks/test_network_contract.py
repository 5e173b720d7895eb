"""Networks keep to the contract of every click predictor: the same battery, on networks."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fsannot.clicks.predictor import ClickPredictor
from fsannot.clicks.predictors.pyramid import TrainedPyramidPredictor
from fsannot.clicks.predictors.ritm import RITMPredictor
from fsannot.clicks.predictors.sam import SAMPredictor
from fsannot.data.errors import CheckpointMismatchError
from fsannot.training.clicks.start import lite_start, timm_start
from fsannot.training.edges.module import export_weights
from tests.clicks.test_contract import (  # noqa: F401
    CLICKS,
    scene,
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


@pytest.fixture(
    scope="module",
    params=["lite", "lite bf16", "timm backbone", "ritm", "simpleclick", "sam", "hq_sam", "sam2"],
)
def pristine(
    request: pytest.FixtureRequest, lite_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> ClickPredictor:
    folder = tmp_path_factory.mktemp("weights")
    match request.param:
        case "ritm":
            return RITMPredictor(weights=request.getfixturevalue("ritm_file"), zoom_size=64, device="cpu")
        case "simpleclick":
            return request.getfixturevalue("tiny_simpleclick")(folder / "tiny.pth")
        case "sam" | "hq_sam" | "sam2" as variant:
            pytest.importorskip("tests.clicks.networks.tiny_sam").write_folder(variant, folder)
            return SAMPredictor(weights=folder, variant=variant, device="cpu")
        case "timm backbone":
            file = folder / "weights.safetensors"
            export_weights(timm_start(backbone="test_resnet", width=8, backbone_weights="random"), file)
            return TrainedPyramidPredictor(file, backbone="test_resnet", width=8, zoom_size=64, device="cpu")
        case _:
            precision = "bf16" if "bf16" in request.param else "fp32"
            return TrainedPyramidPredictor(lite_file, zoom_size=64, precision=precision, device="cpu")


@pytest.fixture
def make(pristine: ClickPredictor) -> Callable[[], ClickPredictor]:
    return lambda: copy.deepcopy(pristine)


def test_lite_refuses_what_is_not_its_own(lite_file: Path, ritm_file: Path, tmp_path: Path) -> None:
    truncated = tmp_path / "half.safetensors"
    truncated.write_bytes(lite_file.read_bytes()[:100_000])
    with pytest.raises(CheckpointMismatchError, match=r"half\.safetensors"):
        TrainedPyramidPredictor(truncated, device="cpu")
    with pytest.raises(CheckpointMismatchError, match="right file"):
        TrainedPyramidPredictor(ritm_file, device="cpu")
    with pytest.raises(CheckpointMismatchError, match="right file"):
        RITMPredictor(weights=lite_file, device="cpu")


def test_precision_is_in_the_fingerprint(lite_file: Path) -> None:
    prints = {
        TrainedPyramidPredictor(lite_file, precision=p, device="cpu").fingerprint() for p in ("fp32", "bf16")
    }
    assert len(prints) == 2


def test_the_backbone_runs_once_a_crop(lite_file: Path) -> None:
    """What is kept between clicks changes no answer."""
    predictor, image = TrainedPyramidPredictor(lite_file, zoom_size=64, device="cpu"), scene()
    runs: list[int] = []
    predictor._network.backbone.register_forward_hook(lambda *_: runs.append(1))
    predictor.start(image)
    kept = [predictor.predict(CLICKS[:k]) for k in range(1, 5)]
    assert 1 <= len(runs) < 4
    logits = predictor._logits
    predictor._logits = lambda crop, batch, moved: logits(crop, batch, True)  # type: ignore[method-assign]
    predictor.start(image)
    for k, answer in enumerate(kept, 1):
        np.testing.assert_array_equal(predictor.predict(CLICKS[:k]), answer)
