"""The crops of :mod:`fsannot.features.crops`, cut on the GPU from the uploaded image and label map.

One image and one label map go up, whatever the number of segments; a batch is four gathers, one for each
corner of the bilinear cell. Same formula and same float32 rounding of the source coordinates as on the
CPU.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from fsannot.features.crops import SegmentRef


class DeviceCropCutter:
    """Cuts batches of segments on ``device``.

    Args:
        size: side of the square output, pixels.
        scale: float32 (3,), with ``offset``: normalised = x·scale − offset.
        offset: float32 (3,).
        device: where the crops are made and stay.
        images_kept: images held on the device; a batch that spans more uploads one of them twice.
    """

    def __init__(
        self, *, size: int, scale: np.ndarray, offset: np.ndarray, device: torch.device, images_kept: int = 4
    ) -> None:
        self.size = size
        self.device = device
        self.images_kept = images_kept
        self._scale = torch.from_numpy(scale).to(device)
        self._offset = torch.from_numpy(offset).to(device)
        self._uploaded: OrderedDict[int, tuple[np.ndarray, Tensor, Tensor]] = OrderedDict()

    def _upload(self, segment: SegmentRef) -> tuple[Tensor, Tensor]:
        key = id(segment.image)
        entry = self._uploaded.get(key)
        if entry is None or entry[0] is not segment.image:  # an id may be used again
            pixels = torch.from_numpy(segment.image).to(self.device, non_blocking=True)
            labels = torch.from_numpy(segment.label_map).to(self.device, non_blocking=True)
            entry = (segment.image, pixels.reshape(-1, 3), labels.reshape(-1))
            self._uploaded[key] = entry
            while len(self._uploaded) > self.images_kept:
                self._uploaded.popitem(last=False)
        return entry[1], entry[2]

    def cut(self, segments: Sequence[SegmentRef], rows: int) -> Tensor:
        """Cut a batch.

        Args:
            segments: at most ``rows`` segments, of any images.
            rows: size of the batch; rows beyond the segments are 0.

        Returns:
            float32 (rows, 3, S, S), channels last in memory, on the device.
        """
        out = torch.zeros(rows, self.size, self.size, 3, device=self.device)
        start = 0
        while start < len(segments):  # runs of segments of one image
            stop = start
            while stop < len(segments) and segments[stop].image is segments[start].image:
                stop += 1
            out[start:stop] = self._cut_run(segments[start:stop])
            start = stop
        return out.permute(0, 3, 1, 2)

    def _cut_run(self, segments: Sequence[SegmentRef]) -> Tensor:
        pixels, labels = self._upload(segments[0])
        width = segments[0].image.shape[1]
        plan = torch.tensor([(*s.box, s.label) for s in segments], device=self.device)
        y0, y1, wy = self._taps(plan[:, 0], plan[:, 2])  # each (n, S)
        x0, x1, wx = self._taps(plan[:, 1], plan[:, 3])
        wanted = plan[:, 4, None, None]
        value = torch.zeros(1, device=self.device)
        total = torch.zeros(1, device=self.device)
        for ys, vertical in ((y0, 1 - wy), (y1, wy)):
            for xs, horizontal in ((x0, 1 - wx), (x1, wx)):
                index = ys[:, :, None] * width + xs[:, None, :]  # (n, S, S)
                weight = vertical[:, :, None] * horizontal[:, None, :] * (labels[index] == wanted)
                value = value + weight[..., None] * pixels[index]
                total = total + weight
        return value * self._scale - total[..., None] * self._offset

    def _taps(self, start: Tensor, stop: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The two integer source coordinates of each output coordinate, and the second's weight."""
        last = (stop - start - 1)[:, None]
        step = last.float() / torch.tensor(float(self.size - 1), device=self.device)
        position = step * torch.arange(self.size, device=self.device, dtype=torch.float32)
        below = torch.minimum(position.long(), last)
        above = torch.minimum(below + 1, last)
        return start[:, None] + below, start[:, None] + above, position - below.float()
