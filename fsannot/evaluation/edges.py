"""Boundary quality against human boundaries: ODS, OIS and AP of the BSDS benchmark.

Arbeláez, Maire, Fowlkes, Malik, *Contour Detection and Hierarchical Image Segmentation*, TPAMI 2011,
doi:10.1109/TPAMI.2010.161.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from skimage.morphology import skeletonize

from fsannot.data.errors import InputError
from fsannot.edges.model import check_edge_map
from fsannot.evaluation.boundary_matching import BoundaryMatcher
from fsannot.evaluation.boundary_thinning import suppress_non_maxima

TOLERANCE = 0.0075
"""Largest distance of a matched pair, as a fraction of the image's diagonal (4.3 pixels on BSDS500)."""


@dataclass(frozen=True, eq=False)
class BoundaryCounts:
    """What was found at each of T thresholds, in one image or summed over many; int64 (T,) each.

    Attributes:
        found: drawn boundary pixels with a partner, summed over annotators.
        drawn: drawn boundary pixels, summed over annotators.
        right: predicted pixels with a partner in at least one annotator's boundary.
        predicted: predicted pixels.
    """

    found: np.ndarray
    drawn: np.ndarray
    right: np.ndarray
    predicted: np.ndarray

    @property
    def recall(self) -> np.ndarray:
        """found / drawn, float64 (T,); 1 where nothing was drawn."""
        return _ratio(self.found, self.drawn)

    @property
    def precision(self) -> np.ndarray:
        """right / predicted, float64 (T,); 1 where nothing was predicted."""
        return _ratio(self.right, self.predicted)

    @property
    def f(self) -> np.ndarray:
        """Harmonic mean of precision and recall, float64 (T,)."""
        return _harmonic(self.precision, self.recall)

    def at(self, index: int) -> BoundaryCounts:
        """The counts at one threshold, int64 (1,) each.

        Args:
            index: of the threshold, 0 to T − 1.

        Returns:
            counts at this threshold, int64 (1,) each.
        """
        one = slice(index, index + 1)
        return BoundaryCounts(self.found[one], self.drawn[one], self.right[one], self.predicted[one])

    @classmethod
    def total(cls, counts: Sequence[BoundaryCounts]) -> BoundaryCounts:
        """Sum over images.

        Args:
            counts: one an image, at the same T thresholds.

        Returns:
            int64 (T,) each.
        """
        names = ("found", "drawn", "right", "predicted")
        return cls(*(np.sum([getattr(c, name) for c in counts], 0) for name in names))


@dataclass(frozen=True, eq=False)
class EdgeScores:
    """Scores of an edge model on a set of images.

    Attributes:
        ods: F-measure at the one threshold that is best for the whole set (optimal dataset scale).
        ods_threshold: that threshold.
        ois: F-measure where each image has its own best threshold (optimal image scale).
        ap: area under the precision–recall curve.
        thresholds, precision, recall: float64 (T,), the curve.
    """

    ods: float
    ods_threshold: float
    ois: float
    ap: float
    thresholds: np.ndarray
    precision: np.ndarray
    recall: np.ndarray

    @property
    def f(self) -> np.ndarray:
        """F-measure at each threshold, float64 (T,)."""
        return _harmonic(self.precision, self.recall)


def even_thresholds(count: int = 33) -> np.ndarray:
    """Thresholds evenly spaced inside (0, 1); 99 give those of the published figures.

    Args:
        count: number of thresholds, ≥ 1.

    Returns:
        float64 (count,), rising.

    Raises:
        InputError: ``count`` is below 1.

    >>> even_thresholds(3)
    array([0.25, 0.5 , 0.75])
    """
    if count < 1:
        raise InputError(f"{count} thresholds is not valid; at least 1")
    return np.arange(1, count + 1) / (count + 1)


