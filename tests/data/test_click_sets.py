"""GrabCut, Berkeley and SBD: what is theirs alone. The contract of all datasets is tried on them too."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.clicks.clicker import Clicker
from fsannot.data.berkeley import Berkeley
from fsannot.data.errors import DatasetError, InputError
from fsannot.data.grabcut import GrabCut
from fsannot.data.layout import LayoutError
from fsannot.data.sbd import SBD
from fsannot.data.synthetic import Synthetic
from tests.fakes.click_sets import SMALL, write_fake_berkeley, write_fake_grabcut, write_fake_sbd


def test_grabcut_ignores_the_band_of_128(tmp_path: Path) -> None:
    dataset = GrabCut(write_fake_grabcut(tmp_path))
    assert dataset.ids == ("grabcut/000", "grabcut/001", "grabcut/002")
    with Image.open(tmp_path / "boundary_GT/000.bmp") as stored:
        mask = np.asarray(stored)
    target = dataset[0].target
    assert (target == np.select([mask == 128, mask > 128], [-1, 1], 0)).all()
    assert {-1, 0, 1} == set(np.unique(target))
    Clicker().start(target)  # as the robot wants it


def test_grabcut_reads_other_greys_as_the_click_literature_does(tmp_path: Path) -> None:
    root = write_fake_grabcut(tmp_path, images=1)
    grey = np.zeros(SMALL, np.uint8)
    grey[0, :4] = 64, 127, 129, 254
    Image.fromarray(grey).save(root / "boundary_GT/000.bmp")
    np.testing.assert_array_equal(GrabCut(root)[0].target[0, :5], [0, 0, 1, 1, 0])


def test_berkeley_reads_masks_of_three_channels(tmp_path: Path) -> None:
    dataset = Berkeley(write_fake_berkeley(tmp_path))
    assert dataset.ids == ("berkeley/000_1", "berkeley/001_1", "berkeley/002_1")
    for sample, original in zip(dataset, Synthetic(images=3, images_per_group=1, size=SMALL), strict=True):
        np.testing.assert_array_equal(sample.target, original.target)


def test_sbd_takes_the_list_and_the_instances(tmp_path: Path) -> None:
    dataset = SBD(write_fake_sbd(tmp_path))
    assert len(dataset) == 3  # the fourth image is not in the list
    assert dataset.unit == "instance"
    original = Synthetic(images=4, images_per_group=1, size=SMALL)[2].instances
    assert original is not None
    np.testing.assert_array_equal(dataset[2].instances > 0, original > 0)


@pytest.mark.parametrize("below", ["dataset", "benchmark_RELEASE/dataset"])
def test_sbd_is_found_below_its_release(tmp_path: Path, below: str) -> None:
    write_fake_sbd(tmp_path / below)
    assert len(SBD(tmp_path)) == 3


def test_broken_sbd_files_are_named(tmp_path: Path) -> None:
    root = write_fake_sbd(tmp_path)
    (root / "inst/2008_000001.mat").write_bytes(b"not MATLAB")
    with pytest.raises(DatasetError, match=r"2008_000001\.mat: truncated or not a MATLAB file"):
        SBD(root)[1]
    (root / "inst/2008_000001.mat").unlink()
    with pytest.raises(LayoutError, match="image without mask: img/2008_000001"):
        SBD(root)
    (root / "val.txt").write_text("2008_000000 extra\n")
    with pytest.raises(DatasetError, match=r"val\.txt, line 1"):
        SBD(root)
    with pytest.raises(LayoutError, match=r"train\.txt is missing"):
        SBD(root, split="train")
    with pytest.raises(InputError, match=r"dataset\.split="):
        SBD(root, split="test")  # type: ignore[arg-type]


@pytest.mark.parametrize(("kind", "folder"), [(GrabCut, "data_GT"), (Berkeley, "images"), (SBD, "img")])
def test_the_expected_tree_is_shown(tmp_path: Path, kind: type[GrabCut] | type[SBD], folder: str) -> None:
    with pytest.raises(LayoutError, match=folder):
        kind(tmp_path)
