"""Masks as a stranger reads them, with whatever he has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from fsannot.data.decode import painted_target, read_labels
from fsannot.evaluation.iou import iou
from fsannot.report.page import write_report
from fsannot.runs.mask_colors import mask_colours
from fsannot.runs.masks import final_labels, mask_path, read_mask, write_mask

LABELS = np.array([[-1, 0, 1, 1], [-1, -1, 1, 0], [0, -1, -1, 1]], np.int16)
OBJECT = LABELS == 1


@pytest.fixture
def foreground(tmp_path: Path) -> Path:
    write_mask(tmp_path, "bear/00000", LABELS, task="foreground")
    return mask_path(tmp_path, "bear/00000")


def test_pillow_gives_the_class_of_a_foreground_mask(foreground: Path) -> None:
    with Image.open(foreground) as stored:
        assert stored.mode == "P"
        np.testing.assert_array_equal(np.asarray(stored), OBJECT)
        np.testing.assert_array_equal(
            np.asarray(stored.convert("RGB")), np.where(OBJECT[..., None], 255, [0, 0, 0])
        )


def test_opencv_gives_black_and_white_of_a_foreground_mask(foreground: Path) -> None:
    grey = cv2.imread(str(foreground), cv2.IMREAD_GRAYSCALE)
    np.testing.assert_array_equal(grey, OBJECT * 255)
    assert iou(grey > 127, OBJECT.astype(np.int32)) == 1
    assert iou(grey > 0, OBJECT.astype(np.int32)) == 1
    colours = cv2.imread(str(foreground), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(colours, np.repeat(OBJECT[..., None] * 255, 3, 2))


def test_our_own_datasets_read_a_foreground_mask_as_ground_truth(foreground: Path) -> None:
    np.testing.assert_array_equal(read_labels(foreground, LABELS.shape), OBJECT)
    np.testing.assert_array_equal(painted_target(foreground, LABELS.shape), OBJECT)


def test_a_semantic_mask_holds_every_class_and_255_for_what_has_none(tmp_path: Path) -> None:
    labels = np.arange(-1, 255).reshape(16, 16)
    write_mask(tmp_path, "street", labels, task="semantic")
    np.testing.assert_array_equal(read_mask(tmp_path, "street"), labels)
    with Image.open(mask_path(tmp_path, "street")) as stored:
        assert stored.mode == "P"
        values, shown = np.asarray(stored), np.asarray(stored.convert("RGB"))
    np.testing.assert_array_equal(values, np.where(labels < 0, 255, labels))
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) == 256  # in a viewer, no two values look the same
    opened = cv2.imread(str(mask_path(tmp_path, "street")), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(opened[..., ::-1], shown)  # colours, not classes


def test_the_colours_are_those_of_pascal_voc() -> None:
    colours = mask_colours("semantic")
    known = {
        0: (0, 0, 0),
        1: (128, 0, 0),
        2: (0, 128, 0),
        15: (192, 128, 128),
        20: (0, 64, 128),
        255: (224, 224, 192),
    }
    assert {value: tuple(colours[value].tolist()) for value in known} == known
    other = mask_colours("foreground")
    assert other[0].tolist() == [0, 0, 0] and other[1].tolist() == [255, 255, 255]


def test_what_is_unlabelled_is_background_in_foreground_sets_only() -> None:
    np.testing.assert_array_equal(final_labels(LABELS, "foreground"), OBJECT)
    np.testing.assert_array_equal(final_labels(LABELS, "semantic"), LABELS)


def test_a_run_with_masks_of_an_earlier_version_is_reported_the_same(
    fresh_run: Callable[[], Path], tmp_path: Path
) -> None:
    """Those were grey, and held 255 for what was unlabelled in foreground sets, too."""
    run = fresh_run()
    page = write_report([run], tmp_path / "new.html").read_bytes()
    for path in (run / "masks").rglob("*.png"):
        with Image.open(path) as stored:
            values = np.asarray(stored)
        assert set(np.unique(values)) <= {0, 1}
        Image.fromarray(np.where(values == 1, 1, 255).astype(np.uint8)).save(path)
    assert write_report([run], tmp_path / "old.html").read_bytes() == page
