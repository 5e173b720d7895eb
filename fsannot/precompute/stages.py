"""The stages image → edge map → hierarchy → partition → features, each kept in a store."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Literal

import numpy as np

from fsannot.data.dataset import Dataset, require_truth
from fsannot.data.errors import InputError
from fsannot.edges.model import EdgeModel
from fsannot.edges.perfect import PerfectEdges, constrain
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.cut import Hierarchy
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.precompute.artefacts import edge_arrays, edge_values, feature_arrays
from fsannot.precompute.shards import FeatureShards
from fsannot.precompute.store import Artefact, Store, artefact_key, code_version, digest
from fsannot.segments.table import SegmentTable

StageName = Literal["edges", "hierarchy", "features"]
STAGES: tuple[StageName, ...] = ("edges", "hierarchy", "features")


class Stages:
    """Computes what a session needs of a dataset's images, one image at a time or many (see ``prepare``).

    Every result is looked up in the store first and written there as soon as it exists: a killed run continues where
    it stopped, and a sweep computes only what its settings change.

    Args:
        dataset: the images; targets are read only by edge models and partitions that need them.
        edge_model: image → edge map.
        partitioner: edge map → hierarchy → partition.
        store: where results are kept.
        extractor: segments → features; None where no features are wanted.
        workers: processes that build hierarchies in ``prepare``; 0 builds them in this process, with equal results.
        batch_size: images the edge model sees at once, at least 1; bounds the memory of ``prepare``.
        constrained: cut partitions along the ground truth (perfect segments, the paper's Table 1).

    Raises:
        InputError: a negative number of workers, or a batch below 1.

    Examples:
        >>> import tempfile
        >>> from fsannot.data.synthetic import Synthetic
        >>> from fsannot.edges.gradient import Gradient
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     stages = Stages(
        ...         dataset=Synthetic(images=1, size=(64, 96)),
        ...         edge_model=Gradient(),
        ...         partitioner=Partitioner("volume", 10.0),
        ...         store=Store(folder),
        ...     )
        ...     partition = stages.partition(0)
        >>> partition.shape, partition.dtype
        ((64, 96), dtype('int32'))
    """

    def __init__(
        self,
        *,
        dataset: Dataset,
        edge_model: EdgeModel,
        partitioner: Partitioner,
        store: Store,
        extractor: SegmentExtractor | None = None,
        workers: int = 1,
        batch_size: int = 4,
        constrained: bool = False,
    ) -> None:
        if workers < 0 or batch_size < 1:
            raise InputError(f"workers={workers} must be at least 0 and batch_size={batch_size} at least 1")
        if constrained or isinstance(edge_model, PerfectEdges):
            require_truth(dataset, "perfect segments and perfect edges")
        self.dataset = dataset
        self.edge_model = edge_model
        self.partitioner = partitioner
        self.extractor = extractor
        self.store = store
        self.workers = workers
        self.batch_size = batch_size
        self.constrained = constrained
        self.shards = FeatureShards(store.root, len(dataset), lambda i: self.key("features", i))
        self._seconds: defaultdict[str, dict[int, float]] = defaultdict(dict)
        # a batch in work and the hierarchies ahead of it; each is some megabytes
        recent = 2 * batch_size + 2 * workers
        self.image = lru_cache(maxsize=recent)(dataset.image)
        self._own_hierarchy = lru_cache(maxsize=recent)(self._read_hierarchy)
        self._partition = lru_cache(maxsize=recent)(lambda i: self.cut(i, self._own_hierarchy(i)))

    @property
    def seconds(self) -> dict[str, float]:
        """Computing seconds by stage of all images prepared or opened so far, as measured when they were computed."""
        return {stage: math.fsum(self._seconds[stage].values()) for stage in STAGES}  # whatever the order

    def edge_map(self, index: int) -> np.ndarray:
        """Edge map of an image.

        Args:
            index: of the image.

        Returns:
            float32 (H, W) in [0, 1], rounded to 1/65535.
        """
        return edge_values(self.edges_artefact(index)["edges"])

    def hierarchy(self, index: int, criterion: str | None = None) -> Hierarchy:
        """Hierarchy of an image.

        Args:
            index: of the image.
            criterion: another one than the partitioner's, which is then built without features, or None.

        Returns:
            the hierarchy.
        """
        if criterion is None or criterion == self.partitioner.criterion:
            return self._own_hierarchy(index)
        other = Partitioner(criterion, 0.0, self.partitioner.min_strength)
        inputs = self.key("edges", index)
        return Hierarchy.from_arrays(
            self.store.get_or_compute(
                "hierarchy",
                self._hierarchy_settings(other),
                inputs,
                lambda: other.build(self.edge_map(index)).to_arrays(),
            )
        )

    def partition(self, index: int) -> np.ndarray:
        """Initial partition of an image.

        Args:
            index: of the image.

        Returns:
            int32 (H, W), labels 0..n−1; read-only, because it is shared.
        """
        return self._partition(index)

    def n_segments(self, index: int) -> int:
        """Number of segments in the initial partition of the image ``index``."""
        if self.extractor is not None:
            count = self.store.peek("features", self.key("features", index), "count")
            if count is not None:
                return int(count)
        return int(self.partition(index).max()) + 1

    def features(self, index: int, label_map: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Features of some segments.

        Args:
            index: of the image.
            label_map: int32 (H, W).
            labels: int (n,), segments of ``label_map``.

        Returns:
            float16 (n, D), unit norm, in the order of ``labels``.

        Raises:
            InputError: a label is not in the label map, or there is no extractor.
        """
        return self.timed_features(index, label_map, labels)[0]

    def timed_features(
        self, index: int, label_map: np.ndarray, labels: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Features of some segments, with the seconds their computation took, now or when it was done.

        All segments of a prepared image are a read-only view of a memory-mapped file. Segments that are not the
        initial partition's form one artefact together, found by image and pixels, so that sessions that make the same
        segments share it.

        Args:
            index: of the image.
            label_map: int32 (H, W).
            labels: int (n,), segments of ``label_map``.

        Returns:
            float16 (n, D), unit norm, in the order of ``labels``; and seconds.

        Raises:
            InputError: a label is not in the label map, or there is no extractor.
        """
        labels = np.asarray(labels)
        if np.array_equal(label_map, self.partition(index)):
            rows = self.initial_features(index)
            seconds = self._seconds["features"][index] * len(labels) / len(rows)
            whole = np.array_equal(labels, np.arange(len(rows)))
            return rows if whole else rows[labels], seconds
        made = self.store.get_or_compute(
            "segment_features",
            self._feature_settings,
            self._segments_key(index, label_map, labels),
            lambda: feature_arrays(
                self.require_extractor().extract([self.image(index)], [label_map], [labels])[0]
            ),
        )
        return made["features"], made.seconds

    def initial_features(self, index: int) -> np.ndarray:
        """Features of all segments of the initial partition.

        Args:
            index: of the image.

        Returns:
            float16 (n, D), row = label; memory-mapped where the image is prepared.
        """
        rows = self.shards.rows(index)
        if rows is None:
            return self.features_artefact(index)["features"]
        if index not in self._seconds["features"]:
            seconds = self.store.peek("features", self.key("features", index))
            if seconds is None:  # the shard outlived what it was made of
                return self.features_artefact(index)["features"]
            self.note_seconds("features", index, float(seconds))
        return rows

    # -- keys

    def key(self, stage: StageName, index: int) -> str:
        """The store's key of an artefact.

        Args:
            stage: ``"edges"``, ``"hierarchy"`` or ``"features"``.
            index: of the image.

        Returns:
            hex digest.
        """
        return artefact_key(stage, *self._basis(stage, index))

    def _basis(self, stage: StageName, index: int) -> tuple[object, object]:
        """Settings of the stage, and what it takes in."""
        if stage == "edges":
            return self._edge_settings, [self._dataset_fingerprint, self.dataset.ids[index]]
        if stage == "hierarchy":
            return self._hierarchy_settings(self.partitioner), self.key("edges", index)
        partition = [self.key("hierarchy", index), self.partitioner.threshold, self.constrained]
        return self._feature_settings, partition

    @cached_property
    def _dataset_fingerprint(self) -> str:
        return self.dataset.fingerprint()

    @cached_property
    def _edge_settings(self) -> list[str]:
        code = code_version(type(self.edge_model))
        return [self.edge_model.fingerprint(), code, version("torch")]

    def _hierarchy_settings(self, partitioner: Partitioner) -> list[str]:
        features = partitioner.features
        code = [] if features is None else [code_version(type(features)), version("torch"), version("timm")]
        return [partitioner.hierarchy_fingerprint(), *self._hierarchy_code, *code]

    @cached_property
    def _hierarchy_code(self) -> list[str]:
        return [code_version(type(self.partitioner), Partitioner), version("higra"), version("numba")]

    @cached_property
    def _feature_settings(self) -> list[str]:
        code = code_version(type(self.require_extractor()))
        return [self.require_extractor().fingerprint(), code, version("torch"), version("timm")]

    def _segments_key(self, index: int, label_map: np.ndarray, labels: np.ndarray) -> list[object]:
        """What some segments are: their image and their pixels, whatever their numbers."""
        table = SegmentTable.from_label_map(label_map)
        rows = np.searchsorted(table.label, labels)
        known = rows < len(table)
        known[known] = table.label[rows[known]] == labels[known]
        if not known.all():
            raise InputError(f"{self.dataset.ids[index]}: segments {labels[~known]} are not in the label map")
        pixels: list[object] = []
        for label, (y0, x0, y1, x1) in zip(labels, table.bbox[rows].tolist(), strict=True):
            pixels += [y0, x0, y1, x1, np.packbits(label_map[y0:y1, x0:x1] == label)]
        return [self._dataset_fingerprint, self.dataset.ids[index], digest(pixels)]

    # -- one image

    def require_extractor(self) -> SegmentExtractor:
        """The extractor.

        Raises:
            InputError: there is none.
        """
        if self.extractor is None:
            raise InputError("features are asked for, but these stages were made without an extractor")
        return self.extractor

    def _get_or_compute(
        self, stage: StageName, index: int, compute: Callable[[], Mapping[str, np.ndarray]]
    ) -> Artefact:
        artefact = self.store.get_or_compute(stage, *self._basis(stage, index), compute)
        self.note_seconds(stage, index, artefact.seconds)
        return artefact

    def note_seconds(self, stage: StageName, index: int, seconds: float) -> None:
        """Remember the computing seconds of an image in a stage.

        Args:
            stage: the stage.
            index: of the image.
            seconds: measured.
        """
        self._seconds[stage][index] = seconds

    def edges_artefact(self, index: int) -> Artefact:
        """The stored edge map of the image ``index``: ``edges``, uint16 (H, W)."""
        return self._get_or_compute("edges", index, lambda: edge_arrays(self.predict_edges([index])[0]))

    def predict_edges(self, indices: list[int]) -> list[np.ndarray]:
        """Edge maps directly from the model, without the store.

        Args:
            indices: of the images.

        Returns:
            float32 (H, W) in [0, 1] for each image.
        """
        images = [self.image(i) for i in indices]
        if isinstance(self.edge_model, PerfectEdges):
            targets = [self.dataset[i].truth for i in indices]
            return self.edge_model.predict_from_target(images, targets, indices)
        return self.edge_model.predict(images)

    def hierarchy_artefact(self, index: int) -> Artefact:
        """The stored hierarchy of the image ``index``: the arrays of ``Hierarchy.to_arrays``."""
        return self._get_or_compute(
            "hierarchy",
            index,
            lambda: self.partitioner.build(self.edge_map(index), self.partition_maps(index)).to_arrays(),
        )

    def partition_maps(self, index: int) -> Sequence[np.ndarray]:
        """Feature maps of the image ``index`` that the partitioner looks at, float32 (h, w, C) each; mostly none."""
        return self.partitioner.maps(None if self.partitioner.features is None else self.image(index))

    def _read_hierarchy(self, index: int) -> Hierarchy:
        return Hierarchy.from_arrays(self.hierarchy_artefact(index))

    def features_artefact(self, index: int) -> Artefact:
        """The stored features of the image ``index``: ``features``, float16 (n, D), and ``count``, n."""

        def compute() -> dict[str, np.ndarray]:
            label_map = self.partition(index)
            labels = np.arange(label_map.max() + 1, dtype=np.int32)
            (rows,) = self.require_extractor().extract([self.image(index)], [label_map], [labels])
            return feature_arrays(rows)

        return self._get_or_compute("features", index, compute)

    def cut(self, index: int, hierarchy: Hierarchy) -> np.ndarray:
        """Cut the initial partition out of a hierarchy.

        Args:
            index: of the image.
            hierarchy: of the image.

        Returns:
            int32 (H, W), labels 0..n−1, read-only.
        """
        label_map = self.partitioner.cut(hierarchy)
        if self.constrained:
            label_map = constrain(label_map, self.dataset[index].truth)
        label_map.flags.writeable = False
        return label_map
