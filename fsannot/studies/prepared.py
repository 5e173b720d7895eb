"""Images prepared for annotation sessions: edges, hierarchies, segments and features, computed and kept on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fsannot.annotation.engine import Engine
from fsannot.configuration.compose import composed
from fsannot.data.dataset import Dataset
from fsannot.edges.model import EdgeModel
from fsannot.features.backbone import Backbone
from fsannot.features.pooled import PooledExtractor
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.metric_learning.learner import MetricLearner
from fsannot.precompute.images import StagedImages, StoreMemory
from fsannot.precompute.runner import prepare as prepare_stages
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.projection.projector import Projector
from fsannot.studies import parts


@dataclass(frozen=True, eq=False)
class Prepared:
    """Prepared images, and the parts that compute during a session over them. Any number of sessions may use it.

    Attributes:
        stages: the images with what was computed of them.
        projection, local_projection: lay out all segments, and those of a focused subset.
        metric: learns from labels.
        semi_supervised: labels pull the projection together.
        seconds: machine seconds of each stage, of all images, as measured when they were computed.
    """

    stages: Stages
    projection: Projector
    local_projection: Projector
    metric: MetricLearner
    semi_supervised: bool
    seconds: Mapping[str, float]

    @property
    def dataset(self) -> Dataset:
        """The images."""
        return self.stages.dataset

    @property
    def parts(self) -> dict[str, Any]:
        """The computing parts by the names of their groups in ``conf/``."""
        return {
            "edges": self.stages.edge_model,
            "hierarchy": self.stages.partitioner,
            "features": self.stages.require_extractor(),
            "projection": self.projection,
            "local_projection": self.local_projection,
            "metric": self.metric,
        }

    @property
    def settings(self) -> dict[str, Any]:
        """The settings it was prepared with, as ``conf/annotate.yaml`` names them."""
        return {
            "cache": self.stages.store.root,
            "workers": self.stages.workers,
            "batch_size": self.stages.batch_size,
            "constrained": self.stages.constrained,
            "semi_supervised": self.semi_supervised,
        }

    @property
    def preparation_seconds(self) -> float:
        """Machine seconds spent before a session; it counts the features it asks for itself."""
        return self.seconds["edges"] + self.seconds["hierarchy"]

    @property
    def reference(self) -> SegmentExtractor:
        """Describes what people take for similar, whatever features the run uses: pooled Lite0, centred."""
        lite0 = Backbone(name="tf_efficientnet_lite0", weights="packaged", pool="avg")
        device = str(self.stages.require_extractor().device)
        return PooledExtractor(backbone=lite0, reductions=[8, 16, 32], device=device)

    def __len__(self) -> int:
        """Number of images."""
        return len(self.dataset)

    def engine(self, seed: int = 0) -> Engine:
        """A new computing side of a session, whose machine seconds begin at 0.

        Args:
            seed: of layouts and learning.
        """
        store = self.stages.store
        return Engine(
            StagedImages(self.stages),
            projector=self.projection,
            local_projector=self.local_projection,
            learner=self.metric,
            semi_supervised=self.semi_supervised,
            memory=StoreMemory(store),
            device=str(self.stages.require_extractor().device),
            seed=seed,
        )

    def edge_map(self, index: int) -> np.ndarray:
        """Boundary strength of an image, float32 (H, W) in [0, 1]."""
        return self.stages.edge_map(self._checked(index))

    def segments(self, index: int) -> np.ndarray:
        """The partition of an image, int32 (H, W), labels 0..n−1; read-only."""
        return self.stages.partition(self._checked(index))

    def features(self, index: int) -> np.ndarray:
        """Features of the segments of an image, float16 (n, D), unit norm, row = label; on disk until it is read."""
        return self.stages.initial_features(self._checked(index))

    def _checked(self, index: int) -> int:
        """The index from the start; raises ``IndexError`` outside of the dataset."""
        return range(len(self))[index]


def prepare(
    dataset: Dataset,
    *,
    edges: EdgeModel | None = None,
    hierarchy: Partitioner | None = None,
    features: SegmentExtractor | None = None,
    projection: Projector | None = None,
    local_projection: Projector | None = None,
    metric: MetricLearner | None = None,
    cache: Path | str | None = None,
    workers: int = 1,
    batch_size: int = 4,
    constrained: bool = False,
    semi_supervised: bool = True,
) -> Prepared:
    """Compute edges, hierarchies, segments and features of all images.

    What is in ``cache`` already is read instead: run again after it was stopped at any moment, it goes on there.

    Args:
        dataset: the images.
        edges, hierarchy, features, projection, local_projection, metric: the parts; None builds the default of
            ``conf/annotate.yaml``.
        cache: store of stage artefacts; runs and processes may share it. None takes the folder of the
            environment variable ``FSANNOT_CACHE``, or ``.fsannot/cache``.
        workers: processes that build hierarchies; 0 builds them in this one. They do not run the caller's
            script again: it needs no ``if __name__ == "__main__"``.
        batch_size: images the edge model sees at once.
        constrained: cut segments along the ground truth (perfect segments, the paper's Table 1).
        semi_supervised: labels pull the projection together.

    Returns:
        the prepared images.

    Raises:
        InputError: a number out of its range, or a partition with too few segments to annotate.
        FsannotError: whatever a part has to say of an image.
    """
    stages = Stages(
        dataset=dataset,
        edge_model=edges or parts.edges(),
        partitioner=hierarchy or parts.hierarchy(),
        extractor=features or parts.features(),
        store=Store(Path(composed("annotate").cache if cache is None else cache)),
        workers=workers,
        batch_size=batch_size,
        constrained=constrained,
    )
    prepare_stages(stages, range(len(dataset)))
    return Prepared(
        stages,
        projection=projection or parts.projection(),
        local_projection=local_projection or parts.local_projection(),
        metric=metric or parts.metric(),
        semi_supervised=semi_supervised,
        seconds=MappingProxyType(stages.seconds),
    )
