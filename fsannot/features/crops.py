"""Network inputs cut straight from an image and its label map.

Reference order: crop the segment's box with a margin, normalise, set pixels outside the segment to 0,
resize bilinearly with aligned corners. All three are affine in the pixel values, so one pass gives the
same numbers: each source row that an output row needs is masked, normalised and resampled along x once,
and two such rows are blended along y. No float copy of the box, no mask and no intermediate image
exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
import torch
from torch import Tensor

from fsannot.data.errors import InputError
from fsannot.segments.label_map import check_known
from fsannot.segments.table import SegmentTable


@dataclass(frozen=True, eq=False)
class SegmentRef:
    """One segment to cut: pixels of ``label_map`` equal to ``label``.

    Attributes:
        image: uint8 (H, W, 3).
        label_map: int32 (H, W).
        label: the segment's value.
        box: ``y0, x0, y1, x1``, half open, margin included, inside the image.
    """

    image: np.ndarray
    label_map: np.ndarray
    label: int
    box: tuple[int, int, int, int]


def segment_boxes(label_map: np.ndarray, labels: np.ndarray, margin: int) -> np.ndarray:
    """Bounding boxes with a margin, clipped to the image.

    Args:
        label_map: int32 (H, W).
        labels: int (n,), segments that occur in it.
        margin: pixels added on each side.

    Returns:
        int64 (n, 4), ``y0, x0, y1, x1``, half open.

    Raises:
        InputError: a label that does not occur in ``label_map``.
    """
    table = SegmentTable.from_label_map(label_map)
    wanted = np.asarray(labels, np.int64)
    rows = np.searchsorted(table.label, wanted)
    known = np.isin(wanted, table.label)
    check_known(wanted, known, label_map.shape)
    boxes = table.bbox[rows].astype(np.int64)
    boxes[:, :2] = np.maximum(boxes[:, :2] - margin, 0)
    boxes[:, 2:] = np.minimum(boxes[:, 2:] + margin, label_map.shape)
    return boxes


def segment_refs(
    image: np.ndarray, label_map: np.ndarray, labels: np.ndarray, *, margin: int = 10
) -> list[SegmentRef]:
    """References to segments of one image, ready to be cut.

    Args:
        image: uint8 (H, W, 3).
        label_map: int32 (H, W).
        labels: int (n,), the segments wanted.
        margin: pixels around a segment's box.

    Returns:
        one reference a segment, in the order of ``labels``.

    Raises:
        InputError: image not uint8 (H, W, 3), label map not int32 of the same size, or an unknown label.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise InputError(f"images must be uint8 (H, W, 3), got {image.dtype} {image.shape}")
    if label_map.dtype != np.int32 or label_map.shape != image.shape[:2]:
        raise InputError(
            f"label map must be int32 {image.shape[:2]} like its image, "
            f"got {label_map.dtype} {label_map.shape}"
        )
    image, label_map = np.ascontiguousarray(image), np.ascontiguousarray(label_map)
    boxes = segment_boxes(label_map, labels, margin)
    return [
        SegmentRef(image, label_map, int(label), (int(b[0]), int(b[1]), int(b[2]), int(b[3])))
        for label, b in zip(labels, boxes, strict=True)
    ]


@numba.njit(nogil=True, cache=True)
def _resample_row(pixels, labels, label, left, right, weight, scale, offset, out):  # type: ignore[no-untyped-def]
    """One source row, masked, normalised and resampled along x into ``out``, float32 (3·S,)."""
    zero, one = np.float32(0), np.float32(1)
    for j in range(len(left)):
        a, b = left[j], right[j]
        wb = weight[j] if labels[b] == label else zero
        wa = one - weight[j] if labels[a] == label else zero
        total = wa + wb
        k = np.uintp(3 * j)  # unsigned: no test for indices that count from the end
        if total == zero:
            out[k] = zero
            out[k + np.uintp(1)] = zero
            out[k + np.uintp(2)] = zero
        else:
            for c in range(3):
                u = np.uintp(c)
                out[k + u] = (wa * pixels[a, u] + wb * pixels[b, u]) * scale[u] - total * offset[u]


