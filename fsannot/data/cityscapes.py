"""Cityscapes: street scenes of European cities, finely labelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from cityscapesscripts.helpers.labels import labels as LABELS

from fsannot.data.decode import apply_table, compact, label_table, read_labels
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import files_by_stem, folders_in
from fsannot.data.options import integer, one_of
from fsannot.data.sample import IGNORE

_EVALUATED = sorted((label for label in LABELS if not label.ignoreInEval), key=lambda label: label.trainId)
# licence plates have id −1, which no 8-bit file can hold
_TRAIN_IDS = {label.id: IGNORE if label.ignoreInEval else label.trainId for label in LABELS if label.id >= 0}
_PER_INSTANCE = 1000  # instanceIds holds id·1000 + number for single objects, the bare id elsewhere


class Cityscapes(FolderDataset):
    """Cityscapes, the 19 evaluated classes of its 34 ids, the rest ignored; a group is a city.

    Samples have instances where ``…_instanceIds.png`` exists: single objects of evaluated classes.

    Args:
        root: folder with ``leftImg8bit/`` and ``gtFine/``.
        split: ``train`` or ``val``; the labels of ``test`` are not public.
        subset: this many images drawn at random from the split, all of it where it is smaller; None
            keeps all.
        seed: of that draw; fixed so that everyone annotates the same images.
        groups: names of the cities to keep, before the draw; None keeps all.
        limit: keep only the first so many images of the draw.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = Cityscapes("data/cityscapes", subset=98)  # doctest: +SKIP
        >>> len(dataset), dataset.groups[0]  # doctest: +SKIP
        (98, 'frankfurt')

    Reference:
        Cordts et al.: The Cityscapes Dataset for Semantic Urban Scene Understanding, CVPR 2016.
    """

    name = "cityscapes"
    task: Literal["foreground", "semantic"] = "semantic"
    classes = tuple(label.name for label in _EVALUATED)
    source: ClassVar[str] = "https://www.cityscapes-dataset.com (leftImg8bit and gtFine, _trainvaltest.zip)"
    official: ClassVar[str] = "98 of the 500 validation images"

    def __init__(
        self,
        root: str | Path,
        *,
        split: Literal["train", "val"] = "val",
        subset: int | None = 98,
        seed: int = 0,
        groups: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        one_of("split", split, ("train", "val"))
        self.split = split
        self.subset = None if subset is None else integer("subset", subset, minimum=1)
        self.seed = integer("seed", seed, minimum=0)
        super().__init__(root, groups=groups, limit=limit)

    def entries(self) -> tuple[Entry, ...]:
        labels = f"gtFine/{self.split}/<city>/<image>_gtFine_"
        return (
            Entry(f"leftImg8bit/{self.split}/<city>/<image>_leftImg8bit.png", "images"),
            Entry(f"{labels}labelIds.png", f"labels: ids 0 to {max(_TRAIN_IDS)}"),
            Entry(f"{labels}instanceIds.png", "instances: id·1000 + number", False),
        )

    def _scan(self) -> list[Pair]:
        images, truths = self.root / "leftImg8bit" / self.split, self.root / "gtFine" / self.split
        found = []
        for city in sorted({*folders_in(images), *folders_in(truths)}):
            instances = files_by_stem(truths / city, (".png",), ending="_gtFine_instanceIds")
            found += [
                replace(pair, instances=instances.get(pair.stem))
                for pair in pairs(
                    city,
                    files_by_stem(images / city, (".png",), ending="_leftImg8bit"),
                    files_by_stem(truths / city, (".png",), ending="_gtFine_labelIds"),
                )
            ]
        return found

    def _choose(self, found: list[Pair]) -> list[Pair]:
        if self.subset is None or self.subset >= len(found):
            return found
        drawn = np.random.default_rng(self.seed).choice(len(found), self.subset, replace=False)
        return [found[index] for index in sorted(drawn)]

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
        path = present(pair.truth)
        table, valid = label_table(_TRAIN_IDS), f"the ids 0 to {max(_TRAIN_IDS)}"
        target = apply_table(read_labels(path, shape), table, path, valid)
        if pair.instances is None:
            return target, None
        stored = read_labels(pair.instances, shape)
        single = stored >= _PER_INSTANCE
        ids = np.where(single, stored // _PER_INSTANCE, stored)
        apply_table(ids, table, pair.instances, f"{valid}, and id·{_PER_INSTANCE} + number")
        return target, compact(np.where(single & (target != IGNORE), stored, 0))
