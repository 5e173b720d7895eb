"""Rooftop's polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from fsannot.data.errors import DatasetError
from fsannot.data.rooftop import Rooftop, draw_polygons, read_polygons
from tests.fakes import write_fake_rooftop

SQUARE = np.array([[11, 21], [30, 21], [30, 40], [11, 40]])


def cell(*polygons: object) -> np.ndarray:
    array = np.empty((1, len(polygons)), object)
    array[0, :] = polygons
    return array


def test_images_without_polygons_are_left_out_by_name(tmp_path: Path) -> None:
    dataset = Rooftop(write_fake_rooftop(tmp_path, images=3, empty=2))
    assert dataset.ids == ("rooftop/001", "rooftop/002", "rooftop/003")
    assert set(dataset.excluded) == {"rooftop/004", "rooftop/005"}
    assert dataset.excluded["rooftop/004"] == "004.mat holds no polygon"
    assert dataset.unit == "instance"
    sample = dataset[0]
    assert sample.instances is not None
    assert sample.instances.max() == 2


def test_polygon_in_matlab_coordinates() -> None:
    # corners at the centres of the 1-based pixels 11..30 across and 21..40 down
    drawn = draw_polygons([SQUARE.astype(float)], (60, 50), Path("x.mat"))
    rows, columns = np.nonzero(drawn)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (20, 39, 10, 29)
    assert drawn.sum() == 20 * 20


def test_smaller_roofs_lie_on_top_and_parts_outside_are_clipped() -> None:
    large, small = SQUARE.astype(float), SQUARE * 0.5 + [8, 15]
    outside = SQUARE + np.array([30.0, 0])
    drawn = draw_polygons([small, large, outside], (60, 50), Path("x.mat"))
    assert drawn[25, 17] == 1
    assert drawn[38, 28] == 2
    assert drawn[30, 45] == 3


@given(st.integers(1, 30), st.integers(1, 30), st.integers(2, 18), st.integers(2, 18))
@settings(max_examples=40, deadline=None)
def test_rectangles_cover_their_pixels(x: int, y: int, width: int, height: int) -> None:
    corners = np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], float)
    drawn = draw_polygons([corners], (50, 50), Path("x.mat"))
    assert drawn.sum() == (width + 1) * (height + 1)


@pytest.mark.parametrize(
    "array", [cell(SQUARE), cell(SQUARE).T, cell(SQUARE, np.empty((0, 0))), cell(SQUARE / 3)]
)
def test_cell_arrays_of_any_orientation(tmp_path: Path, array: np.ndarray) -> None:
    savemat(tmp_path / "a.mat", {"gt": array})
    (polygon,) = read_polygons(tmp_path / "a.mat")
    assert polygon.shape == (4, 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"polygons": cell(SQUARE)}, "no variable gt but polygons"),
        ({"gt": SQUARE}, "not a cell array"),
        ({"gt": cell(SQUARE.T)}, "polygon 1 of gt is .* (2, 4)"),
        ({"gt": cell(SQUARE, SQUARE[:2])}, "polygon 2 of gt"),
        ({"gt": cell(SQUARE * np.nan)}, "finite"),
        ({"gt": cell("roof")}, "polygon 1 of gt"),
    ],
)
def test_wrong_content(tmp_path: Path, content: dict[str, np.ndarray], reason: str) -> None:
    savemat(tmp_path / "a.mat", content)
    with pytest.raises(DatasetError, match=r"a\.mat: ") as caught:
        read_polygons(tmp_path / "a.mat")
    assert all(part in str(caught.value) for part in reason.split(" .* "))


def test_newest_matlab_format_says_how_to_save(tmp_path: Path) -> None:
    (tmp_path / "a.mat").write_bytes(
        b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + b"\x89HDF\r\n\x1a\n" + bytes(512)
    )
    with pytest.raises(DatasetError, match="-v7"):
        read_polygons(tmp_path / "a.mat")


def test_polygons_of_another_image(tmp_path: Path) -> None:
    root = write_fake_rooftop(tmp_path, images=1, empty=0)
    savemat(root / "001.mat", {"gt": cell(SQUARE + 5000)})
    with pytest.raises(DatasetError, match=r"001.mat: polygon 1 covers no pixel of its 72×96 image"):
        Rooftop(root)[0]


def test_images_and_annotations_in_folders(tmp_path: Path) -> None:
    root = write_fake_rooftop(tmp_path)
    for folder, suffix in (("images", "jpg"), ("annotations", "mat")):
        (root / folder).mkdir()
        for file in root.glob(f"*.{suffix}"):
            file.rename(root / folder / file.name)
    assert len(Rooftop(root)) == 2
