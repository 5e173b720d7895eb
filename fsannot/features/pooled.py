"""Segment features pooled from one pass over the whole image.

A crop network sees each segment alone, on black; here the network sees the image once, and a segment's feature is the
mean of the feature maps over its pixels (hypercolumns: Hariharan et al., CVPR 2015; pooled over regions: He et al.,
arXiv:1406.4729). It knows what is around a segment, costs one forward pass an image instead of one a segment, and
parts of a segment cost no pass at all.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal

import numba
import numpy as np
import torch
from torch import Tensor, nn

from fsannot.data.errors import DeviceError, InputError
from fsannot.device import has_fast_bfloat16, resolve_device
from fsannot.features.backbone import Backbone
from fsannot.features.crops import segment_boxes
from fsannot.features.segment_extractor import ImageSegments, SegmentExtractor


class PooledExtractor(SegmentExtractor):
    """Means of a backbone's feature maps over each segment, as if the maps had the image's resolution.

    Every level is centred on its mean over the image, so that what all of an image shares (its light, its scene) does
    not tie its segments together, and has unit length; levels are joined with equal weight.

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

    @property
    def dim(self) -> int:
        """Length D of a feature vector: the channels of all levels together."""
        return len(self.scales) * sum(channels for _, channels in self._levels)

    def fingerprint(self) -> str:
        """Hex digest of backbone, levels, scale, centring and the precision in use."""
        settings = f"pooled|{self.backbone.fingerprint()}|{self.reductions}|{self.scales}|{self.centred}|{self.dtype}"
        return hashlib.sha256(settings.encode()).hexdigest()

    def extract_stream(self, items: Iterable[ImageSegments]) -> Iterator[np.ndarray]:
        for image, label_map, labels in items:
            if image.shape[:2] != label_map.shape:
                raise InputError(f"label map of shape {label_map.shape} for an image of shape {image.shape}")
            yield self._pool(self._feature_maps(image), label_map, np.asarray(labels))

    def _pool(self, maps: list[np.ndarray], label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
        boxes = segment_boxes(label_map, labels, margin=0)
        label_map = np.ascontiguousarray(label_map, np.int32)
        out = np.empty((len(labels), self.dim), np.float32)
        for row, (label, (y0, x0, y1, x1)) in enumerate(zip(labels.tolist(), boxes.tolist(), strict=True)):
            start = 0
            for level in maps:
                height, width, channels = level.shape
                top, left, weights = _cell_weights(label_map, label, y0, x0, y1, x1, height, width)
                window = level[top : top + weights.shape[0], left : left + weights.shape[1]]
                pooled = weights.reshape(-1) @ window.reshape(-1, channels)
                out[row, start : start + channels] = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
                start += channels
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)

    def _feature_maps(self, image: np.ndarray) -> list[np.ndarray]:
        """float32 (h, w, C) a level, centred."""
        key = hashlib.blake2b(np.ascontiguousarray(image).data, salt=image.shape[0].to_bytes(8)).digest()
        if key in self._maps:
            self._maps.move_to_end(key)
            return self._maps[key]
        levels = [
            np.ascontiguousarray(level.numpy())
            for scale in self.scales
            for level in self._forward(image, scale)
        ]
        if self.centred:
            levels = [level - level.mean((0, 1)) for level in levels]
        self._maps[key] = levels
        while len(self._maps) > self.kept:
            self._maps.popitem(last=False)
        return levels

    @torch.inference_mode()
    def _forward(self, image: np.ndarray, scale: float) -> list[Tensor]:
        stride = max(self.reductions)
        size = [max(stride, round(n * scale / stride) * stride) for n in image.shape[:2]]
        x = (
            torch.from_numpy(np.ascontiguousarray(image).copy())
            .to(self.device)
            .permute(2, 0, 1)[None]
            .float()
            / 255
        )
        x = nn.functional.interpolate(x, size=size, mode="bilinear", align_corners=False, antialias=scale < 1)
        mean, std = (
            torch.tensor(v, device=self.device).view(1, 3, 1, 1)
            for v in (self.backbone.mean, self.backbone.std)
        )
        x = ((x - mean) / std).to(self.dtype).contiguous(memory_format=torch.channels_last)
        try:
            maps = self._network.forward_intermediates(  # type: ignore[operator]
                x, indices=[index for index, _ in self._levels], norm=False, intermediates_only=True
            )
        except torch.cuda.OutOfMemoryError as error:
            raise DeviceError(
                f"{self.device}: out of memory for an image of {size[0]}×{size[1]} pixels through "
                f"{self.backbone.name}; set features.scales below {scale:g} or device=cpu"
            ) from error
        return [level[0].permute(1, 2, 0).float().cpu() for level in maps]

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


@numba.njit(cache=True)  # type: ignore[misc]
def _cell_weights(  # pragma: no cover - compiled
    label_map: np.ndarray, label: int, y0: int, x0: int, y1: int, x1: int, height: int, width: int
) -> tuple[int, int, np.ndarray]:
    """How much each cell of a (height, width) map counts in the mean over a segment of the map's bilinear enlargement.

    Returns:
        first row and first column of the window of cells the segment's box touches, and their weights float32, which
        sum to 1.
    """
    rows, columns = label_map.shape
    top, bottom = _cell(y0, rows, height)[0], min(_cell(y1 - 1, rows, height)[0] + 1, height - 1)
    left, right = _cell(x0, columns, width)[0], min(_cell(x1 - 1, columns, width)[0] + 1, width - 1)
    weights = np.zeros((bottom - top + 1, right - left + 1), np.float64)
    count = 0
    for y in range(y0, y1):
        cy, fy = _cell(y, rows, height)
        ny = min(cy + 1, height - 1)
        for x in range(x0, x1):
            if label_map[y, x] != label:
                continue
            count += 1
            cx, fx = _cell(x, columns, width)
            nx = min(cx + 1, width - 1)
            weights[cy - top, cx - left] += (1 - fy) * (1 - fx)
            weights[cy - top, nx - left] += (1 - fy) * fx
            weights[ny - top, cx - left] += fy * (1 - fx)
            weights[ny - top, nx - left] += fy * fx
    return top, left, (weights / max(count, 1)).astype(np.float32)


@numba.njit(cache=True)  # type: ignore[misc]
def _cell(pixel: int, pixels: int, cells: int) -> tuple[int, float]:  # pragma: no cover - compiled
    """Cell below a pixel's centre and the share of the next one (align_corners=False, clamped at the border)."""
    position = min(max((pixel + 0.5) * cells / pixels - 0.5, 0.0), cells - 1.0)
    cell = int(position)
    return cell, position - cell
