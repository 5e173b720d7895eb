"""A boundary F-measure fast enough to run after every epoch."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from skimage.morphology import skeletonize

from fsannot.data.errors import InputError

THRESHOLDS = tuple(np.linspace(0.1, 0.9, 9).tolist())
TOLERANCE = 0.0075  # of the diagonal, as the benchmark's


def tolerant_f_measure(edge_maps: Sequence[np.ndarray], annotators: Sequence[Sequence[np.ndarray]]) -> float:
    """Best F-measure over nine thresholds, of all images together.

    A thinned predicted pixel is right where any annotator's boundary is within 0.0075 of the diagonal; a drawn pixel
    is found where a predicted one is. Matching is not one-to-one, so this is an upper estimate of the benchmark's
    ODS, good for comparing epochs. Report what ``evaluation.edges`` gives.

    Args:
        edge_maps: float32 (H, W) in [0, 1] each.
        annotators: for each image, the bool (H, W) boundaries of its annotators.

    Returns:
        F-measure in [0, 1].

    Raises:
        InputError: there is no edge map.
    """
    if not edge_maps:
        raise InputError("the F-measure needs at least one edge map, got none")
    counts = np.zeros((len(THRESHOLDS), 4))  # right, predicted, found, drawn
    for edge_map, boundaries in zip(edge_maps, annotators, strict=True):
        reach = TOLERANCE * float(np.hypot(*edge_map.shape))
        near = [_distance(b) <= reach for b in boundaries]
        anyone = np.logical_or.reduce(near)
        for k, threshold in enumerate(THRESHOLDS):
            lines = skeletonize(edge_map >= threshold)
            covered = _distance(lines) <= reach
            counts[k] += (
                np.count_nonzero(lines & anyone),
                np.count_nonzero(lines),
                sum(np.count_nonzero(b & covered) for b in boundaries),
                sum(np.count_nonzero(b) for b in boundaries),
            )
    right, predicted, found, drawn = counts.T
    precision = right / np.maximum(predicted, 1)
    recall = found / np.maximum(drawn, 1)
    f = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return float(f.max())


def _distance(lines: np.ndarray) -> np.ndarray:
    """Distance of each pixel to the nearest set one, float32 (H, W); infinite where none is set."""
    if not lines.any():
        return np.full(lines.shape, np.inf, np.float32)
    return cv2.distanceTransform((~lines).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
