"""BSDS500: photographs with the boundaries several people drew on each.

For training and evaluating edge models only, so it is no ``Dataset``: it has regions, but no classes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np

from fsannot.data.decode import read_rgb
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.matlab import read_matlab

Split = Literal["train", "val", "test", "trainval"]
_RESTORE = "restore this file from the archive of BSDS500"
_FOLDERS = {"train": ("train",), "val": ("val",), "test": ("test",), "trainval": ("train", "val")}


class BSDS500:
    """Berkeley Segmentation Dataset 500 in its official layout.

    ``<root>/data/images/<split>/*.jpg`` and ``<root>/data/groundTruth/<split>/*.mat``; each MATLAB file
    holds a cell array ``groundTruth`` with one struct (``Segmentation``, ``Boundaries``) an annotator.
    200 train, 100 val and 200 test images of 481×321 or 321×481. For research use.

    Args:
        root: the folder ``BSDS500`` (it holds ``data/``).
        split: ``trainval`` is train followed by val.

    Raises:
        InputError: an unknown split.
        DatasetError: a folder is missing or empty, an image has no ground truth or ground truth has no image.

    Example:
        >>> dataset = BSDS500("data/bsds500", split="val")  # doctest: +SKIP
        >>> dataset.image(0).shape, len(dataset.boundaries(0))  # doctest: +SKIP
        ((321, 481, 3), 5)

    Reference:
        Arbeláez, Maire, Fowlkes, Malik: Contour Detection and Hierarchical Image Segmentation, TPAMI 2011,
        10.1109/TPAMI.2010.161.
    """

    def __init__(self, root: str | Path, split: Split = "val") -> None:
        if split not in _FOLDERS:
            raise InputError(f"bsds500: split={split!r} is not valid; choose one of {', '.join(_FOLDERS)}")
        self.root = Path(root).expanduser()
        self.split = split
        self._files: list[tuple[Path, Path]] = []
        for folder in _FOLDERS[split]:
            self._files += self._pair(
                self.root / "data" / "images" / folder, self.root / "data" / "groundTruth" / folder
            )

    @staticmethod
    def _pair(images: Path, truths: Path) -> list[tuple[Path, Path]]:
        for folder in (images, truths):
            if not folder.is_dir():
                raise DatasetError(
                    f"bsds500: no folder {folder}; expected data/images/<split>/*.jpg and "
                    "data/groundTruth/<split>/*.mat below the root"
                )
        stems = {p.stem for p in images.glob("*.jpg")}
        mats = {p.stem for p in truths.glob("*.mat")}
        if not stems:
            raise DatasetError(f"bsds500: {images} holds no *.jpg")
        for alone, where, other in ((stems - mats, images, truths), (mats - stems, truths, images)):
            if alone:
                raise DatasetError(
                    f"bsds500: {len(alone)} files of {where} have no partner in {other}, "
                    f"first {sorted(alone)[0]!r}; add it or remove the file"
                )
        return [(images / f"{stem}.jpg", truths / f"{stem}.mat") for stem in sorted(stems)]

    @property
    def ids(self) -> tuple[str, ...]:
        """``<folder>/<stem>`` of each image, in order."""
        return tuple(f"{image.parent.name}/{image.stem}" for image, _ in self._files)

    def image(self, index: int) -> np.ndarray:
        """One photograph.

        Args:
            index: position in ``ids``.

        Returns:
            uint8 (H, W, 3), RGB.

        Raises:
            DatasetError: the file is missing or damaged.
        """
        return read_rgb(self._files[index][0])

    def boundaries(self, index: int) -> list[np.ndarray]:
        """Boundary map of each annotator.

        Args:
            index: position in ``ids``.

        Returns:
            bool (H, W) an annotator, boundaries one pixel wide.

        Raises:
            DatasetError: the ground truth file cannot be read or holds no annotator.
        """
        return [np.asarray(b, bool) for b in self._read(index, "Boundaries")]

    def segmentations(self, index: int) -> list[np.ndarray]:
        """Regions of each annotator.

        Args:
            index: position in ``ids``.

        Returns:
            int32 (H, W) an annotator, regions numbered from 0.

        Raises:
            DatasetError: the ground truth file cannot be read or holds no annotator.
        """
        return [np.asarray(s, np.int32) - 1 for s in self._read(index, "Segmentation")]

    def _read(self, index: int, field: str) -> list[np.ndarray]:
        path = self._files[index][1]
        cells = read_matlab(path, ["groundTruth"], _RESTORE)["groundTruth"]
        maps: list[np.ndarray] = []
        for cell in np.ravel(cells):
            try:
                values = np.asarray(cell[field][0, 0])
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise DatasetError(f"{path}: an annotator has no {field!r} ({error}); {_RESTORE}") from error
            if values.ndim != 2 or values.dtype.kind not in "bui" or not values.size:
                raise DatasetError(
                    f"{path}: {field!r} is {values.dtype} {values.shape}, expected integers (H, W); {_RESTORE}"
                )
            maps.append(values)
        if not maps:
            raise DatasetError(f"{path}: holds no annotator; {_RESTORE}")
        return maps

    def fingerprint(self) -> str:
        """Hex digest of the names and sizes of all files."""
        digest = hashlib.sha256()
        for pair in self._files:
            for path in pair:
                digest.update(f"{path.parent.name}/{path.name}:{path.stat().st_size}\n".encode())
        return digest.hexdigest()

    def __len__(self) -> int:
        return len(self._files)
