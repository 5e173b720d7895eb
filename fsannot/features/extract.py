"""Segments → unit feature vectors, batched across images."""

from __future__ import annotations

import hashlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import InputError
from fsannot.device import has_fast_bfloat16, resolve_device, run_in_batches
from fsannot.features.backbone import Backbone
from fsannot.features.crops import CropCutter, SegmentRef, segment_refs
from fsannot.features.device_crops import DeviceCropCutter
from fsannot.features.segment_extractor import ImageSegments, SegmentExtractor
from fsannot.lanes import in_lanes


class FeatureExtractor(SegmentExtractor):
    """Runs a backbone on the crops of segments.

    Batches fill across images, and crops exist for one batch only. A segment's features do not depend on what is
    extracted with it: a short batch is padded to the full size, so that the same kernels run. The exception is bf16
    on the CPU, where batches of any size give the same bits and are not padded. On the CPU a batch is computed on one
    thread, several batches at a time, so that features do not depend on the number of threads.

    Args:
        backbone: the network.
        size: side of the square crops, pixels.
        margin: pixels around the segment's box.
        batch_size: crops a batch; ``None`` for 16 on the CPU, where more miss the cache, and 256 on a GPU.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<index>``.
        precision: ``auto`` computes in bf16 where the processor gains from it.

    Raises:
        InputError: a setting outside its range.
        DeviceError: the device is not usable.

    Example:
        >>> from fsannot.features.backbone import Backbone
        >>> extractor = FeatureExtractor(
        ...     backbone=Backbone(name="resnet10t", weights="random"), size=32, device="cpu"
        ... )
        >>> image, label_map = np.zeros((40, 40, 3), np.uint8), np.zeros((40, 40), np.int32)
        >>> (features,) = extractor.extract([image], [label_map], [np.array([0])])
        >>> features.shape, features.dtype
        ((1, 512), dtype('float32'))
    """

    def __init__(
        self,
        *,
        backbone: Backbone,
        size: int = 224,
        margin: int = 10,
        batch_size: int | None = None,
        device: str = "auto",
        precision: Literal["auto", "fp32", "bf16"] = "auto",
    ) -> None:
        if size < 32:
            raise InputError(f"features.size={size} is too small for a network; use at least 32 pixels")
        if margin < 0:
            raise InputError(f"features.margin={margin} must be at least 0 pixels")
        if batch_size is not None and batch_size < 1:
            raise InputError(
                f"features.batch_size={batch_size} must be at least 1, or null to let the device decide"
            )
        if precision not in ("auto", "fp32", "bf16"):
            raise InputError(f"features.precision={precision!r} is not valid; choose auto, fp32 or bf16")
        self.backbone = backbone
        self.size = size
        self.margin = margin
        self.device = resolve_device(device)
        self.batch_size = batch_size or (16 if self.device.type == "cpu" else 256)
        bf16 = has_fast_bfloat16(self.device) if precision == "auto" else precision == "bf16"
        self.dtype = torch.bfloat16 if bf16 else torch.float32

    @property
    def dim(self) -> int:
        """Length D of a feature vector."""
        return self.backbone.dim

    def fingerprint(self) -> str:
        """Hex digest of backbone, crop settings and the precision in use, which changes the last digits."""
        settings = f"{self.backbone.fingerprint()}|{self.size}|{self.margin}|{self.dtype}"
        return hashlib.sha256(settings.encode()).hexdigest()

    @cached_property
    def _network(self) -> nn.Module:
        network = self.backbone.inference(self.device, self.dtype)
        probe = torch.zeros(1, 3, self.size, self.size, device=self.device, dtype=self.dtype)
        try:
            with torch.inference_mode():
                network(probe)
        except (RuntimeError, AssertionError) as error:
            if isinstance(error, torch.cuda.OutOfMemoryError):
                raise
            raise InputError(
                f"features.size={self.size} does not fit {self.backbone.name} ({error}); many networks need a "
                "multiple of 32, transformers the size they were trained with"
            ) from error
        return network

    @cached_property
    def _cutter(self) -> CropCutter:
        return CropCutter(size=self.size, mean=self.backbone.mean, std=self.backbone.std)

    @cached_property
    def _device_cutter(self) -> DeviceCropCutter:
        return DeviceCropCutter(
            size=self.size, scale=self._cutter.scale, offset=self._cutter.offset, device=self.device
        )

    def extract_refs(self, refs: Iterable[SegmentRef]) -> np.ndarray:
        """Features of segments whose boxes are already known.

        Args:
            refs: n segments, of any images.

        Returns:
            float32 (n, D), rows of unit L2 norm.

        Raises:
            DeviceMemoryError: the device has no memory for a single crop.
        """
        blocks = list(self._features(iter(refs)))
        return np.concatenate(blocks) if blocks else np.empty((0, self.dim), np.float32)

    def with_weights(self, state: Mapping[str, Tensor]) -> FeatureExtractor:
        """The same extractor around the same network with other weights.

        Args:
            state: name → tensor, of the network's shapes: float32 (...); copied.

        Returns:
            a new extractor; this one stays as it is.
        """
        return FeatureExtractor(
            backbone=self.backbone.with_weights(state),
            size=self.size,
            margin=self.margin,
            batch_size=self.batch_size,
            device=str(self.device),
            precision="bf16" if self.dtype == torch.bfloat16 else "fp32",
        )

    def extract_stream(self, items: Iterable[ImageSegments]) -> Iterator[np.ndarray]:
        counts: deque[int] = deque()

        def refs() -> Iterator[SegmentRef]:
            for image, label_map, labels in items:
                counts.append(len(labels))
                yield from segment_refs(image, label_map, np.asarray(labels), margin=self.margin)

        ready: deque[np.ndarray] = deque()
        rows = 0
        for block in self._features(refs()):
            ready.append(block)
            rows += len(block)
            # the last count may still be growing into the next batch; rows tell whether an image is complete
            while counts and counts[0] <= rows:
                rows -= counts[0]
                yield _take(ready, counts.popleft(), self.dim)
        while counts:
            yield _take(ready, counts.popleft(), self.dim)

    def _features(self, refs: Iterator[SegmentRef]) -> Iterator[np.ndarray]:
        """Blocks of features, float32 (≤ batch, D), in order."""
        if self.device.type == "cpu":
            self._network, self._cutter  # noqa: B018  # made before several threads need them
            together = torch.get_num_threads()
            while group := list(itertools.islice(refs, together * self.batch_size)):
                batches = [group[k : k + self.batch_size] for k in range(0, len(group), self.batch_size)]
                for found in in_lanes(batches, lambda batch: list(self._run(batch))):
                    yield from (features.numpy() for features in found)
            return
        in_flight: Tensor | None = None  # a GPU works on the next batch while this one is copied back
        while batch := list(itertools.islice(refs, self.batch_size)):
            for features in self._run(batch):
                if in_flight is not None:
                    yield in_flight.cpu().numpy()
                in_flight = features
        if in_flight is not None:
            yield in_flight.cpu().numpy()

    def _run(self, batch: Sequence[SegmentRef]) -> Iterator[Tensor]:
        """Features of one batch, in smaller ones when the device is out of memory."""
        return run_in_batches(
            self,
            batch,
            self._forward,
            one=f"one crop of {self.size} px through {self.backbone.name}",
            remedy="set a smaller features.size or device=cpu",
        )

    @torch.inference_mode()
    def _forward(self, batch: Sequence[SegmentRef]) -> Tensor:
        if self.device.type == "cpu":
            rows = len(batch) if self.dtype == torch.bfloat16 else self.batch_size
            crops = self._cutter.cut(batch, torch.empty(rows, self.size, self.size, 3, dtype=self.dtype))
        else:
            crops = self._device_cutter.cut(batch, self.batch_size).to(self.dtype)
        features = self._network(crops)[: len(batch)].float()
        return nn.functional.normalize(features, dim=1)


def _take(ready: deque[np.ndarray], count: int, dim: int) -> np.ndarray:
    """Remove ``count`` rows from the front of ``ready``."""
    parts: list[np.ndarray] = []
    while count:
        block = ready.popleft()
        parts.append(block[:count])
        if len(block) > count:
            ready.appendleft(block[count:])
        count -= len(parts[-1])
    return np.concatenate(parts) if parts else np.empty((0, dim), np.float32)
