"""GrabCut: the first benchmark of interactive segmentation."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from fsannot.data.decode import read_labels
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem
from fsannot.data.sample import IGNORE

UNDECIDED = 128
"""Grey of the pixels along an outline that belong to both sides; the click protocol ignores them."""


class GrabCut(FolderDataset):
    """GrabCut, one object an image; the band along its outline is ignored.

    A mask's pixel is object above 128, ignored at 128 and background below, as the click literature reads it.

    Args:
        root: folder with ``data_GT/`` and ``boundary_GT/``.
        groups: all images form the one group ``grabcut``.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = GrabCut("data/grabcut")  # doctest: +SKIP
        >>> len(dataset)  # doctest: +SKIP
        50

    Reference:
        Rother, Kolmogorov, Blake: GrabCut: Interactive Foreground Extraction using Iterated Graph Cuts,
        SIGGRAPH 2004.
    """

    name = "grabcut"
    task: Literal["foreground", "semantic"] = "foreground"
    classes = ("background", "object")
    source: ClassVar[str] = "the GrabCut archive published with the f-BRS and RITM click baselines"
    official: ClassVar[str] = "50 images, one object each"
    _folders: ClassVar[tuple[str, str]] = ("data_GT", "boundary_GT")

    def entries(self) -> tuple[Entry, ...]:
        images, masks = self._folders
        return (
            Entry(f"{images}/<image>.jpg", "photographs, also .bmp or .png"),
            Entry(f"{masks}/<image>.png", "masks, also .bmp: 0 background, 128 ignored, 255 object"),
        )

    def _scan(self) -> list[Pair]:
        images, masks = (files_by_stem(self.root / folder, IMAGE_SUFFIXES) for folder in self._folders)
        return pairs(self.name, images, masks)

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, None]:
        grey = read_labels(present(pair.truth), shape)
        target = (grey > UNDECIDED).astype(np.int32)
        target[grey == UNDECIDED] = IGNORE
        return target, None
