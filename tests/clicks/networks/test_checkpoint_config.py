"""What a file says of its network is honoured, refused by name, or without effect; never passed over."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fsannot.clicks.checkpoint_config import check_config, config_normalization
from fsannot.clicks.click import Click
from fsannot.clicks.predictors.fbrs import FBRSPredictor
from fsannot.clicks.predictors.fcanet import FCAPredictor
from fsannot.clicks.predictors.ritm import CONFIG, RITMPredictor
from fsannot.clicks.predictors.simpleclick import config_rules
from fsannot.data.errors import CheckpointMismatchError
from fsannot.networks.images import IMAGENET, Normalization, imagenet_normalize, normalize
from fsannot.weights import load_into
from tests.clicks.networks.conftest import ritm_config

HALVES = ([0.5, 0.5, 0.5], [0.25, 0.5, 0.5])


def simpleclick_config(**changed: object) -> dict[str, Any]:
    """Of ``models/iter_mask/plainvit_base448_cocolvis_itermask.py``; ``part__name`` changes a nested argument."""
    params: dict[str, Any] = {
        "use_disks": True,
        "norm_radius": 5,
        "with_prev_mask": True,
        "backbone_params": {
            "img_size": (448, 448),
            "patch_size": (16, 16),
            "in_chans": 3,
            "embed_dim": 768,
            "depth": 12,
            "num_heads": 12,
            "mlp_ratio": 4,
            "qkv_bias": True,
        },
        "neck_params": {"in_dim": 768, "out_dims": [128, 256, 512, 1024]},
        "head_params": {
            "in_channels": [128, 256, 512, 1024],
            "in_index": [0, 1, 2, 3],
            "dropout_ratio": 0.1,
            "num_classes": 1,
            "loss_decode": object(),
            "align_corners": False,
            "upsample": "x1",
            "channels": 256,
        },
        "random_split": False,
    }
    for name, value in changed.items():
        part, _, inner = name.partition("__")
        if inner:
            params[part][inner] = value
        else:
            params[part] = value
    return {"params": {n: {"type": "builtin", "value": v, "specified": True} for n, v in params.items()}}


def test_the_published_configs_pass() -> None:
    check_config({"config": ritm_config()}, CONFIG, source="file")
    check_config({"config": simpleclick_config()}, config_rules(heads=12), source="file")
    for content in ({"state_dict": {}}, {"config": None}, {"config": {}}, torch.ones(2)):
        check_config(content, CONFIG, source="file")
        assert config_normalization(content, source="file") == IMAGENET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("use_disks", False),
        ("norm_radius", 260),
        ("with_prev_mask", False),
        ("with_prev_mask", 1),
        ("use_leaky_relu", False),
        ("binary_prev_mask", True),
        ("use_rgb_conv", True),
        ("conv_extend", True),
        ("clicks_groups", [2, 5, 10]),
        ("norm_layer", "torch.nn.modules.instancenorm.InstanceNorm2d"),
        ("input_gamma", 2.2),
    ],
)
def test_what_changes_the_answer_is_refused_with_its_value(name: str, value: object) -> None:
    with pytest.raises(CheckpointMismatchError) as caught:
        check_config({"config": ritm_config(**{name: value})}, CONFIG, source="ritm.pth")
    assert f"ritm.pth: its config says {name}={value!r}" in str(caught.value)
    assert "answer" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("random_split", True),
        ("backbone_params__num_heads", 16),
        ("head_params__align_corners", True),
        ("head_params__upsample", "x4"),
        ("head_params__in_index", [3, 2, 1, 0]),
        ("backbone_params__rotary", True),
    ],
)
def test_nested_arguments_are_looked_at_too(name: str, value: object) -> None:
    with pytest.raises(CheckpointMismatchError, match=name.replace("__", ".") + "="):
        check_config({"config": simpleclick_config(**{name: value})}, config_rules(heads=12), source="file")


def test_what_has_no_effect_at_inference_is_tolerated() -> None:
    for free in ({"aspp_dropout": 0.5}, {"backbone_lr_mult": 1.0}, {"cpu_dist_maps": True}):
        check_config({"config": ritm_config(**free)}, CONFIG, source="file")
    check_config(
        {"config": simpleclick_config(head_params__dropout_ratio=0.9)}, config_rules(heads=12), source="file"
    )
    synchronised = "torch.nn.modules.batchnorm.SyncBatchNorm"
    check_config({"config": ritm_config(norm_layer=synchronised)}, CONFIG, source="file")


def test_defaults_of_older_code_are_passed_over_as_the_published_reader_does() -> None:
    config = ritm_config(old_argument=3)
    with pytest.raises(
        CheckpointMismatchError, match="old_argument=3, an argument that this model does not know"
    ):
        check_config({"config": config}, CONFIG, source="file")
    config["params"]["old_argument"]["specified"] = False
    check_config({"config": config}, CONFIG, source="file")


def test_another_normalisation_is_honoured(ritm_file: Path, tmp_path: Path) -> None:
    """Mean (0.5, 0.5, 0.5), deviation (0.25, 0.5, 0.5): white is (2, 1, 1)."""
    halves = config_normalization({"config": ritm_config(norm_mean_std=HALVES)}, source="file")
    assert halves == Normalization(mean=(0.5, 0.5, 0.5), std=(0.25, 0.5, 0.5))
    assert normalize(torch.ones(1, 3, 1, 1), halves).flatten().tolist() == [2.0, 1.0, 1.0]
    content = torch.load(ritm_file, weights_only=True)
    content["config"] = ritm_config(norm_mean_std=HALVES)
    torch.save(content, tmp_path / "halves.pth")
    image = np.random.default_rng(0).integers(0, 256, (70, 80, 3), dtype=np.uint8)
    published, other = (
        RITMPredictor(weights=p, zoom_size=64, flip=False, device="cpu")
        for p in (ritm_file, tmp_path / "halves.pth")
    )
    answers = []
    for predictor in (published, other):
        predictor.start(image)
        answers.append(predictor.predict([Click(30, 40, True)]))
    assert not np.array_equal(*answers)
    seen: list[Tensor] = []
    other._network.feature_extractor.conv1.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    other.start(image)
    np.testing.assert_array_equal(other.predict([Click(30, 40, True)]), answers[1])
    pixels = torch.from_numpy(image).permute(2, 0, 1)[None] / 255
    torch.testing.assert_close(seen[0], normalize(pixels, halves))


def test_imagenet_is_what_it_was() -> None:
    image = torch.rand(1, 3, 4, 5)
    assert torch.equal(imagenet_normalize(image), normalize(image, IMAGENET))


def test_simpleclick_honours_it_too(tiny_simpleclick: Callable[..., Any], tmp_path: Path) -> None:
    config = simpleclick_config(norm_mean_std=HALVES, backbone_params__num_heads=3)
    predictor = tiny_simpleclick(tmp_path / "tiny.pth", config=_without_objects(config))
    assert predictor._network.normalization == Normalization(mean=(0.5, 0.5, 0.5), std=(0.25, 0.5, 0.5))
    with pytest.raises(
        CheckpointMismatchError, match=r"tiny\.pth: its config says backbone_params\.num_heads=12"
    ):
        tiny_simpleclick(tmp_path / "tiny.pth", config=_without_objects(simpleclick_config()))


@pytest.mark.parametrize(
    "value",
    [
        None,
        0.5,
        [[0.5] * 3],
        ([0.5] * 3, [0.2, 0.2, 0.0]),
        ([0.5] * 3, [0.2, float("nan"), 0.2]),
        ([0.5], [0.2]),
    ],
)
def test_a_normalisation_that_is_none_is_refused(value: object) -> None:
    with pytest.raises(CheckpointMismatchError, match=r"ritm\.pth: its config says norm_mean_std="):
        config_normalization({"config": ritm_config(norm_mean_std=value)}, source="ritm.pth")


def test_fbrs_files_with_their_rate_of_dropout_open(
    tmp_path: Path, states: Callable[[str], dict[str, Tensor]]
) -> None:
    """``isegm/inference/utils.py`` of the f-BRS repository looks for it among the tensors."""
    path, state = tmp_path / "fbrs.pth", states("fbrs_resnet101")
    torch.save({**state, "aspp_dropout": torch.tensor(0.2)}, path)
    predictor = FBRSPredictor(weights=path, zoom_size=64, device="cpu")
    assert torch.equal(predictor._network.state_dict()["head.layers.2.bias"], state["head.layers.2.bias"])
    torch.save({**state, "aspp.rates": torch.tensor([6, 12, 18])}, path)
    with pytest.raises(CheckpointMismatchError, match=r"1 unexpected \['aspp\.rates'\]"):
        FBRSPredictor(weights=path, device="cpu")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_tensors_that_are_not_finite_are_named(value: float) -> None:
    state = nn.BatchNorm2d(3).state_dict()
    state["running_var"][1] = value
    with pytest.raises(
        CheckpointMismatchError, match=r"file: 1 tensors hold NaN or infinity \['running_var'\]"
    ):
        load_into(nn.BatchNorm2d(3), state, source="file")


def test_a_ritm_file_with_nan_is_refused(ritm_file: Path, tmp_path: Path) -> None:
    content = torch.load(ritm_file, weights_only=True)
    content["state_dict"] = copy.copy(content["state_dict"])
    content["state_dict"]["feature_extractor.cls_head.bias"] = torch.tensor([float("nan")])
    torch.save(content, tmp_path / "nan.pth")
    with pytest.raises(CheckpointMismatchError, match=r"nan\.pth: .*\['feature_extractor\.cls_head\.bias'\]"):
        RITMPredictor(weights=tmp_path / "nan.pth", device="cpu")


def test_fcanet_with_infinity_is_refused(tmp_path: Path, states: Callable[[str], dict[str, Tensor]]) -> None:
    state = states("fcanet_resnet101")
    state["pred_decoder.pred_conv.6.bias"] = torch.tensor([float("inf")])
    torch.save(state, tmp_path / "fcanet.pth")
    with pytest.raises(
        CheckpointMismatchError, match=r"fcanet\.pth: .*\['pred_decoder\.pred_conv\.6\.bias'\]"
    ):
        FCAPredictor(weights=tmp_path / "fcanet.pth", device="cpu")


def _without_objects(config: dict[str, Any]) -> dict[str, Any]:
    config["params"]["head_params"]["value"]["loss_decode"] = None
    return config
