"""Segment features pooled from one pass over the whole image.

A crop network sees each segment alone, on black; here the network sees the image once, and a segment's feature is the
mean of the feature maps over its pixels (hypercolumns: Hariharan et al., CVPR 2015; pooled over regions: He et al.,
arXiv:1406.4729). It knows what is around a segment, costs one forward pass an image instead of one a segment, and
parts of a segment cost no pass at all.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import DeviceError, InputError
from fsannot.device import has_fast_bfloat16, resolve_device
from fsannot.features.backbone import Backbone
from fsannot.features.bilinear import resample_normalised
from fsannot.features.segment_extractor import ImageSegments, SegmentExtractor
from fsannot.features.segment_means import segment_means
from fsannot.lanes import in_lanes
from fsannot.segments.runs import SegmentRuns


class PooledExtractor(SegmentExtractor):
    """Means of a backbone's feature maps over each segment, as if the maps had the image's resolution.

    Every level is centred on its mean over the image, so that what all of an image shares (its light, its scene) does
    not tie its segments together, and has unit length; levels are joined with equal weight. On the CPU an image is
    computed on one thread and several images at a time, so that features have the same bits with any number of threads.

    Args:
        backbone: a timm network that has ``forward_intermediates``.
        reductions: the feature maps to pool, by their stride in pixels.
        scales: of the image the network sees; each adds its own levels.
        centred: subtract each image's mean feature.
        kept: images whose feature maps are held, a few megabytes each, for segments that are made later.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:<index>``.
        precision: ``auto`` computes in bf16 where the processor gains from it.

    Raises:
        InputError: a setting outside its range, or a reduction the network does not have.
    """

    def __init__(
        self,
        *,
        backbone: Backbone,
        reductions: Sequence[int] = (8, 16, 32),
        scales: Sequence[float] = (1.0,),
        centred: bool = True,
        kept: int = 64,
        device: str = "auto",
        precision: Literal["auto", "fp32", "bf16"] = "auto",
    ) -> None:
        if not reductions:
            raise InputError("features.reductions is empty; name at least one, for example [8, 16, 32]")
        if not scales or not all(0.1 <= scale <= 8 for scale in scales):
            raise InputError(f"features.scales={list(scales)}: at least one, each in [0.1, 8]")
        if kept < 1:
            raise InputError(f"features.kept={kept} must be at least 1")
        if precision not in ("auto", "fp32", "bf16"):
            raise InputError(f"features.precision={precision!r} is not valid; choose auto, fp32 or bf16")
        self.backbone = backbone
        self.reductions = tuple(int(r) for r in reductions)
        self.scales = tuple(float(scale) for scale in scales)
        self.centred = centred
        self.kept = kept
        self.device = resolve_device(device)
        bf16 = has_fast_bfloat16(self.device) if precision == "auto" else precision == "bf16"
        self.dtype = torch.bfloat16 if bf16 else torch.float32
        self._maps: OrderedDict[bytes, list[np.ndarray]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def dim(self) -> int:
        """Length D of a feature vector: the channels of all levels together."""
        return len(self.scales) * sum(channels for _, channels in self._levels)

    def fingerprint(self) -> str:
        """Hex digest of backbone, levels, scale, centring and the precision in use."""
        settings = f"pooled|{self.backbone.fingerprint()}|{self.reductions}|{self.scales}|{self.centred}|{self.dtype}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def extract_stream(self, items: Iterable[ImageSegments]) -> Iterator[np.ndarray]:
        self._levels  # noqa: B018  # the network is made before several threads need it
        # a group is done before the next is asked for: whoever makes the items measures what that takes
        together = torch.get_num_threads() if self.device.type == "cpu" else 1
        source = iter(items)
        while group := list(itertools.islice(source, together)):
            for image, label_map, _ in group:
                if image.shape[:2] != label_map.shape:
                    raise InputError(
                        f"label map of shape {label_map.shape} for an image of shape {image.shape}"
                    )
            yield from (
                in_lanes(group, self._extract_one)
                if self.device.type == "cpu"
                else map(self._extract_one, group)
            )

    def _extract_one(self, item: ImageSegments) -> np.ndarray:
        image, label_map, labels = item
        return self._pool(self.maps(image), label_map, np.asarray(labels, np.int64))

    def forget(self) -> None:
        """Drop the feature maps that are held; the next segments of an image cost a pass again."""
        self._maps.clear()

    def _pool(self, maps: list[np.ndarray], label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
        runs = SegmentRuns.from_label_map(label_map)
        runs.check_labels(labels)
        levels = [segment_means(level, runs, labels) for level in maps]
        joined = np.concatenate([_unit(level) for level in levels], axis=1)
        return _unit(joined)

    def maps(self, image: np.ndarray) -> list[np.ndarray]:
        """Feature maps of an image; the last ``kept`` are held.

        Args:
            image: uint8 (H, W, 3), RGB.

        Returns:
            float32 (h, w, C) a scale and level, each of the whole image.

        Raises:
            DeviceError: the device does not have enough memory.
        """
        # sha256: processors have instructions for it, and this reads every pixel
        key = hashlib.sha256(np.ascontiguousarray(image).data).digest() + str(image.shape).encode()
        with self._lock:
            if key in self._maps:
                self._maps.move_to_end(key)
                return self._maps[key]
        levels = [
            np.ascontiguousarray(level.numpy())
            for scale in self.scales
            for level in self._forward(image, scale)
        ]
        with self._lock:
            self._maps[key] = levels
            while len(self._maps) > self.kept:
                self._maps.popitem(last=False)
        return levels

    def network_input(self, image: np.ndarray, scale: float = 1.0) -> Tensor:
        """What the network gets for an image.

        Args:
            image: uint8 (H, W, 3), RGB.
            scale: factor on the image's sides; they are rounded to multiples of the largest reduction.

        Returns:
            (1, 3, h, w), float32 or bfloat16, normalised, channels last, on the device.
        """
        stride = max(self.reductions)
        height, width = (max(stride, round(n * scale / stride) * stride) for n in image.shape[:2])
        size = height, width
        # x / (255 std) - mean / std
        mean, std = torch.tensor(self.backbone.mean), torch.tensor(self.backbone.std)
        factor, offset = 1 / (255 * std), mean / std
        if self.device.type == "cpu" and scale >= 1:
            seen = torch.empty(*size, 3, dtype=self.dtype)
            resample_normalised(image, factor.numpy(), offset.numpy(), out=seen)
            return seen.permute(2, 0, 1)[None]
        x = torch.tensor(np.ascontiguousarray(image)).to(self.device)
        # a view, channels last already; interpolation keeps that
        x = x.permute(2, 0, 1)[None].to(torch.float32, memory_format=torch.preserve_format)
        if size != image.shape[:2]:
            x = nn.functional.interpolate(
                x, size=size, mode="bilinear", align_corners=False, antialias=scale < 1
            )
        factor, offset = (v.view(1, 3, 1, 1).to(self.device) for v in (factor, offset))
        x = torch.addcmul(-offset, x, factor)
        return x.to(self.dtype).contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def levels_of(self, seen: Tensor) -> list[Tensor]:
        """Run the network alone.

        Args:
            seen: float32 or bfloat16 (1, 3, h, w), from ``network_input``.

        Returns:
            feature maps (1, C, h, w), one a reduction, of the type of ``seen``.

        Raises:
            DeviceError: the device does not have enough memory.
        """
        try:
            return self._network.forward_intermediates(  # type: ignore[operator]
                seen,
                indices=[index for index, _ in self._levels],
                norm=False,
                stop_early=True,
                intermediates_only=True,
            )
        except torch.cuda.OutOfMemoryError as error:
            height, width = seen.shape[2:]
            raise DeviceError(
                f"{self.device}: out of memory for an image of {height}×{width} pixels through "
                f"{self.backbone.name}; set smaller features.scales or device=cpu"
            ) from error

    def _forward(self, image: np.ndarray, scale: float) -> list[Tensor]:
        """float32 (h, w, C) a level, centred if asked for, on the CPU."""
        levels = [
            level[0].permute(1, 2, 0).float() for level in self.levels_of(self.network_input(image, scale))
        ]
        if self.centred:
            levels = [level - level.mean((0, 1)) for level in levels]
        return [level.cpu() for level in levels]

    @cached_property
    def _network(self) -> nn.Module:
        network = self.backbone.inference(self.device, self.dtype)
        if not hasattr(network, "forward_intermediates"):
            raise InputError(
                f"features.backbone.name={self.backbone.name} has no forward_intermediates in timm, so its feature "
                "maps cannot be pooled; choose another network, or one of the crop extractors"
            )
        return network

    @cached_property
    def _levels(self) -> list[tuple[int, int]]:
        """Index and channels of each reduction's feature map."""
        info = [(int(level["reduction"]), int(level["num_chs"])) for level in self._network.feature_info]  # type: ignore
        found = {reduction: (index, channels) for index, (reduction, channels) in enumerate(info)}
        missing = [r for r in self.reductions if r not in found]
        if missing:
            raise InputError(
                f"features.reductions={list(self.reductions)}: {self.backbone.name} has no feature map at {missing}; "
                f"it has {sorted(found)}"
            )
        return [found[r] for r in self.reductions]


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
