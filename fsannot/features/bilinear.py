"""Bilinear resampling on the CPU: where each pixel of a size lies among the cells of another."""

from __future__ import annotations

import numba
import numpy as np
import torch
from torch import Tensor

ROWS = 64
"""Of an image, that are resampled at a time."""


def bilinear_taps(pixels: int, cells: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels lie among the cells of a coarser or finer grid of the same length.

    As in torch with ``align_corners=False``; positions beyond the outer cells' centres are clamped. In float32 they
    are rounded as in torch.

    Args:
        pixels: number of pixels.
        cells: number of cells.
        dtype: floating type of the shares.

    Returns:
        cell below each pixel's centre, int64 (pixels,), and the share of the next cell, ``dtype`` (pixels,): float64
        (pixels,) unless set.
    """
    ratio = float(dtype(cells) / dtype(pixels))
    # rounded once, like the fused multiply-add that torch compiles to
    position: np.ndarray = (ratio * (np.arange(pixels) + 0.5) - 0.5).astype(dtype)
    position = np.clip(position, dtype(0), dtype(cells - 1))
    cell = position.astype(np.int64)
    return cell, (position - cell).astype(dtype)


def resample_normalised(image: np.ndarray, scale: np.ndarray, offset: np.ndarray, out: Tensor) -> None:
    """Resize an image and normalise it to x·scale − offset, in one pass.

    Equal to torch's bilinear interpolation without antialiasing of the image in float32.

    Args:
        image: uint8 (H, W, C).
        scale: float32 (C,).
        offset: float32 (C,).
        out: float32 or bfloat16 (h, w, C), contiguous, on the CPU; written.
    """
    height, width, channels = image.shape
    pixels = np.ascontiguousarray(image).reshape(height, -1)
    above, share_y = bilinear_taps(out.shape[0], height, np.float32)
    column, share_x = bilinear_taps(out.shape[1], width, np.float32)
    # stretches along which each pixel's cell is the one after the last pixel's: reading them needs no look-up
    starts = np.flatnonzero(np.diff(column, prepend=-2) != 1)
    # pixels and channels as one axis
    along_x = (
        channels * np.append(starts, len(column)),
        channels * column[starts],
        np.repeat(share_x, channels),
        np.tile(scale, out.shape[1]),
        np.tile(offset, out.shape[1]),
        channels,
    )
    rows = out.view(len(out), -1)
    exact = torch.empty(ROWS, rows.shape[1])  # stays in the processor's cache, unlike an image in float32
    for first in range(0, len(rows), ROWS):
        part = rows[first : first + ROWS]
        share = share_y[first : first + ROWS]
        _resample(pixels, above[first : first + ROWS], share, *along_x, exact[: len(part)].numpy())
        part.copy_(exact[: len(part)])


# contract: a·b + c is rounded once, as in torch's kernels
@numba.njit(nogil=True, cache=True, fastmath={"contract"})  # type: ignore[misc]
def _resample(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    image, above, share_y, starts, sources, share_x, scale, offset, channels, out
):
    one = np.float32(1)
    width = image.shape[1]
    row = np.zeros(width + channels, np.float32)  # the last cell has a next one, of which its share is 0
    for y in range(out.shape[0]):
        upper, lower = image[above[y]], image[min(above[y] + 1, image.shape[0] - 1)]
        s = share_y[y]
        for x in range(width):
            row[x] = (one - s) * np.float32(upper[x]) + s * np.float32(lower[x])
        for k in range(len(sources)):
            a, b = starts[k], starts[k + 1]
            here, following = row[sources[k] :], row[sources[k] + channels :]
            seen, share, factor, less = out[y, a:b], share_x[a:b], scale[a:b], offset[a:b]
            for x in range(b - a):
                value = (one - share[x]) * here[x] + share[x] * following[x]
                seen[x] = value * factor[x] - less[x]
