"""The partition of a dataset's images: one criterion, one threshold."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence

import numpy as np

from fsannot.arguments import KeepsArguments
from fsannot.data.errors import InputError
from fsannot.hierarchy.criteria import check_takes_features, find_criterion
from fsannot.hierarchy.cut import Hierarchy, check_threshold
from fsannot.hierarchy.feature_maps import FeatureMaps
from fsannot.hierarchy.watershed import build_hierarchy, check_min_strength


class Partitioner(metaclass=KeepsArguments):
    """Builds hierarchies by one criterion and cuts them at one threshold.

    Args:
        criterion: a key of ``fsannot.hierarchy.criteria.CRITERIA``.
        threshold: finite, ≥ 0, on the criterion's own scale (``dynamics``: edge strength in [0, 1]).
        min_strength: contour strength in [0, 1] below which nodes are removed from the hierarchy; 0 = off.
        features: maps of the image that the criterion looks at, such as a ``PooledExtractor``; None for none.

    Raises:
        InputError: an unknown criterion, a number outside its range, or features for a criterion that takes none.

    Example:
        >>> row = [0, 0.2, 0.2, 0, 0.9, 0.9, 0, 0.2, 0.2, 0]
        >>> edge_map = np.tile(np.array(row, np.float32), (3, 1))
        >>> partitioner = Partitioner("dynamics", threshold=0.3)
        >>> partitioner.cut(partitioner.build(edge_map))[0]
        array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1], dtype=int32)
    """

    def __init__(
        self,
        criterion: str,
        threshold: float,
        min_strength: float = 0.0,
        features: FeatureMaps | None = None,
    ) -> None:
        find_criterion(criterion)
        if features is not None:
            check_takes_features(criterion)
        check_min_strength(min_strength)
        self.criterion = criterion
        self.threshold = check_threshold(threshold)
        self.min_strength = float(min_strength)
        self.features = features

    def maps(self, image: np.ndarray | None) -> Sequence[np.ndarray]:
        """What ``build`` needs of an image besides its edge map.

        Args:
            image: uint8 (H, W, 3), RGB; read only where there are ``features``.

        Returns:
            float32 (h, w, C) each; none without ``features``.

        Raises:
            InputError: no image where there are ``features``.
        """
        if self.features is None:
            return ()
        if image is None:
            raise InputError(
                f"hierarchy={self.criterion} with features needs the image too: partition(edge_map, image)"
            )
        return self.features.maps(image)

    def build(self, edge_map: np.ndarray, maps: Sequence[np.ndarray] = ()) -> Hierarchy:
        """Hierarchy of an edge map; see ``build_hierarchy``.

        Args:
            edge_map: float32 (H, W) in [0, 1], 1 = surely a boundary.
            maps: of the same image, from ``maps``.

        Returns:
            the hierarchy, before any cut.

        Raises:
            InputError: an edge map with NaN or values outside [0, 1], or no maps where there are ``features``.
        """
        if self.features is not None and not maps:
            raise InputError(
                f"hierarchy={self.criterion} with features needs its maps of the image: build(edge_map, maps(image))"
            )
        return build_hierarchy(edge_map, self.criterion, self.min_strength, maps)

    def without_features(self) -> Partitioner:
        """A partitioner that builds from maps others have made, and is small enough to be sent to another process."""
        if self.features is None:
            return self
        other = copy.copy(self)
        other.features = None
        return other

    def cut(self, hierarchy: Hierarchy) -> np.ndarray:
        """The partition at this object's threshold.

        Args:
            hierarchy: from ``build``.

        Returns:
            int32 (H, W), labels 0..n−1.
        """
        return hierarchy.cut(self.threshold)

    def partition(self, edge_map: np.ndarray, image: np.ndarray | None = None) -> np.ndarray:
        """The partition of an edge map, without keeping the hierarchy.

        Args:
            edge_map: float32 (H, W) in [0, 1].
            image: uint8 (H, W, 3), RGB, of the edge map; needed only where there are ``features``.

        Returns:
            int32 (H, W), labels 0..n−1.

        Raises:
            InputError: not such an edge map, or no image where it is needed.

        Example:
            >>> edge_map = np.tile(np.array([0, 0.2, 0.2, 0, 0.9, 0.9, 0, 0.2, 0.2, 0], np.float32), (3, 1))
            >>> int(Partitioner("dynamics", threshold=0.3).partition(edge_map).max()) + 1
            2
        """
        return self.cut(self.build(edge_map, self.maps(image)))

    def hierarchy_fingerprint(self) -> str:
        """Digest of what a hierarchy depends on; a sweep over thresholds shares hierarchies."""
        features = None if self.features is None else self.features.fingerprint()
        return _digest({"criterion": self.criterion, "min_strength": self.min_strength, "features": features})

    def fingerprint(self) -> str:
        """Digest of what a partition depends on."""
        return _digest({"hierarchy": self.hierarchy_fingerprint(), "threshold": self.threshold})


def check_counts(counts: Sequence[int], partitioner: Partitioner, *, needed: int) -> None:
    """Check that a batch of images has enough segments to annotate.

    One image that is a single segment is valid (an empty wall); a whole batch of them is not.

    Args:
        counts: number of segments of each image.
        partitioner: where the threshold came from.
        needed: fewest segments the batch must have together.

    Raises:
        InputError: fewer segments than ``needed``, or no image with more than one.
    """
    total = int(np.sum(counts, dtype=np.int64))
    if total <= len(counts) or total < needed:
        raise InputError(
            f"hierarchy.threshold={partitioner.threshold:g} by {partitioner.criterion} leaves {total} "
            f"segments in {len(counts)} images, at least {max(needed, len(counts) + 1)} are needed; "
            "lower hierarchy.threshold"
        )


def _digest(settings: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
