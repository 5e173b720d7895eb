"""What a training starts from."""

from __future__ import annotations

from collections.abc import Sequence
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
        published="the package itself (reinstall it), or made by fsannot train_edges",
        setting="edge_network.weights",
    )
    network = lite_network(imagenet=False)
    load_poolnet(network, file)
    return network


def timm_start(
    *,
    backbone: str = "resnet18",
    widths: Sequence[int] = (32, 48, 64, 96, 96),
    output_stride: int = 32,
    norm: bool = True,
    align_corners: bool = False,
    coarse_guides: bool = True,
    weights: str | Path | None = None,
    backbone_weights: str | Path | None = None,
    seed: int = 0,
) -> PoolNetNetwork:
    """Any timm trunk: own ``weights`` to go on from, or a fresh head on ``backbone_weights``.

    Args:
        backbone, widths, output_stride, norm, align_corners, coarse_guides: see ``PoolNetNetwork``.
        weights: a state dict of this very network; has precedence.
        backbone_weights: a state dict of timm's backbone, of which layers that give no features are left
            out, or ``"random"``.
        seed: of a fresh head, and of a random trunk.

    Raises:
        MissingWeightsError: neither is set, or there is no such file.
        CheckpointMismatchError: the file lacks tensors of the trunk.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PoolNetNetwork(
            backbone=backbone,
            widths=widths,
            output_stride=output_stride,
            norm=norm,
            align_corners=align_corners,
            coarse_guides=coarse_guides,
        )
    if weights is not None:
        file = weights_file(
            weights, what=f"PoolNet on {backbone}", published="no place", setting="edge_network.weights"
        )
        load_poolnet(network, file)
        return network
    if backbone_weights != "random":
        _load_trunk(network, backbone_weights, backbone)
    initialise_head(network, torch.Generator().manual_seed(seed))
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
    _load_trunk(network, backbone_weights, "resnet50")
    initialise_head(network, torch.Generator().manual_seed(seed), std=0.01)
    return network


def _load_trunk(network: PoolNetNetwork, weights: str | Path | None, backbone: str) -> None:
    file = weights_file(
        weights,
        what=f"ImageNet weights of {backbone}",
        published=f"https://huggingface.co/timm (model {backbone})",
        setting="edge_network.backbone_weights",
    )
    state = load_checkpoint(file)
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise CheckpointMismatchError(f"{file}: expected a state dict of timm's {backbone}")
    wanted = network.backbone.state_dict()  # no classifier
    load_into(network.backbone, {k: v for k, v in state.items() if k in wanted}, source=str(file))
