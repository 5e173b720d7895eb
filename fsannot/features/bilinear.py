"""Bilinear resampling on the CPU: where each pixel of a size lies among the cells of another."""

from __future__ import annotations

import numba
import numpy as np


def bilinear_taps(pixels: int, cells: int, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Cell below each pixel's centre, int64, and the share of the next one, ``dtype``, each (pixels,).

    Pixels and cells cover the same length (torch's ``align_corners=False``); beyond the outer cells' centres it is
    clamped. In float32 it is rounded as in torch.
    """
    ratio = float(dtype(cells) / dtype(pixels))
    # rounded once, like the fused multiply-add that torch compiles to
    position: np.ndarray = (ratio * (np.arange(pixels) + 0.5) - 0.5).astype(dtype)
    position = np.clip(position, dtype(0), dtype(cells - 1))
    cell = position.astype(np.int64)
    return cell, (position - cell).astype(dtype)


def resample_normalised(
    image: np.ndarray, size: tuple[int, int], scale: np.ndarray, offset: np.ndarray
) -> np.ndarray:
    """An image, uint8 (H, W, C), resized to ``size`` and normalised to x·scale − offset, float32 (*size, C).

    The same as torch's bilinear interpolation without antialiasing of the image in float32, in one pass.

    Args:
        scale: float32 (C,).
        offset: float32 (C,).
    """
    height, width, channels = image.shape
    out = np.empty((*size, channels), np.float32)
    column, share_x = bilinear_taps(size[1], width, np.float32)
    # pixels and channels as one axis: a loop without branches, which the compiler turns into vector instructions
    inner = np.arange(channels)
    left = channels * column[:, None] + inner
    right = channels * np.minimum(column + 1, width - 1)[:, None] + inner
    _resample(
        np.ascontiguousarray(image).reshape(height, -1),
        *bilinear_taps(size[0], height, np.float32),
        left.ravel().astype(np.uintp),  # unsigned: no test for indices that count from the end
        right.ravel().astype(np.uintp),
        np.repeat(share_x, channels),
        np.tile(scale, size[1]),
        np.tile(offset, size[1]),
        out.reshape(size[0], -1),
    )
    return out


# contract: a·b + c is rounded once, as in torch's kernels
@numba.njit(nogil=True, cache=True, fastmath={"contract"})  # type: ignore[misc]
def _resample(  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    image, above, share_y, left, right, share_x, scale, offset, out
):
    one = np.float32(1)
    row = np.empty(image.shape[1], np.float32)
    for y in range(out.shape[0]):
        upper, lower = image[above[y]], image[min(above[y] + 1, image.shape[0] - 1)]
        s = share_y[y]
        for x in range(len(row)):
            row[x] = (one - s) * np.float32(upper[x]) + s * np.float32(lower[x])
        for x in range(out.shape[1]):
            value = (one - share_x[x]) * row[left[x]] + share_x[x] * row[right[x]]
            out[y, x] = value * scale[x] - offset[x]
