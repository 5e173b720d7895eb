"""DAVIS-2016: frames of videos with the moving object as foreground."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from fsannot.data.decode import apply_table, label_table, painted_target, read_labels
from fsannot.data.errors import DatasetError
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem, path_safe, read_list
from fsannot.data.options import integer, one_of

_MOST_OBJECTS = 10  # in one sequence of DAVIS-2017, whose masks hold object indices instead of 255


class Davis(FolderDataset):
    """DAVIS, foreground against background; all objects of a frame count as one, a group is a sequence.

    Args:
        root: folder of one of the two layouts.
        split: which list of ``ImageSets/480p`` to use (layout ``480p`` only).
        every: keep the frames whose *number* is divisible by this, so that a full copy and one that already
            holds every tenth frame give the same images (layout ``480p`` only).
        layout: ``480p`` is the official release; ``archive`` the 345 frames the click literature uses
            (``img/``, ``gt/``), without splits and sequences, so one group; ``auto`` takes what is there.
        groups: names of the sequences to keep.
        limit: first so many images.

    Reference:
        Perazzi et al.: A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation, CVPR
        2016. The archive: Jang, Kim: Interactive Image Segmentation via Backpropagating Refinement Scheme,
        CVPR 2019.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = Davis("data/davis", split="val", every=10)  # doctest: +SKIP
        >>> dataset[0].target.max()  # doctest: +SKIP
        1
    """

    name = "davis"
    task: Literal["foreground", "semantic"] = "foreground"
    classes = ("background", "object")
    source: ClassVar[str] = (
        "https://davischallenge.org/davis2016/code.html (DAVIS-2016, 480p), "
        "or the 345-frame DAVIS archive published with the f-BRS and RITM click baselines"
    )
    official: ClassVar[str] = "345 frames, 10 % of DAVIS-2016"

    def __init__(
        self,
        root: str | Path,
        *,
        split: Literal["train", "val", "trainval"] = "val",
        every: int = 10,
        layout: Literal["auto", "480p", "archive"] = "auto",
        groups: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        one_of("split", split, ("train", "val", "trainval"))
        one_of("layout", layout, ("auto", "480p", "archive"))
        self.split, self.layout = split, layout
        self.every = integer("every", every, minimum=1)
        super().__init__(root, groups=groups, limit=limit)

    def entries(self) -> tuple[Entry, ...]:
        if self.layout == "archive":
            return (
                Entry("img/<frame>.jpg", "frames 000 to 344"),
                Entry("gt/<frame>.png", "masks: 0 background, any other value or colour object"),
            )
        return (
            Entry("JPEGImages/480p/<sequence>/<frame>.jpg", "frames"),
            Entry("Annotations/480p/<sequence>/<frame>.png", "masks: 0 background, 255 object"),
            Entry(f"ImageSets/480p/{self.split}.txt", "lines: /JPEGImages/480p/… /Annotations/480p/…"),
        )

    def _scan(self) -> list[Pair]:
        if self.layout == "auto":
            self.layout = self._detect()
        if self.layout == "archive":
            images = files_by_stem(self.root / "img", IMAGE_SUFFIXES)
            return pairs(self.name, images, files_by_stem(self.root / "gt", IMAGE_SUFFIXES))
        self._listed = self._read_split()
        found = []
        for sequence in sorted({sequence for sequence, _ in self._listed}):
            members = pairs(
                sequence,
                files_by_stem(self.root / "JPEGImages/480p" / sequence, IMAGE_SUFFIXES),
                files_by_stem(self.root / "Annotations/480p" / sequence, IMAGE_SUFFIXES),
            )
            there = {pair.stem for pair in members}
            absent = {
                stem
                for listed, stem in self._listed
                if listed == sequence and stem not in there and int(stem) % self.every == 0
            }
            found += members + [Pair(path_safe(sequence), stem, None, None) for stem in sorted(absent)]
        return found

    def _choose(self, found: list[Pair]) -> list[Pair]:
        if self.layout == "archive":
            return found
        return [p for p in found if (p.group, p.stem) in self._listed and int(p.stem) % self.every == 0]

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, None]:
        path = present(pair.truth)
        if self.layout == "archive":
            return painted_target(path, shape), None
        objects = dict.fromkeys((255, *range(1, _MOST_OBJECTS + 1)), 1)
        valid = f"0 (background), 255 or an object's index 1 to {_MOST_OBJECTS}"
        return apply_table(read_labels(path, shape), label_table({0: 0} | objects), path, valid), None

    def _detect(self) -> Literal["480p", "archive"]:
        official = (self.root / "JPEGImages").is_dir()
        archive = (self.root / "img").is_dir() or (self.root / "gt").is_dir()
        if official and archive:
            raise DatasetError(
                f"{self.name}: {self.root} holds both JPEGImages/ and img/ or gt/; "
                "set dataset.layout=480p or dataset.layout=archive"
            )
        if not official and not archive:
            raise self._wrong(
                f"{self.root} holds neither JPEGImages/480p/ (release) nor img/ and gt/ (archive)"
            )
        return "480p" if official else "archive"

    def _read_split(self) -> set[tuple[str, str]]:
        """(sequence, frame) of each line of the split's list."""
        folder = self.root / "ImageSets/480p"
        file = folder / f"{self.split}.txt"
        if not file.is_file():
            others = [f"dataset.split={stem}" for stem in files_by_stem(folder, (".txt",))]
            hint = f"; there is a list for {' and '.join(others)}" if others else ""
            raise self._wrong(f"{file} is missing{hint}")
        listed = set()
        for number, paths in read_list(file):
            match [path.parts for path in paths]:
                case [("JPEGImages", "480p", seq, image), ("Annotations", "480p", same, mask)] if (
                    seq == same and Path(image).stem == Path(mask).stem and Path(image).stem.isdecimal()
                ):
                    listed.add((seq, Path(image).stem))
                case _:
                    raise DatasetError(
                        f"{file}, line {number}: expected '/JPEGImages/480p/<sequence>/<number>.jpg "
                        f"/Annotations/480p/<sequence>/<number>.png', got "
                        f"{' '.join(map(str, paths))[:200]!r}; restore the official list"
                    )
        if not listed:
            raise DatasetError(f"{file}: lists no frame; restore the official list")
        return listed
