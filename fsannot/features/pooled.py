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

    def forget(self) -> None:
        """Drop the feature maps that are held; the next segments of an image cost a pass again."""
        self._maps.clear()

    def _pool(self, maps: list[np.ndarray], label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
        boxes = segment_boxes(label_map, labels, margin=0)
        label_map = np.ascontiguousarray(label_map, np.int32)
        rows, columns = label_map.shape
        grids = [(*_cells(rows, level.shape[0]), *_cells(columns, level.shape[1])) for level in maps]
        out = np.empty((len(labels), self.dim), np.float32)
        for row, (label, (y0, x0, y1, x1)) in enumerate(zip(labels.tolist(), boxes.tolist(), strict=True)):
            start = 0
            for level, grid in zip(maps, grids, strict=True):
                pooled = out[row, start : start + level.shape[2]]
                _pool_one(label_map, label, y0, x0, y1, x1, level, *grid, pooled)
                pooled /= max(float(np.linalg.norm(pooled)), 1e-12)
                start += len(pooled)
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

    def network_input(self, image: np.ndarray, scale: float = 1.0) -> Tensor:
        """What the network sees of an image, uint8 (H, W, 3): (1, 3, h, w), normalised, channels last, on the device.

        Sides are multiples of the largest reduction, next to ``scale`` times the image's.
        """
        stride = max(self.reductions)
        size = [max(stride, round(n * scale / stride) * stride) for n in image.shape[:2]]
        mean, std = (
            torch.tensor(v, device=self.device).view(1, 3, 1, 1)
            for v in (self.backbone.mean, self.backbone.std)
        )
        x = torch.tensor(np.ascontiguousarray(image)).to(self.device)
        # a view, channels last already; interpolation keeps that
        x = x.permute(2, 0, 1)[None].to(torch.float32, memory_format=torch.preserve_format)
        if size != list(image.shape[:2]):
            x = nn.functional.interpolate(
                x, size=size, mode="bilinear", align_corners=False, antialias=scale < 1
            )
        # one pass: x / (255 std) - mean / std
        x = torch.addcmul(-mean / std, x, 1 / (255 * std))
        return x.to(self.dtype).contiguous(memory_format=torch.channels_last)

    @torch.inference_mode()
    def levels_of(self, seen: Tensor) -> list[Tensor]:
        """The network alone: its feature maps (1, C, h, w), one a reduction, of a ``network_input``.

        Raises:
            DeviceError: the device has not memory enough.
        """
        try:
            return self._network.forward_intermediates(  # type: ignore[operator]
                seen, indices=[index for index, _ in self._levels], norm=False, intermediates_only=True
            )
        except torch.cuda.OutOfMemoryError as error:
            height, width = seen.shape[2:]
            raise DeviceError(
                f"{self.device}: out of memory for an image of {height}×{width} pixels through "
                f"{self.backbone.name}; set smaller features.scales or device=cpu"
            ) from error

    def _forward(self, image: np.ndarray, scale: float) -> list[Tensor]:
        maps = self.levels_of(self.network_input(image, scale))
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
def _pool_one(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    label_map, label, y0, x0, y1, x1, level, cell_y, share_y, cell_x, share_x, out
):
    """Mean over a segment of the bilinear enlargement of ``level``, float32 (h, w, C), into ``out``, float32 (C,).

    Cells are weighted by their share in the segment's pixels, so that the enlarged map is never made.
    """
    height, width, channels = level.shape
    top, bottom = cell_y[y0], min(cell_y[y1 - 1] + 1, height - 1)
    left, right = cell_x[x0], min(cell_x[x1 - 1] + 1, width - 1)
    columns = right - left + 1
    weights = np.zeros((bottom - top + 1, columns), np.float64)
    along_x = np.empty(columns, np.float64)  # weights of one row of pixels, shared by two rows of cells
    count = 0
    for y in range(y0, y1):
        along_x[:] = 0
        before = count
        for x in range(x0, x1):
            if label_map[y, x] == label:
                count += 1
                cell = cell_x[x] - left
                along_x[cell] += 1 - share_x[x]
                along_x[min(cell + 1, columns - 1)] += share_x[x]
        if count > before:
            row = cell_y[y] - top
            below = min(row + 1, bottom - top)
            for cell in range(columns):
                weights[row, cell] += (1 - share_y[y]) * along_x[cell]
                weights[below, cell] += share_y[y] * along_x[cell]
    out[:] = 0
    for row in range(weights.shape[0]):
        for cell in range(columns):
            if weights[row, cell] > 0:
                weight = np.float32(weights[row, cell] / count)
                for channel in range(channels):
                    out[channel] += weight * level[top + row, left + cell, channel]


def _cells(pixels: int, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Cell below each pixel's centre, int64, and the share of the next one, float64, each (pixels,).

    Pixels and cells cover the same length (align_corners=False); beyond the outer cells' centres it is clamped.
    """
    position = np.clip((np.arange(pixels) + 0.5) * cells / pixels - 0.5, 0.0, cells - 1.0)
    cell = position.astype(np.int64)
    return cell, position - cell
