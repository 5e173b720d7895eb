"""Edges and partitions from the ground truth, exact or degraded: for studies, never for a measured annotator.

Two tools, because one cannot do it all. An edge map lives on pixels, and a hierarchy weighs the link of two
pixels with their mean: where an object is one or two pixels thin, every link in it is as strong as its
outline, and a cut by area or volume merges small objects however strong their outline is. So
``PerfectEdges`` draws the map, and ``constrain`` cuts a partition along the ground truth, which is exact:
that is the paper's Table 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.csgraph import connected_components
from skimage.measure import label as connected_label

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.edges.model import EdgeModel, check_edge_map


class PerfectEdges(EdgeModel):
    """Boundaries of the ground truth at 1, over the edges of another model at no more than ``interior``.

    A pixel is boundary if one of its four neighbors has another target; both sides are, so that the link
    between them weighs 1. All links away from boundaries weigh at most ``interior``. At corners, and where a
    region is thin, all links weigh 1 and pixels may fall to either side: see ``constrain``. Without a base
    all passes between regions are equal, and a hierarchy has no order to merge them in: its basins are the
    regions, its cuts mean little.

    It needs the ground truth (``needs_target``): call ``predict_from_target``; ``predict`` raises.
    The degradations, which show how much edge errors cost, are applied in the order of the arguments.

    Args:
        base: edges inside the regions; None for none.
        interior: factor on the base's edges, in [0, 0.5].
        missing: fraction of the boundary pixels removed, in contiguous gaps.
        gap: length scale of these gaps, pixels.
        blur: sigma of a Gaussian over the boundaries, pixels; a long straight one still peaks at 1.
        noise: standard deviation of Gaussian noise a pixel, clipped to [0, 1].
        seed: of gaps and noise, together with the image's index.

    Raises:
        InputError: a value outside its range.
    """

    name = "perfect"
    needs_target = True

    def __init__(
        self,
        base: EdgeModel | None = None,
        *,
        interior: float = 0.5,
        missing: float = 0.0,
        gap: float = 8.0,
        blur: float = 0.0,
        noise: float = 0.0,
        seed: int = 0,
    ) -> None:
        for key, value, low, high in (
            ("interior", interior, 0.0, 0.5),
            ("missing", missing, 0.0, 1.0),
            ("gap", gap, 1.0, np.inf),
            ("blur", blur, 0.0, np.inf),
            ("noise", noise, 0.0, np.inf),
            ("seed", seed, 0, np.inf),
        ):
            if not low <= value <= high:
                raise InputError(f"perfect: {key}={value} is not valid; it must be in [{low}, {high}]")
        self.base = base
        self.interior, self.missing, self.gap = float(interior), float(missing), float(gap)
        self.blur, self.noise, self.seed = float(blur), float(noise), int(seed)

    @property
    def degraded(self) -> bool:
        """Whether the edges are made worse than the ground truth on purpose."""
        return self.missing > 0 or self.blur > 0 or self.noise > 0

    def fingerprint(self) -> str:
        settings = (self.interior, self.missing, self.gap, self.blur, self.noise, self.seed)
        base = self.base.fingerprint() if self.base else "none"
        return hashlib.sha256(f"perfect v1 {settings!r} {base}".encode()).hexdigest()

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        raise InputError(
            "perfect: these edges come from the ground truth, not from the image; "
            "call predict_from_target, or choose another edges="
        )

    def predict_from_target(
        self, images: Sequence[np.ndarray], targets: Sequence[np.ndarray], indices: Sequence[int]
    ) -> list[np.ndarray]:
        """Edge maps of images whose ground truth is known.

        Args:
            images: uint8 (H, W, 3) RGB.
            targets: int32 (H, W), class of each pixel or ``IGNORE``, one an image.
            indices: positions of the images in their dataset; an image is degraded the same way in every run.

        Returns:
            float32 (H, W) in [0, 1] an image.
        """
        inside = self.base.predict(images) if self.base else [None] * len(images)
        return [
            self.from_target(target, index, base_map=base_map)
            for target, index, base_map in zip(targets, indices, inside, strict=True)
        ]

    def from_target(
        self, target: np.ndarray, index: int = 0, *, base_map: np.ndarray | None = None
    ) -> np.ndarray:
        """Edge map of one target.

        Args:
            target: int32 (H, W), class of each pixel or ``IGNORE``.
            index: position of the image in its dataset, for the seed of its degradation.
            base_map: float32 (H, W) in [0, 1], edges inside the regions; None for none.

        Returns:
            float32 (H, W) in [0, 1].

        Example:
            >>> target = np.array([[0, 0, 0, 1, 1, 1]] * 2, np.int32)
            >>> PerfectEdges().from_target(target)[0]
            array([0., 0., 1., 1., 0., 0.], dtype=float32)
        """
        rng = np.random.default_rng([self.seed, index])
        edges = target_boundaries(target).astype(np.float32)
        if self.missing:
            edges *= ~self._gaps(edges > 0, rng)
        if self.blur:
            # the two-pixel line of a straight boundary, blurred, peaks at this
            line = np.zeros(2 * int(4 * self.blur + 2))
            line[len(line) // 2 - 1 : len(line) // 2 + 1] = 1
            peak = ndimage.gaussian_filter1d(line, self.blur).max()
            edges = np.minimum(ndimage.gaussian_filter(edges, self.blur, mode="nearest") / peak, 1.0)
        if base_map is not None:
            check_edge_map(base_map, shape=target.shape, source="perfect: base map")
            edges = np.maximum(edges, self.interior * base_map)
        if self.noise:
            edges = np.clip(edges + rng.normal(0.0, self.noise, edges.shape), 0.0, 1.0)
        return edges.astype(np.float32)

    def _gaps(self, boundary: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Where the boundary is missing: a smooth random field below its quantile on the boundary."""
        field = ndimage.gaussian_filter(rng.standard_normal(boundary.shape), self.gap, mode="wrap")
        values = field[boundary]
        if not values.size:
            return boundary
        return boundary & (field <= np.quantile(values, self.missing))


