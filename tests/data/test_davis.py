"""Which frames of DAVIS are used, and what counts as object."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.data.davis import Davis
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.layout import LayoutError
from tests.fakes import write_fake_davis, write_fake_davis_archive


def test_full_and_subsampled_copies_select_the_same_frames(tmp_path: Path) -> None:
    full = Davis(write_fake_davis(tmp_path / "full", frames=11, step=1, size=(48, 48)))
    tenth = Davis(write_fake_davis(tmp_path / "tenth", frames=2, step=10, size=(48, 48)))
    assert full.ids == tenth.ids == tuple(f"group-0{g}/{n:05d}" for g in (0, 1) for n in (0, 10))
    assert set(full.groups) == {"group-00", "group-01"}


def test_subsampled_copy_with_the_full_list(tmp_path: Path) -> None:
    root = write_fake_davis(tmp_path, frames=3)
    file = root / "ImageSets/480p/val.txt"
    extra = "/JPEGImages/480p/group-00/00007.jpg /Annotations/480p/group-00/00007.png\n"
    file.write_text(extra + file.read_text())
    assert len(Davis(root)) == 6
    with pytest.raises(LayoutError, match="listed but not there: group-00/00007"):
        Davis(root, every=7)


def test_every_frame(tmp_path: Path) -> None:
    assert len(Davis(write_fake_davis(tmp_path, frames=4, step=5), every=5)) == 8
    assert len(Davis(tmp_path, every=10)) == 4


@pytest.mark.parametrize(
    "options", [{"every": 0}, {"every": "x"}, {"split": "test"}, {"layout": "1080p"}], ids=str
)
def test_invalid_options(tmp_path: Path, options: dict[str, object]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=f"dataset.{key}="):
        Davis(tmp_path, **options)  # type: ignore[arg-type]


def test_missing_split_names_the_one_there_is(tmp_path: Path) -> None:
    with pytest.raises(LayoutError, match=r"train.txt is missing; there is a list for dataset.split=val"):
        Davis(write_fake_davis(tmp_path), split="train")


def test_layout_is_detected_or_asked_for(tmp_path: Path) -> None:
    write_fake_davis_archive(tmp_path / "a")
    assert Davis(tmp_path / "a").ids == ("davis/000", "davis/001", "davis/002")
    with pytest.raises(LayoutError, match=r"val\.txt is missing"):
        Davis(tmp_path / "a", layout="480p")
    write_fake_davis(tmp_path / "a")
    with pytest.raises(DatasetError, match=r"dataset.layout=480p or dataset.layout=archive"):
        Davis(tmp_path / "a")
    assert len(Davis(tmp_path / "a", layout="archive")) == 3
    assert len(Davis(tmp_path / "a", layout="480p")) == 6


def test_all_objects_of_a_frame_count_as_one(tmp_path: Path) -> None:
    root = write_fake_davis(tmp_path, size=(48, 48))
    objects = np.zeros((48, 48), np.uint8)
    objects[:10], objects[20:30], objects[40:] = 1, 2, 10
    indexed = Image.fromarray(objects)
    indexed.putpalette([0, 0, 0, 128, 0, 0, 0, 128, 0])
    indexed.save(root / "Annotations/480p/group-00/00000.png")
    np.testing.assert_array_equal(Davis(root)[0].target, objects > 0)


def test_archive_objects_have_any_colour(tmp_path: Path) -> None:
    root = write_fake_davis_archive(tmp_path)
    painted = np.asarray(Image.open(root / "gt/000.png"))
    np.testing.assert_array_equal(Davis(root)[0].target, painted.any(axis=2))


@pytest.mark.realdata
def test_real_frames(realdata: Path) -> None:
    dataset = Davis(realdata / "DAVIS")
    assert len(dataset) == 83
    assert len(set(dataset.groups)) == 10
    sample = dataset[0]
    assert sample.image.shape == (480, 854, 3)
    assert 0.001 < sample.target.mean() < 0.9
