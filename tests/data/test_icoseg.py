"""iCoSeg's groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.data.icoseg import ICoseg
from fsannot.data.layout import LayoutError
from tests.fakes import write_fake_icoseg


def test_groups_are_folders(tmp_path: Path) -> None:
    dataset = ICoseg(write_fake_icoseg(tmp_path, groups=3, images=2))
    assert dataset.groups == tuple(f"00{n} Fake Group" for n in (1, 1, 2, 2, 3, 3))
    assert dataset.classes == ("background", "object")


def test_group_without_image(tmp_path: Path) -> None:
    root = write_fake_icoseg(tmp_path)
    (root / "images/003 Nothing").mkdir()
    with pytest.raises(LayoutError, match="'003 Nothing' holds no image"):
        ICoseg(root)


def test_names_no_file_system_trips_over(tmp_path: Path) -> None:
    root = write_fake_icoseg(tmp_path, groups=1, images=1)
    for folder in ("images", "ground_truth"):
        (root / folder / "001 Fake Group").rename(root / folder / "a:b*c ")
    assert ICoseg(root).groups == ("a_b_c_",)


@pytest.mark.realdata
def test_real_group(realdata: Path) -> None:
    dataset = ICoseg(realdata / "iCoseg", groups=["045 Brown Cows"])
    assert len(dataset) == 30
    assert dataset.ids[0] == "045 Brown Cows/5_10_s"
    assert 0.01 < dataset[0].target.mean() < 0.9
