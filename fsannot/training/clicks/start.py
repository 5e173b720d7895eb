"""What a training of a click network starts from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from fsannot.clicks.predictors.pyramid import (
    LITE_BACKBONE,
    LITE_WEIGHTS,
    LITE_WIDTH,
    PUBLISHED,
    load_pyramid,
)
from fsannot.data.errors import CheckpointMismatchError
from fsannot.lite0 import lite0_file, lite0_state_dict
from fsannot.networks.pyramid import ClickPyramid
from fsannot.weights import load_checkpoint, load_into, weights_file


def lite_start(*, weights: str | Path | None = None, seed: int = 0) -> ClickPyramid:
    """The small network: a fresh head on ImageNet's EfficientNet-Lite0, or ``weights`` to go on from.

    Args:
        weights: a file, or ``"shipped"`` for the ones in the package.
        seed: of a fresh head.
    """
    network = _seeded(LITE_BACKBONE, LITE_WIDTH, seed)
    if weights is None:
        load_trunk(network, lite0_state_dict(classifier=False), source=str(lite0_file()))
        return network
    file = weights_file(
        LITE_WEIGHTS if weights == "shipped" else weights,
        what="lite",
        published=PUBLISHED,
        setting="click_network.weights",
    )
    load_pyramid(network, file)
    return network


def timm_start(
    *,
    backbone: str = "resnet18",
    width: int = 64,
    weights: str | Path | None = None,
    backbone_weights: str | Path | None = None,
    seed: int = 0,
) -> ClickPyramid:
    """Any timm backbone: own ``weights`` to go on from, or a fresh head on ``backbone_weights``.

    Args:
        backbone, width: see ``ClickPyramid``.
        weights: a state dict of this very network; has precedence.
        backbone_weights: a state dict of timm's backbone, or ``"random"``.
        seed: of a fresh head, and of a random backbone.

    Raises:
        MissingWeightsError: neither is set, or there is no such file.
        CheckpointMismatchError: the file lacks tensors of the backbone.
    """
    network = _seeded(backbone, width, seed)
    if weights is not None:
        what, published = f"click network on {backbone}", "no place, they are made by this program"
        file = weights_file(weights, what=what, published=published, setting="click_network.weights")
        load_pyramid(network, file)
        return network
    if backbone_weights != "random":
        file = weights_file(
            backbone_weights,
            what=f"ImageNet weights of {backbone}",
            published=f"https://huggingface.co/timm (model {backbone})",
            setting="click_network.backbone_weights",
        )
        state = load_checkpoint(file)
        if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
            raise CheckpointMismatchError(f"{file}: expected a state dict of timm's {backbone}")
        load_trunk(network, state, source=str(file))
    return network


def load_trunk(network: ClickPyramid, state: Mapping[str, Tensor], *, source: str) -> None:
    """Load ImageNet weights into the backbone; tensors of other layers, such as a classifier, are left out.

    Args:
        network: takes the weights.
        state: tensors by name, such as float32 (C, D, 3, 3).
        source: the file, for messages.

    Raises:
        CheckpointMismatchError: tensors are missing or have other shapes.
    """
    own = network.backbone.state_dict()
    wanted = {name: tensor for name, tensor in state.items() if name in own}
    load_into(network.backbone, wanted, source=source)


def _seeded(backbone: str, width: int, seed: int) -> ClickPyramid:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ClickPyramid(backbone=backbone, width=width)
