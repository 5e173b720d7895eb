"""BatchNorm folded into the convolution before it, for networks whose graph cannot be traced symbolically."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils import fuse_conv_bn_weights

TOLERANCE = 1e-3
"""Largest change of the output by rounding, relative to its spread; a wrong fold is orders above."""


def _pairs(network: nn.Module, probe: Tensor) -> list[tuple[nn.Conv2d, str]]:
    """Convolutions whose output goes, once and unchanged, into the BatchNorm of the name beside it."""
    produced: dict[int, tuple[nn.Conv2d, Tensor]] = {}  # the tensor is held so that its id is not used again
    found: list[tuple[nn.Conv2d, str]] = []
    calls: dict[int, int] = {}
    hooks = []

    def after_convolution(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        calls[id(module)] = calls.get(id(module), 0) + 1
        produced[id(output)] = (module, output)  # type: ignore[assignment]

    def before_norm(name: str, module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        calls[id(module)] = calls.get(id(module), 0) + 1
        if id(inputs[0]) in produced:
            found.append((produced[id(inputs[0])][0], name))

    for name, module in network.named_modules():
        if type(module).__name__.startswith("Conv2d") and isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(after_convolution))
        elif isinstance(module, nn.BatchNorm2d):
            hooks.append(
                module.register_forward_pre_hook(lambda m, i, name=name: before_norm(name, m, i))  # type: ignore
            )
    try:
        network(probe)
    finally:
        for hook in hooks:
            hook.remove()
    return [
        (conv, name)
        for conv, name in found
        if calls[id(conv)] == 1 and calls[id(network.get_submodule(name))] == 1
    ]


@torch.no_grad()
def fold_batch_norm(network: nn.Module, size: int = 64) -> nn.Module:
    """``network`` in eval mode on the CPU with every foldable BatchNorm2d folded; activations stay.

    Pairs are found by watching one forward pass, and the folded network is kept only if it computes the same.

    Args:
        network: (B, 3, size, size) → (B, D).
        size: side of the probe image; one that the network accepts.

    Returns:
        the folded network, or ``network`` itself where nothing can be folded safely.
    """
    fixed = getattr(network, "patch_embed", None)
    if fixed is not None or not any(isinstance(m, nn.BatchNorm2d) for m in network.modules()):
        return network
    probe = torch.rand(2, 3, size, size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    folded = copy.deepcopy(network)
    for conv, name in _pairs(folded, probe):
        norm = folded.get_submodule(name)
        if not isinstance(norm, nn.BatchNorm2d) or norm.running_mean is None or norm.running_var is None:
            continue  # without running statistics the norm depends on the batch
        conv.weight, conv.bias = fuse_conv_bn_weights(
            conv.weight, conv.bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
        )
        parent, _, child = name.rpartition(".")
        # timm's BatchNormAct2d carries its activation
        setattr(folded.get_submodule(parent), child, getattr(norm, "act", None) or nn.Identity())
    before, after = network(probe), folded(probe)
    return folded if (after - before).abs().max() <= TOLERANCE * before.std() else network
