"""Clicks as image-sized maps.

Clicks come as ``slots`` (B, 2, N, 2): positive and negative, N places each, (row, column) in pixels, reals.
A place without a click holds (−1, −1); as in the published code a click counts as absent where both of its
coordinates are negative, which also drops clicks above *and* left of a zoomed crop.
"""

from __future__ import annotations

import torch
from torch import Tensor

FAR = 1e6  # squared distance where there is no click; tanh(2·√1e6) is 1


def squared_distances(slots: Tensor, size: tuple[int, int], unit: float = 1.0, *, stride: int = 1) -> Tensor:
    """Squared Euclidean distance to the nearest positive and nearest negative click, in ``unit`` pixels.

    Args:
        slots: (B, 2, N, 2).
        size: height and width of the maps, cells.
        unit: pixels.
        stride: side of a cell in pixels; distances are from its centre.

    Returns:
        float32 (B, 2, H, W); ``FAR`` where there is no such click.
    """
    centre = (stride - 1) / 2
    rows = (torch.arange(size[0], dtype=slots.dtype, device=slots.device) * stride + centre).view(-1, 1)
    cols = (torch.arange(size[1], dtype=slots.dtype, device=slots.device) * stride + centre).view(1, -1)
    nearest = torch.full((*slots.shape[:2], *size), FAR, device=slots.device)
    for n in range(slots.shape[2]):
        row, col = slots[:, :, n, 0, None, None], slots[:, :, n, 1, None, None]  # (B, 2, 1, 1)
        # differences in the precision of the clicks, the rest in float32: bit for bit the published order
        distance = ((rows - row).float() / unit) ** 2 + ((cols - col).float() / unit) ** 2
        absent = torch.maximum(row, col) < 0
        nearest = torch.minimum(nearest, distance.masked_fill(absent, FAR))
    return nearest


def tanh_maps(slots: Tensor, size: tuple[int, int], radius: float = 260.0, *, stride: int = 1) -> Tensor:
    """tanh(2·d / radius): 0 at a click, towards 1 far away (Sofiiuk et al. 2020); float32 (B, 2, H, W)."""
    return squared_distances(slots, size, radius, stride=stride).sqrt().mul_(2).tanh_()


def disk_maps(slots: Tensor, size: tuple[int, int], radius: float = 5.0, *, stride: int = 1) -> Tensor:
    """1 within ``radius`` pixels of a click, else 0 (Sofiiuk et al. 2021); float32 (B, 2, H, W)."""
    return (squared_distances(slots, size, stride=stride) <= radius**2).float()


def gaussian_maps(distances: Tensor, width: float) -> Tensor:
    """exp(−4 ln2 · d² / width²): a Gaussian of that full width at half maximum (Lin et al. 2020)."""
    return torch.exp(-2.772588722 * distances**2 / width**2)
