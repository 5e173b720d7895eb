"""Validation on several devices: each measures its share, and together they know all values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

import pytorch_lightning as pl
import torch
from torch.utils.data import Sampler

Value = TypeVar("Value")


class ShareOfImages(Sampler[int]):
    """Every ``world``-th image from ``rank`` on.

    All shares have the same length, because a device without an image would not come to where the others wait
    for it; to that end the first images may be read once more, and ``gathered`` counts them once.

    Args:
        count: images of all devices together.
        rank, world: number of this device, from 0, and how many there are.
    """

    def __init__(self, count: int, *, rank: int = 0, world: int = 1) -> None:
        self.count, self.rank, self.world = count, rank, world

    def __len__(self) -> int:
        return -(-self.count // self.world)

    def __iter__(self) -> Iterator[int]:
        return iter([(self.rank + k * self.world) % self.count for k in range(len(self))])


def gathered(values: Mapping[int, Value]) -> list[Value]:
    """Values of all devices; every device has to call it.

    Args:
        values: this device's, by number of the image.

    Returns:
        all values, by rising number of the image.
    """
    shares: list[Mapping[int, Value]] = [values]
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        shares = [{}] * torch.distributed.get_world_size()
        torch.distributed.all_gather_object(shares, values)
    together = {index: value for share in shares for index, value in share.items()}
    return [together[index] for index in sorted(together)]


def place(trainer: pl.Trainer | None) -> dict[str, int]:
    """The place of this process among those that train together.

    Args:
        trainer: Lightning's, or None where there is none.

    Returns:
        ``rank`` and ``world``; 0 and 1 without a trainer.
    """
    if trainer is None:
        return {"rank": 0, "world": 1}
    return {"rank": trainer.global_rank, "world": trainer.world_size}
