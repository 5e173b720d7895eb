"""COCO panoptic, read and checked as the reference implementation of the format does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.exports.panoptic import write_panoptic
from tests.exports.labels import MASKS, labelling


def rgb2id(color: np.ndarray) -> np.ndarray:
    """As in ``panopticapi.utils``."""
    color = color.astype(np.int64)
    return color[..., 0] + 256 * color[..., 1] + 256 * 256 * color[..., 2]


@pytest.mark.parametrize("task", ["semantic", "foreground"])
def test_every_pixel_has_the_segment_the_json_says(tmp_path: Path, task: str) -> None:
    content = json.loads(write_panoptic(labelling(task), tmp_path).read_text(encoding="utf-8"))
    categories = {category["id"]: category for category in content["categories"]}
    assert {c["isthing"] for c in categories.values()} == ({0, 1} if task == "semantic" else {1})
    images = {image["id"]: image for image in content["images"]}
    assert len(content["annotations"]) == len(images) == len(MASKS)
    for annotation, mask in zip(content["annotations"], MASKS.values(), strict=True):
        with Image.open(tmp_path / "panoptic" / annotation["file_name"]) as stored:
            assert stored.mode == "RGB"
            numbers = rgb2id(np.asarray(stored))
        image = images[annotation["image_id"]]
        assert numbers.shape == mask.shape == (image["height"], image["width"])
        segments = {segment["id"]: segment for segment in annotation["segments_info"]}
        assert len(segments) == len(annotation["segments_info"])
        assert set(np.unique(numbers)) - {0} == set(segments)
        painted = np.full(mask.shape, -1)
        for number, segment in segments.items():
            own = numbers == number
            assert segment["area"] == own.sum() and segment["iscrowd"] == 0
            y, x = np.nonzero(own)
            assert segment["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
            thing = categories[segment["category_id"]]["isthing"]
            painted[own] = segment["category_id"] if thing else 0
        expected = mask if task == "semantic" else np.where(mask > 0, mask, -1)  # else background is void
        np.testing.assert_array_equal(painted, expected)


def test_more_segments_than_a_byte_holds(tmp_path: Path) -> None:
    many = labelling()
    checks = np.zeros((60, 60), np.int16)
    checks[::2, ::2] = 1
    many.images[0].__dict__["labels"] = lambda: checks
    content = json.loads(write_panoptic(many, tmp_path).read_text())
    with Image.open(tmp_path / "panoptic/a.png") as stored:
        assert (
            len(np.unique(rgb2id(np.asarray(stored))))
            == len(content["annotations"][0]["segments_info"])
            == 901
        )
