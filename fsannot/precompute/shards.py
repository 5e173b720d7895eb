"""Features of a dataset's initial partitions in a few memory-mapped files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from fsannot.data.errors import StoreError
from fsannot.features.shards import FeatureShard, ShardWriter
from fsannot.precompute.store import artefact_key

log = logging.getLogger(__name__)

SHARD_IMAGES = 64
"""Images of a shard: shard s holds the dataset's images s·64 to s·64 + 63."""


class FeatureShards:
    """Packs the features that the stages stored image by image into shards, and finds them again.

    The artefact of an image is computed once and shared by runs. A shard is a copy in another order, found by the
    keys of its images. Packing is idempotent: an existing shard is left as it is, a damaged one is written again.

    Args:
        root: folder of the store.
        total: number of images of the whole dataset.
        key: ``image → str``, the store's key of an image's features.
    """

    def __init__(self, root: Path, total: int, key: Callable[[int], str]) -> None:
        self._root, self._total, self._key = root, total, key
        self._open: dict[int, FeatureShard] = {}
        self._path: dict[int, Path] = {}

    def __len__(self) -> int:
        """Number of shards of the whole dataset."""
        return -(-self._total // SHARD_IMAGES)

    def images(self, shard: int) -> range:
        """The images of the dataset that are in ``shard``."""
        return range(shard * SHARD_IMAGES, min((shard + 1) * SHARD_IMAGES, self._total))

    def path(self, shard: int) -> Path:
        """The file of a shard, whether it exists or not.

        Args:
            shard: number of the shard, from 0.

        Returns:
            path below the store's folder.
        """
        if shard not in self._path:  # a session asks again for every image of a shard that is not there
            keys = [self._key(i) for i in self.images(shard)]
            key = artefact_key("feature_shards", None, keys)
            self._path[shard] = self._root / "feature_shards" / key[:2] / f"{key}.npy"
        return self._path[shard]

    def pack(self, indices: Iterable[int], features: Callable[[int], np.ndarray], *, dim: int) -> None:
        """Write the missing shards, of those whose images are all among ``indices``.

        Args:
            indices: images whose features are stored.
            features: ``image → float16 (n, dim)``.
            dim: length of a feature vector.
        """
        given = set(indices)
        written = 0
        for shard in range(len(self)):
            images = self.images(shard)
            if shard in self._open or not given.issuperset(images) or self._find(shard):
                continue
            with ShardWriter(self.path(shard), dim) as writer:
                for i in images:
                    writer.append(features(i))
            written += 1
        if written:
            log.info("features: %d shards of up to %d images written", written, SHARD_IMAGES)

    def rows(self, image: int) -> np.ndarray | None:
        """Features of an image, memory-mapped.

        Args:
            image: index in the dataset.

        Returns:
            float16 (n, D), or None where the image's shard is not packed.
        """
        shard, position = divmod(image, SHARD_IMAGES)
        if shard not in self._open and not self._find(shard):
            return None
        return self._open[shard].image(position)

    def _find(self, shard: int) -> bool:
        path = self.path(shard)
        if not path.exists():
            return False
        try:
            self._open[shard] = FeatureShard(path)
        except StoreError as error:
            log.warning("%s", error)
            path.unlink(missing_ok=True)
            return False
        return True
