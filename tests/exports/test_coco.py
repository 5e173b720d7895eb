"""COCO instances, read by pycocotools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pycocotools.coco import COCO

from fsannot.data.errors import InputError
from fsannot.exports.coco import write_coco
from fsannot.exports.labelling import Labelling
from tests.exports.labels import CLASSES, MASKS, labelling


def test_pycocotools_reads_every_pixel_back(tmp_path: Path) -> None:
    coco = COCO(write_coco(labelling(), tmp_path))
    assert {c["id"]: c["name"] for c in coco.loadCats(coco.getCatIds())} == {1: CLASSES[1], 2: CLASSES[2]}
    images = coco.loadImgs(coco.getImgIds())
    assert [image["file_name"] for image in images] == [f"{name}.jpg" for name in MASKS]
    for image, mask in zip(images, MASKS.values(), strict=True):
        assert (image["height"], image["width"]) == mask.shape
        painted = np.zeros(mask.shape, int)
        for annotation in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
            region = coco.annToMask(annotation).astype(bool)
            assert not painted[region].any()  # every pixel is in one region
            painted[region] = annotation["category_id"]
            assert annotation["area"] == region.sum() and annotation["iscrowd"] == 0
            y, x = np.nonzero(region)
            assert annotation["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
        np.testing.assert_array_equal(painted, np.maximum(mask, 0))  # neither background nor unlabelled


def test_classes_without_a_background_are_all_objects(tmp_path: Path) -> None:
    coco = COCO(write_coco(labelling(classes=("sky", "sea", "land")), tmp_path))
    assert [c["name"] for c in coco.loadCats(coco.getCatIds())] == ["sky", "sea", "land"]
    first = coco.loadImgs([1])[0]
    painted = np.full(MASKS["a"].shape, -1)
    for annotation in coco.loadAnns(coco.getAnnIds(imgIds=first["id"])):
        painted[coco.annToMask(annotation) > 0] = annotation["category_id"] - 1
    np.testing.assert_array_equal(painted, MASKS["a"])


def test_the_same_masks_give_the_same_bytes(tmp_path: Path) -> None:
    assert (
        write_coco(labelling(), tmp_path / "a").read_bytes()
        == write_coco(labelling(), tmp_path / "b").read_bytes()
    )


def test_a_class_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds classes up to 2, but 2 have names"):
        write_coco(labelling(classes=("background", "dog")), tmp_path)
    with pytest.raises(InputError, match="no image"):
        Labelling([], CLASSES, "semantic")
