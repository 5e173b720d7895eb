"""What a training starts from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.poolnet import LITE_WEIGHTS, lite_network, load_poolnet
from fsannot.edges.poolnet_network import PoolNetNetwork, initialise_head
from fsannot.edges.poolnet_published import PUBLISHED_AT, published_network
from fsannot.weights import load_checkpoint, load_into, weights_file


def lite_start(*, weights: str | Path | None = None, seed: int = 0) -> PoolNetNetwork:
    """The small network: a fresh head on ImageNet's trunk, or ``weights`` to go on from.

    Args:
        weights: a file, or ``"shipped"`` for the ones in the package.
        seed: of a fresh head.
    """
    if weights is None:
        return lite_network(imagenet=True, seed=seed)
    file = weights_file(
        LITE_WEIGHTS if weights == "shipped" else weights,
        what="PoolNet-Lite",
        published="the package itself (reinstall it), or made by experiments/train_edges.py",
        setting="edge_network.weights",
    )
    network = lite_network(imagenet=False)
    load_poolnet(network, file)
    return network


def resnet50_start(
    *, weights: str | Path | None = None, backbone_weights: str | Path | None = None, seed: int = 0
) -> PoolNetNetwork:
    """The paper's network: the published or own ``weights``, or a fresh head on ImageNet's trunk.

    Args:
        weights: a PoolNet state dict; has precedence.
        backbone_weights: a state dict of timm's ``resnet50``; its classifier is left out. The trunk computes
            with strides where Caffe has them.
        seed: of a fresh head, normal with standard deviation 0.01.

    Raises:
        MissingWeightsError: neither is set, or there is no such file.
    """
    network = published_network()
    if weights is not None or backbone_weights is None:
        file = weights_file(weights, what="PoolNet", published=PUBLISHED_AT, setting="edge_network.weights")
        load_poolnet(network, file)
        return network
    file = weights_file(
        backbone_weights,
        what="ResNet-50",
        published="https://huggingface.co/timm/resnet50.tv_in1k",
        setting="edge_network.backbone_weights",
    )
    state = load_checkpoint(file)
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise CheckpointMismatchError(f"{file}: expected a state dict of timm's resnet50")
    trunk = {k: v for k, v in state.items() if not k.startswith("fc.")}
    load_into(network.backbone, trunk, source=str(file))
    initialise_head(network, torch.Generator().manual_seed(seed), std=0.01)
    return network
