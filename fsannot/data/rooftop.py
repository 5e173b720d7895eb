"""Rooftop: aerial images with the outlines of single roofs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from skimage.draw import polygon2mask

from fsannot.data.decode import compact
from fsannot.data.errors import DatasetError
from fsannot.data.files import FolderDataset, Pair, pairs, present
from fsannot.data.layout import Entry
from fsannot.data.listing import IMAGE_SUFFIXES, files_by_stem, folders_in
from fsannot.data.matlab import read_matlab

_FARTHEST = 1e6  # pixels; no image is as wide
_RESTORE = "restore this file from the dataset's archive"


class Rooftop(FolderDataset):
    """Rooftop, foreground against background with one instance per roof; results are per instance.

    Images whose annotation holds no polygon are left out by name (``excluded``): 63 of the 65 remain.
    Polygons are n×2 (x, y) in MATLAB's pixel coordinates, where the centre of the first pixel is (1, 1).
    Parts outside the image are clipped; where roofs overlap, the smaller one lies on top.

    Args:
        root: folder with the images and, for each, a MATLAB file of the same stem, together or in folders.
        groups: all images form the one group ``rooftop``.
        limit: keep only the first so many images.

    Raises:
        LayoutError, InputError: see ``FolderDataset``.

    Example:
        >>> dataset = Rooftop("data/rooftop")  # doctest: +SKIP
        >>> len(dataset)  # doctest: +SKIP
        63

    Reference:
        Sun, Christoudias, Fua: Free-Shape Polygonal Object Localization, ECCV 2014.
    """

    name = "rooftop"
    task: Literal["foreground", "semantic"] = "foreground"
    classes = ("background", "roof")
    unit: Literal["image", "instance"] = "instance"
    source: ClassVar[str] = "https://www.epfl.ch/labs/cvlab/data/ (Rooftop)"
    official: ClassVar[str] = "63 of 65 images, 390 instances"

    def entries(self) -> tuple[Entry, ...]:
        return (
            Entry("<image>.jpg", "images, 1000×750"),
            Entry("<image>.mat", "cell array gt of n×2 polygons"),
        )

    def _scan(self) -> list[Pair]:
        annotations = self._gather((".mat",))
        if not annotations:
            raise self._wrong(f"{self.root} holds no .mat annotation")
        return pairs(self.name, self._gather(IMAGE_SUFFIXES), annotations)

    def _choose(self, found: list[Pair]) -> list[Pair]:
        # the annotations are small: one look at all of them tells which images have none
        self._polygons = {pair.id: read_polygons(present(pair.truth)) for pair in found}
        for pair in found:
            if not self._polygons[pair.id]:
                self.excluded[pair.id] = f"{present(pair.truth).name} holds no polygon"
        return [pair for pair in found if pair.id not in self.excluded]

    def _truth(self, pair: Pair, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray | None]:
        instances = draw_polygons(self._polygons[pair.id], shape, present(pair.truth))
        return (instances > 0).astype(np.int32), instances

    def _gather(self, suffixes: tuple[str, ...]) -> dict[str, Path]:
        """Files by stem in the root and the folders right below it."""
        gathered: dict[str, Path] = {}
        for folder in (self.root, *(self.root / name for name in folders_in(self.root))):
            for stem, file in files_by_stem(folder, suffixes).items():
                if stem in gathered:
                    raise DatasetError(
                        f"{self.name}: {gathered[stem]} and {file} have the same stem; "
                        "remove the one that is not part of the dataset"
                    )
                gathered[stem] = file
        return gathered


def read_polygons(file: Path) -> list[np.ndarray]:
    """Read the non-empty polygons of ``gt`` in a MATLAB file.

    Args:
        file: a MATLAB file, version 7 or older.

    Returns:
        float64 (n, 2) a polygon, columns x, y as stored.

    Raises:
        DatasetError: not such a file, no cell array ``gt``, or a polygon that is not n×2 finite numbers with
            n ≥ 3.
    """
    cells = read_matlab(file, ["gt"], _RESTORE)["gt"]
    if cells.size and cells.dtype != object:
        raise DatasetError(f"{file}: gt is a {cells.dtype} array, not a cell array of polygons; {_RESTORE}")
    return [
        polygon
        for index, cell in enumerate(cells.flat, start=1)
        if (polygon := _polygon(cell, index, file)).size
    ]


def draw_polygons(polygons: list[np.ndarray], shape: tuple[int, int], file: Path) -> np.ndarray:
    """Draw polygons as instances: a pixel belongs to a polygon that contains its centre.

    Args:
        polygons: float (n, 2) each, columns x, y in MATLAB's pixel coordinates, from ``read_polygons``.
        shape: (H, W) of the image.
        file: where the polygons come from, for the message.

    Returns:
        int32 (H, W), 0 = none, else number of the polygon from 1 in the given order; smaller ones lie on top.

    Raises:
        DatasetError: a polygon covers no pixel of the image.
    """
    instances = np.zeros(shape, np.int32)
    masks = [polygon2mask(shape, polygon[:, ::-1] - 1.0) for polygon in polygons]
    areas = [int(mask.sum()) for mask in masks]
    if 0 in areas:
        raise DatasetError(
            f"{file}: polygon {areas.index(0) + 1} covers no pixel of its {shape[0]}×{shape[1]} image "
            f"(height×width); is it the right image? {_RESTORE}"
        )
    for index in np.argsort(areas, kind="stable")[::-1]:  # largest first, so that small ones stay visible
        instances[masks[index]] = index + 1
    return compact(instances)


def _polygon(cell: object, index: int, file: Path) -> np.ndarray:
    points = np.asarray(cell)
    if points.size == 0:
        return np.empty((0, 2))
    numeric = np.issubdtype(points.dtype, np.integer) or np.issubdtype(points.dtype, np.floating)
    if (
        not numeric
        or points.ndim != 2
        or points.shape[1] != 2
        or len(points) < 3
        or not (np.abs(points) < _FARTHEST).all()  # NaN neither
    ):
        raise DatasetError(
            f"{file}: polygon {index} of gt is {points.dtype} {points.shape}; expected n×2 finite numbers, "
            f"n at least 3, none beyond {_FARTHEST:.0f}; {_RESTORE}"
        )
    return points.astype(np.float64)