def count_boundaries(
    edge_map: np.ndarray,
    boundaries: Sequence[np.ndarray],
    thresholds: np.ndarray,
    tolerance: float = TOLERANCE,
) -> BoundaryCounts:
    """Compare one edge map with the boundaries several people drew.

    The map is thinned by non-maximum suppression; at each threshold what remains is thinned to lines one
    pixel wide (Zhang and Suen) and matched one-to-one with each annotator's boundary.

    Args:
        edge_map: float32 (H, W) in [0, 1], not thinned.
        boundaries: bool (H, W), one an annotator.
        thresholds: float (T,), rising, in (0, 1]; a pixel is predicted at ``strength ≥ threshold``.
        tolerance: fraction of the diagonal.

    Returns:
        counts at each of the T thresholds.

    Raises:
        InputError: no annotator, maps of different sizes, thresholds out of order or range, tolerance
            out of range.
    """
    check_edge_map(edge_map)
    if not boundaries:
        raise InputError("boundary evaluation needs the boundaries of at least one annotator, got none")
    for boundary in boundaries:
        if boundary.shape != edge_map.shape or boundary.dtype != np.bool_:
            raise InputError(
                f"boundaries must be bool {edge_map.shape} like the edge map, "
                f"got {boundary.dtype} {boundary.shape}"
            )
    if not _rise(thresholds):
        raise InputError(f"thresholds must rise within (0, 1], got {thresholds}")
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance={tolerance} is not valid; it is a fraction of the diagonal in (0, 1)")
    ridges = suppress_non_maxima(edge_map)
    candidates = ridges >= thresholds[0]
    distance = tolerance * float(np.hypot(*edge_map.shape))
    matchers = [BoundaryMatcher(candidates, boundary, distance) for boundary in boundaries]
    found, right, predicted = (np.zeros(len(thresholds), np.int64) for _ in range(3))
    for k, threshold in enumerate(thresholds):
        lines = skeletonize(ridges >= threshold)[candidates]
        any_annotator = np.zeros(len(lines), bool)
        for matcher in matchers:
            of_predicted, of_truth = matcher.match(lines)
            any_annotator |= of_predicted
            found[k] += np.count_nonzero(of_truth)
        right[k] = np.count_nonzero(any_annotator)
        predicted[k] = np.count_nonzero(lines)
    drawn = np.full(len(thresholds), sum(int(np.count_nonzero(b)) for b in boundaries), np.int64)
    return BoundaryCounts(found, drawn, right, predicted)


def score_boundaries(counts: Sequence[BoundaryCounts], thresholds: np.ndarray) -> EdgeScores:
    """ODS, OIS and AP of the images with these counts.

    As in the benchmark, counts are summed before precision and recall are taken, and ODS interpolates the
    curve linearly between thresholds. AP covers recall from 0 to the largest reached (beyond that
    precision is 0); below the smallest reached the precision there continues, as dropping lines at random
    would give it. The benchmark's own script leaves that last part out, which can lower AP by up to the
    smallest recall.

    Args:
        counts: one an image, at the same T thresholds.
        thresholds: float64 (T,), rising, in (0, 1].

    Returns:
        the scores and the precision–recall curve of all images together.

    Raises:
        InputError: no images.
    """
    if not counts:
        raise InputError("no images to score; pass the counts of at least one image")
    total = BoundaryCounts.total(counts)
    ods, ods_threshold = _best_interpolated(total, thresholds)
    chosen = BoundaryCounts.total([c.at(int(np.argmax(c.f))) for c in counts])
    return EdgeScores(
        ods=ods,
        ods_threshold=ods_threshold,
        ois=float(chosen.f[0]),
        ap=_area(total),
        thresholds=thresholds,
        precision=total.precision,
        recall=total.recall,
    )


def _best_interpolated(counts: BoundaryCounts, thresholds: np.ndarray) -> tuple[float, float]:
    last = len(thresholds) - 1
    position = np.linspace(0, last, 100 * last + 1)
    index = np.arange(last + 1)
    # precision where nothing is predicted is a convention, not a measurement: it must not be interpolated to
    measured = counts.predicted > 0
    if not measured.any():
        return float(counts.f.max()), float(thresholds[int(counts.f.argmax())])
    position = position[position <= index[measured].max()]
    f = _harmonic(np.interp(position, index, counts.precision), np.interp(position, index, counts.recall))
    k = int(f.argmax())
    return float(f[k]), float(np.interp(position[k], index, thresholds))


def _area(counts: BoundaryCounts) -> float:
    measured = counts.predicted > 0
    if not measured.any():
        return 0.0
    order = np.argsort(counts.recall[measured], kind="stable")
    recall, precision = counts.recall[measured][order], counts.precision[measured][order]
    return float(np.trapezoid(np.append(precision[0], precision), np.append(0.0, recall)))


def _rise(thresholds: np.ndarray) -> bool:
    inside = thresholds.size > 0 and thresholds[0] > 0 and thresholds[-1] <= 1
    return thresholds.ndim == 1 and bool(inside) and bool((np.diff(thresholds) > 0).all())


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.where(whole > 0, part / np.maximum(whole, 1), 1.0)


def _harmonic(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return 2 * a * b / np.maximum(a + b, np.finfo(float).tiny)
