"""SBD: the objects of PASCAL VOC images, outlined one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from fsannot.data.decode import check_size, compact
from fsannot.data.errors import DatasetError
from fsannot.data.files import FolderDataset, Pair, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem, path_safe, read_list
from fsannot.data.matlab import read_matlab
from fsannot.data.options import one_of

_RESTORE = "restore this file from the dataset's archive"


class SBD(FolderDataset):
    """Semantic Boundaries Dataset, its instances one by one; every object counts, whatever its class.

    Args:
        root: the release's folder ``benchmark_RELEASE/dataset``, or one above it.
        split: which list to use; the click literature evaluates on ``val``.
        groups: all images form the one group ``sbd``.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = SBD("data/sbd", split="val", limit=100)  # doctest: +SKIP
        >>> dataset[0].instances.max() >= 1  # doctest: +SKIP
        True

    Reference:
        Hariharan, Arbeláez, Bourdev, Maji, Malik: Semantic Contours from Inverse Detectors, ICCV 2011.
    """

    name = "sbd"
    task: Literal["foreground", "semantic"] = "foreground"
    classes = ("background", "object")
    unit: Literal["image", "instance"] = "instance"
    source: ClassVar[str] = "http://home.bharathh.info/pubs/codes/SBD/download.html (benchmark.tgz)"
    official: ClassVar[str] = "val: 2857 images, 6671 instances"

    def __init__(
        self,
        root: str | Path,
        *,
        split: Literal["train", "val"] = "val",
        groups: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> None:
        one_of("split", split, ("train", "val"))
        self.split = split
        super().__init__(root, groups=groups, limit=limit)

    def entries(self) -> tuple[Entry, ...]:
        return (
            Entry("img/<image>.jpg", "photographs"),
            Entry("inst/<image>.mat", "struct GTinst with Segmentation: 0 background, 1..K objects"),
            Entry(f"{self.split}.txt", "image names, one a line"),
        )

    def _scan(self) -> list[Pair]:
        for below in ("dataset", "benchmark_RELEASE/dataset"):
            if not (self.root / "img").is_dir() and (self.root / below / "img").is_dir():
                self.root = self.root / below
        file = self.root / f"{self.split}.txt"
        if not file.is_file():
            raise self._wrong(f"{file} is missing")
        images = files_by_stem(self.root / "img", IMAGE_SUFFIXES)
        truths = files_by_stem(self.root / "inst", (".mat",))
        found = []
        for number, paths in read_list(file):
            if len(paths) != 1 or len(paths[0].parts) != 1:
                raise DatasetError(f"{file}, line {number}: expected one image name; restore the list")
            stem = str(paths[0])
            found.append(Pair(self.name, path_safe(stem), images.get(stem), truths.get(stem)))
        return found

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
        path = present(pair.truth)
        instances = read_instances(path, shape)
        return (instances > 0).astype(np.int32), instances


def read_instances(path: Path, shape: tuple[int, int]) -> np.ndarray:
    """Read the instances of an annotation file.

    Args:
        path: a MATLAB file with the struct ``GTinst``.
        shape: (H, W) of the image it belongs to.

    Returns:
        int32 (H, W), 0 = none, 1..K.

    Raises:
        DatasetError: not such a file, or of another size than its image.
    """
    found = read_matlab(path, ["GTinst"], _RESTORE)["GTinst"]
    try:
        segmentation = np.asarray(found["Segmentation"][0, 0])
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{path}: GTinst has no Segmentation ({error}); {_RESTORE}") from error
    if segmentation.ndim != 2 or segmentation.dtype.kind not in "iu":
        raise DatasetError(
            f"{path}: Segmentation is {segmentation.dtype} {segmentation.shape}, "
            f"expected integers (H, W); {_RESTORE}"
        )
    check_size(path, segmentation.shape, shape)
    return compact(segmentation.astype(np.int32))
