"""The other published sizes: names and shapes of all tensors, by digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from torch import nn

from fsannot.clicks.predictors import ritm, simpleclick
from fsannot.networks.ritm import RITMNetwork
from fsannot.networks.simpleclick import SimpleClickNetwork

PUBLISHED = Path(__file__).parents[1] / "fixtures" / "parity" / "variants.json"


def build(name: str) -> nn.Module:
    family, size = name.split("_", 1)
    if family == "ritm":
        backbone, ocr_width, _ = ritm.VARIANTS[size]
        return RITMNetwork(backbone=backbone, ocr_width=ocr_width)
    sizes = {"vit_l": "large", "vit_h": "huge"}
    backbone, pyramid = simpleclick.VARIANTS[sizes[size]]
    return SimpleClickNetwork(backbone=backbone, pyramid=pyramid)


@pytest.mark.parametrize("name", ["ritm_hrnet18s", "ritm_hrnet32", "simpleclick_vit_l", "simpleclick_vit_h"])
def test_tensors_are_those_of_the_published_size(name: str) -> None:
    published = json.loads(PUBLISHED.read_text())[name]
    with torch.device("meta"):
        state = build(name).state_dict()
    # timm registers some parts in another order, which does not matter
    text = "\n".join(f"{key} {'x'.join(map(str, state[key].shape))}" for key in sorted(state))
    assert len(state) == published["tensors"]
    assert hashlib.sha256(text.encode()).hexdigest() == published["sha256"]
