"""HED weights in the layout of the published Keras file, from any network of that shape."""

from __future__ import annotations

from pathlib import Path

import h5py
import torch

from fsannot.edges.hed import HEDNetwork

DEPTHS = (2, 2, 3, 3, 3)


def names() -> list[str]:
    """The layers of the published file, in the order of the network's parameters."""
    blocks = [
        f"block{b}/layers/conv2d" + (f"_{j}" if j else "")
        for b, depth in enumerate(DEPTHS, 1)
        for j in range(depth)
    ]
    return [*blocks, *(f"dsn{i}" for i in range(1, 6)), "fuse"]


def write_keras_weights(file: Path, network: HEDNetwork, seed: int) -> Path:
    """Fill ``network`` with seeded random weights and store them as Keras does."""
    generator = torch.Generator().manual_seed(seed)
    parameters = list(network.parameters())
    with torch.no_grad(), h5py.File(file, "w") as out:
        for name, weight, bias in zip(names(), parameters[::2], parameters[1::2], strict=True):
            # He's initialisation carries inputs of some 100 through; scores must come down to logits of some 1
            scale = 0.003 if name.startswith("dsn") else 1
            weight.normal_(0, scale * (2 / weight[0].numel()) ** 0.5, generator=generator)
            bias.normal_(0, 0.01, generator=generator)
            out[f"{name}/vars/0"] = weight.permute(2, 3, 1, 0).numpy()
            out[f"{name}/vars/1"] = bias.numpy()
    return file