def target_boundaries(target: np.ndarray) -> np.ndarray:
    """Pixels with a 4-neighbor of another class.

    Args:
        target: int32 (H, W), class of each pixel; ``IGNORE`` takes the nearest class.

    Returns:
        bool (H, W).

    Example:
        >>> target_boundaries(np.array([[0, 0, 1, 1]], np.int32))
        array([[False,  True,  True, False]])
    """
    filled = _without_ignored(target)
    boundary = np.zeros(target.shape, bool)
    for one, other in _neighbors(filled):
        differs = filled[one] != filled[other]
        boundary[one] |= differs
        boundary[other] |= differs
    return boundary


def constrain(label_map: np.ndarray, target: np.ndarray, min_area: int = 16) -> np.ndarray:
    """The partition cut along the ground truth: every segment of the result lies in one class.

    Segments are intersected with the classes and split into 4-connected parts. Parts below ``min_area``
    that the cut left over (an object's outline is never exactly a segment's) join the part of the same
    class they share the longest border with; one with no such neighbor stays. Pixels marked ``IGNORE``
    take the class of the nearest pixel that has one, so they make no segments of their own.

    Args:
        label_map: int (H, W), segments ≥ 0.
        target: int32 (H, W), class of each pixel or ``IGNORE``.
        min_area: pixels; 1 keeps all parts.

    Returns:
        int32 (H, W), labels 0, 1, … without gaps. A partition into 4-connected segments that is pure already
        comes back unchanged but for the numbering.

    Raises:
        InputError: ``label_map`` and ``target`` differ in size, or a pixel belongs to no segment (label below 0).

    Example:
        >>> target = np.array([[0, 0, 1, 1]], np.int32)
        >>> constrain(np.zeros((1, 4), np.int32), target, min_area=1)
        array([[0, 0, 1, 1]], dtype=int32)
    """
    if label_map.shape != target.shape or label_map.ndim != 2:
        raise InputError(
            f"label map {label_map.shape} and target {target.shape} must both be (H, W) and agree"
        )
    if label_map.min() < 0:
        raise InputError(
            f"label map holds {label_map.min()}; every pixel must belong to a segment (label ≥ 0)"
        )
    classes = _without_ignored(target)
    pairs = label_map.astype(np.int64) * (int(classes.max()) + 1) + classes
    parts = connected_label(pairs, background=-1, connectivity=1).astype(np.int32) - 1
    while True:
        joined = _join_slivers(parts, label_map, classes, min_area)
        if joined is None:
            return parts
        parts = joined


def _join_slivers(
    parts: np.ndarray, label_map: np.ndarray, classes: np.ndarray, min_area: int
) -> np.ndarray | None:
    """``parts`` with each sliver joined to its neighbor, or None where there is nothing left to join."""
    count = int(parts.max()) + 1
    area = np.bincount(parts.ravel(), minlength=count)
    first = np.zeros(count, np.int64)  # any pixel of the part: all have one class
    first[parts.ravel()] = np.arange(parts.size)
    segment_area = np.bincount(label_map.ravel())[label_map.ravel()[first]]
    sliver = (area < min_area) & (area != segment_area)  # a whole segment, however small, is no left-over
    pairs = []
    for one, other in _neighbors(parts):
        border = (parts[one] != parts[other]) & (classes[one] == classes[other])
        pairs.append(np.stack([parts[one][border], parts[other][border]], 1))
    ends = np.concatenate(pairs)
    ends = np.concatenate([ends, ends[:, ::-1]])
    ends = ends[sliver[ends[:, 0]]]
    if not len(ends):
        return None
    (source, destination), length = _count_pairs(ends, count)
    # per sliver the longest border; ties go to the lower label, as pairs are in rising order
    order = np.lexsort((destination, -length, source))
    chosen = order[np.unique(source[order], return_index=True)[1]]
    links = sparse.coo_array(
        (np.ones(len(chosen), bool), (source[chosen], destination[chosen])), shape=(count, count)
    )
    return connected_components(links, directed=False)[1].astype(np.int32)[parts]


def _count_pairs(ends: np.ndarray, count: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    key, length = np.unique(ends[:, 0].astype(np.int64) * count + ends[:, 1], return_counts=True)
    return (key // count, key % count), length


def _neighbors(array: np.ndarray) -> tuple[tuple[tuple[slice, ...], tuple[slice, ...]], ...]:
    """Index pairs of all vertical and all horizontal 4-neighbors."""
    every, head, tail = slice(None), slice(None, -1), slice(1, None)
    return ((head, every), (tail, every)), ((every, head), (every, tail))


def _without_ignored(target: np.ndarray) -> np.ndarray:
    ignored = target == IGNORE
    if not ignored.any():
        return target
    if ignored.all():
        return np.zeros_like(target)
    nearest = ndimage.distance_transform_edt(ignored, return_distances=False, return_indices=True)
    return target[tuple(nearest)]
