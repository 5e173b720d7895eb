"""Clicks as image-sized maps.

Clicks come as ``slots`` (B, 2, N, 2): positive and negative, N places each, (row, column) in pixels, real numbers. A
place without a click holds (−1, −1). As in the published code, a click counts as absent where both of its coordinates
are negative, which also drops clicks above *and* left of a zoomed crop.
"""

from __future__ import annotations

import torch
from torch import Tensor

FAR = 1e6  # squared distance where there is no click; tanh(2·√1e6) is 1


def squared_distances(slots: Tensor, size: tuple[int, int], unit: float = 1.0, *, stride: int = 1) -> Tensor:
    """Squared Euclidean distance to the nearest positive and to the nearest negative click.

    Args:
        slots: float64 (B, 2, N, 2), clicks.
        size: height and width of the maps, cells.
        unit: length that counts as 1, pixels.
        stride: side of a cell in pixels; distances are from its centre.

    Returns:
        float32 (B, 2, H, W), in ``unit``²; ``FAR`` where there is no such click.
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
    """Distance maps tanh(2·d / radius): 0 at a click, towards 1 far away (Sofiiuk et al. 2020, arXiv:2001.10331).

    Args:
        slots: float64 (B, 2, N, 2), clicks.
        size: height and width of the maps, cells.
        radius: pixels.
        stride: side of a cell in pixels.

    Returns:
        float32 (B, 2, H, W) in [0, 1].
    """
    return squared_distances(slots, size, radius, stride=stride).sqrt().mul_(2).tanh_()


def disk_maps(slots: Tensor, size: tuple[int, int], radius: float = 5.0, *, stride: int = 1) -> Tensor:
    """Disks: 1 within ``radius`` of a click, else 0 (Sofiiuk et al. 2021, arXiv:2102.06583).

    Args:
        slots: float64 (B, 2, N, 2), clicks.
        size: height and width of the maps, cells.
        radius: pixels.
        stride: side of a cell in pixels.

    Returns:
        float32 (B, 2, H, W), 0 or 1.

    Examples:
        >>> slots = torch.tensor([[[[2.0, 2.0]], [[-1.0, -1.0]]]])
        >>> disk_maps(slots, (5, 5), radius=1)[0, 0].int()
        tensor([[0, 0, 0, 0, 0],
                [0, 0, 1, 0, 0],
                [0, 1, 1, 1, 0],
                [0, 0, 1, 0, 0],
                [0, 0, 0, 0, 0]], dtype=torch.int32)
    """
    return (squared_distances(slots, size, stride=stride) <= radius**2).float()


def gaussian_maps(distances: Tensor, width: float) -> Tensor:
    """Gaussian exp(−4 ln2 · d² / width²) of a distance (Lin et al., CVPR 2020).

    Args:
        distances: float32 (B, 1, H, W), pixels.
        width: full width at half maximum, pixels.

    Returns:
        float32 (B, 1, H, W), in [0, 1].
    """
    return torch.exp(-2.772588722 * distances**2 / width**2)
