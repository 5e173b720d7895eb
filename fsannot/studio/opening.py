"""A studio made of the parts of a session: images are prepared behind it, and its session resumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import Sight
from fsannot.data.dataset import Dataset
from fsannot.edges.model import EdgeModel
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.metric_learning.learner import MetricLearner
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.projector import Projector
from fsannot.studies.prepared import Prepared
from fsannot.studio.desk import Desk
from fsannot.studio.office import Office
from fsannot.studio.preparation import Preparation
from fsannot.studio.saving import Saving


def open_studio(
    *,
    dataset: Dataset,
    edges: EdgeModel,
    hierarchy: Partitioner,
    features: Callable[[], SegmentExtractor],
    projection: Projector,
    local_projection: Projector,
    metric: MetricLearner,
    clock: Clock,
    folder: Path,
    cache: Path,
    workers: int = 1,
    batch_size: int = 4,
    semi_supervised: bool = True,
    first_images: int = 15,
    batch_images: int = 15,
    seed: int = 0,
    views: bool = True,
) -> Office:
    """Begin to prepare the images, and open the session of ``folder`` as soon as the first batch is ready.

    Args:
        dataset: the images; ground truth is never read.
        edges: the edge model.
        hierarchy: criterion and threshold of the partitions.
        features: makes an extractor: one prepares images while another one serves the session.
        projection, local_projection: places segments on the canvas; the local one after a focus.
        metric: what the session learns from labels.
        clock: what actions cost a modelled person; recorded beside them.
        folder: run directory; a session in it is resumed.
        cache: store of stage artefacts; runs and processes may share it.
        workers: processes that build hierarchies; 0 builds them in this one.
        batch_size: images the edge model sees at once.
        semi_supervised: whether labels given so far pull the projection together.
        first_images, batch_images: images open at the start, and added by each request.
        seed: of layouts, learning and the order of thumbnails.
        views: whether the session knows which part of the canvas is seen; without, everything is (version 1 of the
            human model).

    Returns:
        where the session is used; it is being opened.
    """

    def stages() -> Stages:
        return Stages(
            dataset=dataset, edge_model=edges, partitioner=hierarchy, extractor=features(),
            store=Store(cache), workers=workers, batch_size=batch_size,
        )  # fmt: skip

    def open_desk() -> Desk:
        prepared = Prepared(
            stages(), projection, local_projection, metric, semi_supervised, seconds=_no_seconds()
        )
        session = AnnotationSession(
            prepared.engine(seed),
            classes=dataset.classes,
            clock=clock,
            first_images=first_images,
            batch_images=batch_images,
            sight=Sight(seed=seed) if views else None,
        )
        saving = Saving(dataset, folder)
        return Desk(session, folder=folder, image_names=dataset.ids, seed=seed, saving=saving)

    return Office(
        open_desk,
        lambda ready: Preparation(
            stages(), first_images=first_images, batch_images=batch_images, ready=ready
        ),
        meanwhile=lambda: warm_up(projection),
    )


def warm_up(projector: Projector) -> None:
    """Let a projector import and compile what it needs, so that the first layout does not wait for that.

    Args:
        projector: of the session.
    """
    points = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    projector.project(points, neighbors=Neighborhoods(points).table)


def _no_seconds() -> Mapping[str, Any]:
    """Seconds of stages, which the session asks for when it needs them."""
    return MappingProxyType({})
