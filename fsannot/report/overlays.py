"""Label maps drawn as transparent images to lay over a photograph."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image

from fsannot.report.palette import MISSED, SURPLUS, class_colour, rgb

CLEAR, HALO, IGNORED = 0, 1, 2
FIRST = 3
"""Palette index of the first drawn colour."""


def outlines(labels: np.ndarray, n_classes: int) -> bytes:
    """Regions with their contours.

    Args:
        labels: int (H, W), class index, −1 = none (nothing is drawn).
        n_classes: 2 draws the object's contour in vermillion on a white halo; more fill every class in its
            colour.

    Returns:
        PNG with a palette, 1–5 KB.
    """
    index = np.zeros(labels.shape, np.uint8)
    border = _border(labels)
    if n_classes <= 2:
        shown = np.where(labels == 1, 1, 0)
        border = _border(shown)
        index[shown == 1] = FIRST
        index[cv2.dilate(border.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0] = HALO
        index[cv2.dilate(border.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0] = FIRST + 1
        colours = [(*rgb(SURPLUS), 56), (*rgb(SURPLUS), 255)]
    else:
        index = np.where(labels < 0, CLEAR, np.minimum(labels, 200) + FIRST).astype(np.uint8)
        index[border] = HALO
        colours = [(*rgb(class_colour(c)), 150) for c in range(min(n_classes, 201))]
    return _png(index, colours)


def difference(labels: np.ndarray, target: np.ndarray, n_classes: int) -> bytes:
    """Where a result and the ground truth differ.

    Vermillion: labelled as object but is not, or given the wrong class. Blue: object that was missed, or
    pixels without label. Grey: pixels without ground truth, which count nowhere.

    Args:
        labels: int (H, W), class index, −1 = unlabelled.
        target: int (H, W), class index, −1 = no ground truth.
        n_classes: in a foreground set (2) unlabelled counts as background.
    """
    counted = target >= 0
    if n_classes <= 2:
        surplus, missed = (labels == 1) & (target != 1), (labels != 1) & (target == 1)
    else:
        missed = labels < 0
        surplus = (labels != target) & ~missed
    index = np.zeros(labels.shape, np.uint8)
    index[surplus & counted] = FIRST
    index[missed & counted] = FIRST + 1
    index[~counted] = IGNORED
    return _png(index, [(*rgb(SURPLUS), 215), (*rgb(MISSED), 215)])


def _border(labels: np.ndarray) -> np.ndarray:
    """bool (H, W): pixels whose right or lower neighbor has another label."""
    border = np.zeros(labels.shape, bool)
    border[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    border[:-1] |= labels[:-1] != labels[1:]
    return border


def _png(index: np.ndarray, colours: list[tuple[int, int, int, int]]) -> bytes:
    palette = [(0, 0, 0, 0), (255, 255, 255, 235), (120, 125, 135, 150), *colours]
    image = Image.fromarray(index, "P")
    image.putpalette([v for colour in palette for v in colour[:3]])
    out = io.BytesIO()
    image.save(out, "PNG", transparency=bytes(colour[3] for colour in palette), optimize=True)
    return out.getvalue()
