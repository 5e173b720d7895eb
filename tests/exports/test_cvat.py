"""The ZIP for CVAT: its documented elements, and masks decoded as its documentation says."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from fsannot.exports.cvat import write_cvat
from tests.exports.labels import CLASSES, MASKS, labelling


def decoded(mask: ElementTree.Element, shape: tuple[int, ...]) -> np.ndarray:
    """bool (H, W) of a ``<mask>``: runs along the rows of its box, by turns outside and inside."""
    left, top, width, height = (int(mask.attrib[name]) for name in ("left", "top", "width", "height"))
    counts = [int(count) for count in mask.attrib["rle"].split(",")]
    assert sum(counts) == width * height and all(count > 0 for count in counts[1:])
    values = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(height, width)
    assert values.any(0)[[0, -1]].all() and values.any(1)[[0, -1]].all()  # the box is tight
    whole = np.zeros(shape, bool)
    whole[top : top + height, left : left + width] = values
    return whole


def test_masks_and_labels_as_the_format_documents_them(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_cvat(labelling(), tmp_path)) as archive:
        assert archive.namelist() == ["annotations.xml"] and archive.testzip() is None
        root = ElementTree.fromstring(archive.read("annotations.xml"))
    assert root.tag == "annotations" and root.findtext("version") == "1.1"
    task = root.find("meta/task")
    assert task is not None and task.findtext("mode") == "annotation" and task.findtext("size") == "7"
    assert [label.findtext("name") for label in task.findall("labels/label")] == list(CLASSES[1:])
    assert {label.findtext("type") for label in task.findall("labels/label")} == {"mask"}
    images = root.findall("image")
    assert [image.attrib["id"] for image in images] == [str(i) for i in range(7)]
    for image, (name, mask) in zip(images, MASKS.items(), strict=True):
        assert image.attrib["name"] == f"{name}.jpg"
        assert (int(image.attrib["height"]), int(image.attrib["width"])) == mask.shape
        painted = np.zeros(mask.shape, int)
        for element in image:
            assert element.tag == "mask" and element.attrib["occluded"] == element.attrib["z_order"] == "0"
            region = decoded(element, mask.shape)
            assert not painted[region].any()
            painted[region] = CLASSES.index(element.attrib["label"])
        np.testing.assert_array_equal(painted, np.maximum(mask, 0))
    raw = json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))
    assert [label["name"] for label in raw] == list(CLASSES[1:])


def test_the_same_masks_give_the_same_bytes(tmp_path: Path) -> None:
    assert (
        write_cvat(labelling(), tmp_path / "a").read_bytes()
        == write_cvat(labelling(), tmp_path / "b").read_bytes()
    )
