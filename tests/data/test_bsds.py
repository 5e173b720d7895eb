from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.data.bsds import BSDS500
from fsannot.data.errors import DatasetError, InputError
from tests.fakes.bsds import write_bsds


def test_reads_images_and_all_annotators(tmp_path: Path) -> None:
    data = BSDS500(write_bsds(tmp_path, "val", ["12", "7"], annotators=3), "val")
    assert data.ids == ("val/12", "val/7")
    assert data.image(0).shape == (28, 40, 3)
    boundaries = data.boundaries(1)
    assert [(b.dtype, np.flatnonzero(b.all(0)).tolist()) for b in boundaries] == [
        (np.dtype(bool), [19 + k]) for k in range(3)
    ]
    segmentation = data.segmentations(1)[2]
    assert segmentation.dtype == np.int32
    assert (segmentation[0] == [0] * 22 + [1] * 18).all()


def test_trainval_is_train_then_val(tmp_path: Path) -> None:
    write_bsds(tmp_path, "train", ["9"])
    write_bsds(tmp_path, "val", ["1"])
    assert BSDS500(tmp_path, "trainval").ids == ("train/9", "val/1")


def test_fingerprint_follows_the_files(tmp_path: Path) -> None:
    root = write_bsds(tmp_path, "val", ["1", "2"])
    before = BSDS500(root).fingerprint()
    assert BSDS500(root).fingerprint() == before
    (root / "data/groundTruth/val/2.mat").write_bytes(b"shorter")
    assert BSDS500(root).fingerprint() != before


def test_errors_name_the_file_and_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no folder .*images/val; expected data/images"):
        BSDS500(tmp_path)
    with pytest.raises(InputError, match=r"split='all'.*train, val, test, trainval"):
        BSDS500(tmp_path, "all")  # type: ignore[arg-type]
    root = write_bsds(tmp_path, "val", ["1", "2"])
    mat = root / "data/groundTruth/val/2.mat"
    content = mat.read_bytes()
    for broken in (
        b"",
        content[: len(content) // 2],
        b"no MATLAB file at all, though long enough to be read",
    ):
        mat.write_bytes(broken)
        with pytest.raises(DatasetError, match=r"2\.mat: .*; restore this file from the archive"):
            BSDS500(root).boundaries(1)
    mat.unlink()
    with pytest.raises(DatasetError, match=r"1 files of .*images/val have no partner.*'2'"):
        BSDS500(root)


@pytest.mark.realdata
def test_the_real_archive(realdata: Path) -> None:
    data = BSDS500(realdata / "BSDS500", "val")
    assert len(data) == 100
    boundaries = data.boundaries(0)
    assert len(boundaries) >= 4
    assert all(b.shape == data.image(0).shape[:2] and 0 < b.mean() < 0.2 for b in boundaries)
