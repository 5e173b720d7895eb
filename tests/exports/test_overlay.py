"""Overlays: what is tinted, and what is shown as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fsannot.data.errors import InputError
from fsannot.exports.labelling import LabelledImage, Labelling
from fsannot.exports.overlay import ClassColor, tinted, write_overlay
from tests.exports.labels import CLASSES, MASKS, labelling


def test_an_image_each_and_the_colors_of_the_classes(tmp_path: Path) -> None:
    write_overlay(labelling(), tmp_path)
    for name, mask in MASKS.items():
        with Image.open(tmp_path / f"{name}.jpg") as image:
            assert image.size == mask.shape[::-1] and image.mode == "RGB"
    lines = (tmp_path / "classes.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "index,name,color" and len(lines) == 3


def test_only_objects_are_tinted() -> None:
    labels = np.full((9, 9), -1)
    labels[:2], labels[3:8, 3:8] = 0, 1
    image = np.full((9, 9, 3), 100, np.uint8)
    out = tinted(image, labels, [ClassColor(1, "dog", "#ff0000")])
    np.testing.assert_array_equal(out[5, 5], [170, 55, 55])
    assert (out[3, 3] == 255).all() and (out[7, 5] == 255).all()  # the line lies on the object
    untouched = labels < 1
    np.testing.assert_array_equal(out[untouched], image[untouched])


def test_an_image_of_another_size_is_refused(tmp_path: Path) -> None:
    wrong = LabelledImage("a", "a.jpg", lambda: MASKS["a"], lambda: np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(InputError, match="the mask is"):
        write_overlay(Labelling([wrong], CLASSES, "semantic"), tmp_path)
