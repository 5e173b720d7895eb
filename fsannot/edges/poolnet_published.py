"""The published PoolNet checkpoint (ResNet-50, trained jointly with edges): names, and Caffe's trunk."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.poolnet_network import PUBLISHED_NORM, PoolNetNetwork

PUBLISHED_AT = "https://github.com/backseason/PoolNet (section 'ResNet-50 with edge', file final.pth)"

_RULES: tuple[tuple[str, str], ...] = (
    (r"base\.resnet\.(.+)", r"backbone.\1"),
    (r"base\.ppms_pre\.(\w+)", r"pyramid.reduce.\1"),
    (r"base\.ppms\.(\d)\.1\.(\w+)", r"pyramid.levels.\1.0.\2"),
    (r"base\.ppm_cat\.0\.(\w+)", r"pyramid.merge.0.\1"),
    (r"base\.infos\.(\d)\.0\.(\w+)", r"guides.\1.0.\2"),
    (r"convert\.convert0\.(\d)\.0\.(\w+)", r"lateral.\1.0.\2"),
    (r"deep_pool\.4\.convs\.(\d)\.(\w+)", r"last_aggregate.pooled.\1.\2"),
    (r"deep_pool\.4\.conv_sum\.(\w+)", r"last_aggregate.sum.0.\1"),
    (r"deep_pool\.(\d)\.convs\.(\d)\.(\w+)", r"aggregate.\1.pooled.\2.\3"),
    (r"deep_pool\.(\d)\.conv_sum\.(\w+)", r"aggregate.\1.sum.0.\2"),
    (r"deep_pool\.(\d)\.conv_sum_c\.(\w+)", r"aggregate.\1.join.0.\2"),
    (r"block\.(\d)\.block_in1\.0\.(\w+)", r"refine.\1.first.0.\2"),
    (r"block\.(\d)\.block_mid1\.0\.0\.(\w+)", r"refine.\1.first.1.\2"),
    (r"block\.(\d)\.block_mid1\.0\.1\.(\w+)", r"refine.\1.first.2.\2"),
    (r"block\.(\d)\.block_in2\.0\.(\w+)", r"refine.\1.second.0.\2"),
    (r"block\.(\d)\.block_mid2\.0\.0\.(\w+)", r"refine.\1.second.1.\2"),
    (r"block\.(\d)\.block_mid2\.0\.1\.(\w+)", r"refine.\1.second.2.\2"),
    (r"block\.(\d)\.block_out\.0\.(\w+)", r"refine.\1.out.\2"),
    (r"fuse\.trans\.(\d)\.(\w+)", r"edge_scores.sides.\1.\2"),
    (r"fuse\.fuse\.(\w+)", r"edge_scores.fuse.\1"),
    (r"edgeinfo\.trans\.0\.(\w+)", r"edge_features.layers.0.0.\1"),
    (r"edgeinfo\.trans\.2\.(\w+)", r"edge_features.layers.1.0.\1"),
    (r"edgeinfo\.trans\.4\.(\w+)", r"edge_features.layers.2.0.\1"),
    (r"edgeinfo\.trans\.6\.(\w+)", r"edge_features.layers.3.0.\1"),
    (r"score\.score\.(\w+)", r"saliency_score.\1"),
)


def own_name(published: str) -> str:
    """Name in ``PoolNetNetwork`` of a tensor of the published checkpoint.

    Args:
        published: name in the published checkpoint.

    Returns:
        name in ``PoolNetNetwork``.

    Raises:
        CheckpointMismatchError: the published network has no such tensor.

    Example:
        >>> own_name("deep_pool.0.conv_sum_c.weight")
        'aggregate.0.join.0.weight'
    """
    for pattern, replacement in _RULES:
        if re.fullmatch(pattern, published):
            return re.sub(pattern, replacement, published)
    raise CheckpointMismatchError(
        f"{published!r} is no tensor of the published PoolNet (ResNet-50 with edge)"
    )


def is_published(state: Mapping[str, Tensor]) -> bool:
    """Whether a state dict uses the published names.

    Args:
        state: name → tensor, float32 (...) or any other dtype.

    Returns:
        True for the published names, False for those of ``PoolNetNetwork``.
    """
    return any(name.startswith("base.resnet.") for name in state)


def own_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The published state dict under the names of ``PoolNetNetwork``.

    Args:
        published: published name → tensor, float32 (...).

    Returns:
        name in ``PoolNetNetwork`` → the same float32 (...) tensor.

    Raises:
        CheckpointMismatchError: a tensor the published network does not have.
    """
    return {own_name(name): tensor for name, tensor in published.items()}


def published_network() -> PoolNetNetwork:
    """``PoolNetNetwork`` on ResNet-50 with the trunk of the published checkpoint.

    That trunk is Caffe's, and differs from timm's in four ways: a stage's stride sits in the first 1×1
    convolution, every block of the last stage is dilated by 2, the max-pooling rounds up, and the input is
    BGR minus a mean.
    """
    network = PoolNetNetwork(backbone="resnet50", input_norm=PUBLISHED_NORM)
    trunk: Any = network.backbone
    trunk.maxpool.ceil_mode = True
    for module in (trunk.layer2[0], trunk.layer3[0]):
        module.conv1.stride, module.conv2.stride = (2, 2), (1, 1)
    for block in trunk.layer4:
        block.conv2.dilation = block.conv2.padding = (2, 2)
    return network
