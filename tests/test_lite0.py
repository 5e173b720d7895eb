"""The packaged EfficientNet-Lite0 fits timm's network in names, shapes and output."""

import timm
import torch

from fsannot.lite0 import MEAN, STD, lite0_file, lite0_state_dict, timm_name


def test_fits_timm_strictly() -> None:
    network = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    state = lite0_state_dict()
    assert len(state) == 296
    network.load_state_dict(state, strict=True)
    trunk = timm.create_model("tf_efficientnet_lite0", pretrained=False, features_only=True)
    trunk.load_state_dict(lite0_state_dict(classifier=False), strict=True)


def test_same_tensors_in_the_same_order() -> None:
    published = list(torch.load(lite0_file(), map_location="cpu", weights_only=True))
    own = list(timm.create_model("tf_efficientnet_lite0", pretrained=False).state_dict())
    assert [timm_name(name) for name in published] == own


def test_normalisation_is_the_one_timm_records() -> None:
    config = timm.create_model("tf_efficientnet_lite0", pretrained=False).pretrained_cfg
    assert (tuple(config["mean"]), tuple(config["std"])) == (MEAN, STD)
