"""MATLAB files: what is read as SciPy reads it, and what is refused before SciPy sees it."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from scipy.sparse import csc_array

from fsannot.data.errors import DatasetError
from fsannot.data.matlab import read_matlab


def cells(*items: object) -> np.ndarray:
    made = np.empty((1, len(items)), object)
    for k, item in enumerate(items):
        made[0, k] = item
    return made


VALUES = {
    "numbers": np.arange(6.0).reshape(2, 3),
    "wide": np.full((3, 5), 2**40),
    "logical": np.eye(4, dtype=bool),
    "complex": np.array([[1 + 2j, 3]]),
    "text": "some text",
    "unicode": "Größe 漢字",
    "texts": np.array(["ab", "cd"]),
    "empty": np.zeros((0, 3)),
    "sparse": csc_array(np.eye(5)),
    "cells": cells(np.arange(3), "x", cells(1.0, np.zeros((0, 0)))),
    "struct": {"Segmentation": np.ones((2, 3), np.uint16), "Boundaries": cells(csc_array(np.eye(3)))},
    "no cells": np.empty((0, 0), object),
}


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", VALUES)
def test_good_files_are_read_as_scipy_reads_them(tmp_path: Path, name: str, compressed: bool) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"other": 1, "x": VALUES[name]}, do_compression=compressed)
    found = read_matlab(path, ["x"], "restore it")["x"]
    assert repr(found) == repr(loadmat(path)["x"])


def test_an_element_that_ends_the_process_in_scipy_is_refused(tmp_path: Path) -> None:
    """SciPy 1.17 crashes at a cell whose content is not an array, found by ``fsannot stress readers``, case 12."""
    savemat(tmp_path / "a.mat", {"gt": cells(np.arange(4.0), np.arange(4.0))})
    data = (tmp_path / "a.mat").read_bytes()
    at = data.index(struct.pack("<II", 14, 0)[:4], 136 + 40)
    for kind in (0, 1, 5, 15, 16, 200):
        (tmp_path / "b.mat").write_bytes(data[:at] + struct.pack("<I", kind) + data[at + 4 :])
        with pytest.raises(DatasetError, match=r"b\.mat: truncated or not a MATLAB file \(.*\); restore it"):
            read_matlab(tmp_path / "b.mat", ["gt"], "restore it")


def test_other_versions_and_missing_variables(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    savemat(path, {"a": 1})
    with pytest.raises(DatasetError, match="holds no variable gt but a; restore it"):
        read_matlab(path, ["gt"], "restore it")
    data = path.read_bytes()
    path.write_bytes(data[:124] + b"\x00\x02" + data[126:])
    with pytest.raises(DatasetError, match=r"7\.3 format; save it again with the option -v7"):
        read_matlab(path, ["a"], "restore it")
    savemat(path, {"a": 1}, format="4")
    with pytest.raises(DatasetError, match="not a MATLAB file"):
        read_matlab(path, ["a"], "restore it")


@pytest.mark.realdata
def test_real_files(realdata: Path) -> None:
    for path in sorted((realdata / "BSDS500/data/groundTruth/val").glob("*.mat"))[:10]:
        found = read_matlab(path, ["groundTruth"], "")["groundTruth"]
        expected = loadmat(path)["groundTruth"]
        for ours, theirs in zip(found.flat, expected.flat, strict=True):
            for field in ("Segmentation", "Boundaries"):
                np.testing.assert_array_equal(ours[field][0, 0], theirs[field][0, 0])
