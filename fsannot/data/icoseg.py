"""iCoSeg: groups of related photographs with one foreground each."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from fsannot.data.decode import binary_target, read_labels
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem, folders_in


class ICoseg(FolderDataset):
    """iCoSeg, foreground against background; a group is a folder of related photographs.

    Args:
        root: folder with ``images/`` and ``ground_truth/``.
        groups: names of the group folders to keep; None keeps all.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = ICoseg("data/icoseg", limit=20)  # doctest: +SKIP
        >>> dataset[0].target.max()  # doctest: +SKIP
        1

    Reference:
        Batra, Kowdle, Parikh, Luo, Chen: iCoseg: Interactive Co-segmentation with Intelligent Scribble
        Guidance, CVPR 2010.
    """

    name = "icoseg"
    task: Literal["foreground", "semantic"] = "foreground"
    classes = ("background", "object")
    source: ClassVar[str] = "http://chenlab.ece.cornell.edu/projects/touch-coseg/ (iCoseg, 643 images)"
    official: ClassVar[str] = "643 images in 38 groups"

    def entries(self) -> tuple[Entry, ...]:
        return (
            Entry("images/<group>/<image>.jpg", "photographs"),
            Entry("ground_truth/<group>/<image>.png", "masks: 0 background, 255 object"),
        )

    def _scan(self) -> list[Pair]:
        images, truths = self.root / "images", self.root / "ground_truth"
        found = []
        for group in sorted({*folders_in(images), *folders_in(truths)}):
            photographs = files_by_stem(images / group, IMAGE_SUFFIXES)
            members = pairs(group, photographs, files_by_stem(truths / group, IMAGE_SUFFIXES))
            if not members:
                raise self._wrong(f"{self.root}: group folder {group!r} holds no image")
            found += members
        return found

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, None]:
        path = present(pair.truth)
        return binary_target(read_labels(path, shape), path), None
