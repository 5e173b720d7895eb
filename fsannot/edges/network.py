"""What every edge network shares when it runs: device, precision, batches of equal size."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.device import has_fast_bfloat16, resolve_device, run_in_batches
from fsannot.edges.model import EdgeModel
from fsannot.lanes import in_lanes

Precision = Literal["auto", "fp32", "bf16"]


class NetworkEdges(EdgeModel):
    """Edge model around a torch module that maps float (B, 3, H, W) images to logits (B, 1, H, W).

    Images are reflected outwards by at least ``pad`` pixels, up to sides that are multiples of
    ``stride``; those that then have the same size go through the network together, at most ``batch_size``
    at a time. The border is cropped away again, so the network's response to the frame never reaches the
    map. On the CPU a batch is computed on one thread and several batches at a time, so that a map has the same
    bits with any number of threads.

    Args:
        network: put into evaluation mode, on ``device``, channels last.
        device: see ``resolve_device``.
        precision: bf16 runs convolutions under autocast; ``auto`` does so where the processor is faster
            at it.
        batch_size: images a forward pass; halved, for good, when the device runs out of memory.
        pad: pixels.
        stride: the network's coarsest; sides are multiples of it, so that its maps align with the image.

    Raises:
        InputError: an unknown precision or device, or a batch size below 1.
        DeviceError: the device is not usable.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        device: str = "auto",
        precision: Precision = "auto",
        batch_size: int = 1,
        pad: int = 32,
        stride: int = 16,
    ) -> None:
        if precision not in get_args(Precision):
            raise InputError(f"{self.name}: precision={precision!r} is not valid; choose auto, fp32 or bf16")
        if batch_size < 1:
            raise InputError(f"{self.name}: batch_size={batch_size} is not valid; it must be at least 1")
        self.device = resolve_device(device)
        self.batch_size = batch_size
        self.bf16 = precision == "bf16" or (precision == "auto" and has_fast_bfloat16(self.device))
        network = network.eval().requires_grad_(False).to(self.device)
        self.network = network.to(memory_format=torch.channels_last)
        self._pad, self._stride = pad, stride

    @abstractmethod
    def _normalise(self, batch: Tensor) -> Tensor:
        """Network input, float32 (B, 3, H, W), of uint8 (B, 3, H, W) RGB on the device."""

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        by_size: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for i, image in enumerate(images):
            by_size[image.shape].append(i)
        # the largest first: what is left at the end, when a thread has nothing more to do, is then small
        of_a_size = sorted(by_size.values(), key=lambda members: -images[members[0]].size)
        step = self.batch_size
        batches = [members[k : k + step] for members in of_a_size for k in range(0, len(members), step)]

        def run(batch: list[int]) -> list[np.ndarray]:
            h, w = images[batch[0]].shape[:2]
            parts = run_in_batches(
                self,
                [images[i] for i in batch],
                self._forward,
                one=f"one image of {h}×{w} pixels through {self.name}",
                remedy="set edges=tiled with a smaller edges.tile and edges.max_pixels, or device=cpu",
            )
            return list(itertools.chain.from_iterable(parts))

        maps: dict[int, np.ndarray] = {}
        found = in_lanes(batches, run) if self.device.type == "cpu" else map(run, batches)
        for batch, edge_maps in zip(batches, found, strict=True):
            maps.update(zip(batch, edge_maps, strict=True))
        return [maps[i] for i in range(len(images))]

    @torch.inference_mode()
    def _forward(self, images: Sequence[np.ndarray]) -> np.ndarray:
        h, w = images[0].shape[:2]
        below, right = (self._pad + (-(side + 2 * self._pad)) % self._stride for side in (h, w))
        margins = ((0, 0), (self._pad, below), (self._pad, right), (0, 0))
        # NumPy reflects as often as it takes, so an image may be narrower than the border
        padded = np.pad(np.stack(images), margins, mode="reflect")
        batch = self._normalise(torch.from_numpy(padded).to(self.device).permute(0, 3, 1, 2))
        batch = batch.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits = self.network(batch)
        edges = torch.sigmoid(logits[:, 0, self._pad : self._pad + h, self._pad : self._pad + w].float())
        return edges.cpu().numpy()
