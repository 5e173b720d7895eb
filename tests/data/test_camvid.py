"""CamVid's classes, void and lists."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.data.camvid import CamVid
from fsannot.data.layout import LayoutError
from fsannot.data.sample import IGNORE
from tests.fakes import write_fake_camvid


def test_labels_are_classes_and_void_is_ignored(tmp_path: Path) -> None:
    dataset = CamVid(write_fake_camvid(tmp_path))
    sample = dataset[0]
    stored = np.asarray(Image.open(tmp_path / "valannot" / f"{sample.id.split('/')[1]}.png"))
    np.testing.assert_array_equal(sample.target, np.where(stored == 11, IGNORE, stored.astype(int)))
    assert (sample.target[-1] == IGNORE).all()
    assert len(dataset.classes) == 11
    assert sample.group == "0016E5"


def test_list_selects_and_is_optional(tmp_path: Path) -> None:
    root = write_fake_camvid(tmp_path)
    lines = (root / "val.txt").read_text().splitlines()
    (root / "val.txt").write_text(lines[1] + "\n")
    assert len(CamVid(root)) == 1
    (root / "val.txt").unlink()
    assert len(CamVid(root)) == 3


def test_missing_split(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match="trainannot"):
        CamVid(write_fake_camvid(tmp_path), split="train")


@pytest.mark.realdata
@pytest.mark.parametrize(("split", "images"), [("train", 80), ("val", 40)])
def test_real_frames(realdata: Path, split: str, images: int) -> None:
    dataset = CamVid(realdata / "CamVid", split=split)  # type: ignore[arg-type]
    assert len(dataset) == images
    sample = dataset[0]
    assert sample.image.shape == (360, 480, 3)
    assert (sample.target == dataset.classes.index("road")).mean() > 0.05