@numba.njit(nogil=True, cache=True)
def _cut_one(  # type: ignore[no-untyped-def]
    image, label_map, label, y_start, x_start, y_stop, x_stop, scale, offset, out
):
    """Fill ``out``, float32 (S, 3·S), with one crop; normalised = x·``scale`` − ``offset``."""
    size = out.shape[0]
    height, width = y_stop - y_start, x_stop - x_start
    # float32 throughout, as in torch, whose rounding of the source coordinates is thereby reproduced
    step_y = np.float32(height - 1) / np.float32(size - 1)
    step_x = np.float32(width - 1) / np.float32(size - 1)
    left = np.empty(size, np.uintp)
    right = np.empty(size, np.uintp)
    weight = np.empty(size, np.float32)
    for j in range(size):
        x = step_x * np.float32(j)
        x0 = min(np.int64(x), width - 1)
        left[j] = x_start + x0
        right[j] = x_start + min(x0 + 1, width - 1)
        weight[j] = x - np.float32(x0)
    upper, lower = np.empty(3 * size, np.float32), np.empty(3 * size, np.float32)
    upper_row, lower_row = -1, -1  # source rows these hold
    for i in range(size):
        y = step_y * np.float32(i)
        y0 = min(np.int64(y), height - 1)
        top, bottom = y_start + y0, y_start + min(y0 + 1, height - 1)
        if top != upper_row:
            if top == lower_row:
                upper, lower = lower, upper
                upper_row, lower_row = lower_row, upper_row
            else:
                _resample_row(image[top], label_map[top], label, left, right, weight, scale, offset, upper)
                upper_row = top
        if bottom != lower_row:
            _resample_row(image[bottom], label_map[bottom], label, left, right, weight, scale, offset, lower)
            lower_row = bottom
        wb = y - np.float32(y0)
        wt = np.float32(1) - wb
        row = out[i]
        for k in range(3 * size):
            row[k] = wt * upper[k] + wb * lower[k]


class CropCutter:
    """Cuts batches of segments into network inputs.

    Args:
        size: side of the square output, pixels, at least 2.
        mean: per channel, of values in [0, 1].
        std: per channel, of values in [0, 1].

    Raises:
        InputError: a size below 2.
    """

    def __init__(self, *, size: int, mean: Sequence[float], std: Sequence[float]) -> None:
        if size < 2:
            raise InputError(f"crop size must be at least 2 pixels, got {size}")
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise InputError(f"mean and std must be 3 numbers, std above 0; got {mean}, {std}")
        self.size = size
        self.scale = np.array([1 / (255 * s) for s in std], np.float32)
        self.offset = np.array([m / s for m, s in zip(mean, std, strict=True)], np.float32)

    def cut(self, segments: Sequence[SegmentRef], out: Tensor | None = None) -> Tensor:
        """Crops of all segments on the CPU.

        Args:
            segments: n segments, of any images.
            out: float32 or bfloat16 (≥ n, S, S, 3) to write into; rows beyond n are set to 0.

        Returns:
            like ``out``, or float32 (n, S, S, 3), seen as (·, 3, S, S), channels last in memory.
        """
        n = len(segments)
        if out is None:
            out = torch.empty(n, self.size, self.size, 3)
        rows = out.view(len(out), self.size, 3 * self.size)
        rows[n:] = 0

        inference = torch.is_inference_mode_enabled()

        def fill(start: int, step: int) -> None:
            exact = torch.empty(rows.shape[1:])  # stays in the processor's cache, unlike a batch in float32
            for row in range(start, n, step):
                s = segments[row]
                crop = rows[row] if rows.dtype == torch.float32 else exact
                _cut_one(s.image, s.label_map, s.label, *s.box, self.scale, self.offset, crop.numpy())
                if crop is exact:
                    with torch.inference_mode(inference):  # a thread does not inherit the mode
                        rows[row] = exact

        workers = min(torch.get_num_threads(), n)
        if workers > 1:  # the kernel releases the interpreter lock
            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(fill, range(workers), [workers] * workers))
        else:
            fill(0, 1)
        return out.permute(0, 3, 1, 2)
