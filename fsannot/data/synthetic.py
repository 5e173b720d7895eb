"""Generated scenes with exact ground truth: nothing to download."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from fsannot.data.dataset import Dataset
from fsannot.data.decode import compact
from fsannot.data.errors import InputError
from fsannot.data.options import group_names, in_groups, integer, one_of
from fsannot.data.sample import Sample
from fsannot.data.scenes.scene import CLASSES, OBJECT, Identity, Scene

_RECIPE = 1
"""Raised whenever the same options give other pictures."""


@dataclass(frozen=True)
class _Slot:
    group: str
    number: int  # of the group
    index: int  # in the whole set


class Synthetic(Dataset):
    """Landscapes with textured objects; a group shows one object in changing pose, scale, light and clutter.

    Every image is generated on access, from the seed and its index alone: selections do not change it.
    Samples have instances, the single objects, in both tasks.

    Args:
        images: number of images.
        images_per_group: consecutive images with one object and landscape; the last group may have fewer.
        size: (height, width) of an image in pixels, each at least 48.
        task: ``foreground`` (object against the rest) or ``semantic`` (eight classes).
        seed: another seed gives other objects, landscapes and pictures.
        groups: keep only these groups, named ``group-00``, ``group-01``, …
        limit: keep only the first so many images of the selection.

    Raises:
        InputError: a value outside its range, or an unknown group.

    Example:
        >>> dataset = Synthetic(images=3, size=(48, 64), seed=0)
        >>> sample = dataset[0]
        >>> sample.image.shape, sample.target.dtype
        ((48, 64, 3), dtype('int32'))
        >>> len(dataset), dataset.groups[0]
        (3, 'group-00')
    """

    name = "synthetic"

    def __init__(
        self,
        *,
        images: int = 24,
        images_per_group: int = 6,
        size: Sequence[int] = (320, 480),
        task: Literal["foreground", "semantic"] = "foreground",
        seed: int = 0,
        groups: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        one_of("task", task, ("foreground", "semantic"))
        count = integer("images", images, minimum=1)
        per_group = integer("images_per_group", images_per_group, minimum=1)
        if isinstance(size, str) or not isinstance(size, Sequence) or len(size) != 2:
            raise InputError(f"dataset.size={size!r} is not valid; it must be [height, width]")
        self.task = task
        self.classes = ("background", "object") if task == "foreground" else CLASSES
        self.seed = integer("seed", seed, minimum=0)
        self.size = (integer("size[0]", size[0], minimum=48), integer("size[1]", size[1], minimum=48))
        wanted = group_names(groups)
        slots = [_Slot(f"group-{i // per_group:02d}", i // per_group, i) for i in range(count)]
        self._slots = in_groups(slots, wanted)[
            : None if limit is None else integer("limit", limit, minimum=1)
        ]
        self._ids = tuple(f"{slot.group}/{slot.index:04d}" for slot in self._slots)

    @property
    def ids(self) -> tuple[str, ...]:
        return self._ids

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(slot.group for slot in self._slots)

    def image(self, index: int) -> np.ndarray:
        return self._render(index)[0].copy()

    def __getitem__(self, index: int) -> Sample:
        image, target, instances = self._render(index)
        if self.task == "foreground":
            target = target == OBJECT
        slot_id, group = self.ids[index], self.groups[index]
        return Sample(slot_id, group, image.copy(), target.astype(np.int32), compact(instances))

    def fingerprint(self) -> str:
        settings = (
            _RECIPE,
            self.seed,
            self.size,
            self.task,
            [(slot.number, slot.index) for slot in self._slots],
        )
        return hashlib.sha256(f"{type(self).__name__} {settings}".encode()).hexdigest()

    def _render(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        position = operator.index(index)
        if not 0 <= position < len(self._slots):
            raise IndexError(f"{self.name} has {len(self._slots)} samples, no index {position}")
        slot = self._slots[position]
        return _picture(self.seed, slot.number, slot.index, self.size)


@lru_cache(maxsize=32)  # the stages of a run read the same images one after the other; 5 bytes a pixel
def _picture(
    seed: int, group: int, index: int, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    scene = Scene(size, Identity.draw(seed, group), np.random.default_rng([seed, 1, index]))
    image, target, instances = scene.render()
    return image, target.astype(np.uint8), instances.astype(np.uint8)
