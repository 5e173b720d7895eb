"""The parts of an annotation run, put together from what the configuration instantiated."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from fsannot.annotation.engine import Engine
from fsannot.data.dataset import Dataset
from fsannot.edges.model import EdgeModel
from fsannot.evaluation.results import Summary
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.metric_learning.learner import MetricLearner
from fsannot.precompute.images import StagedImages, StoreMemory
from fsannot.precompute.runner import prepare as prepare_stages
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.projection.projector import Projector
from fsannot.report.page import write_report
from fsannot.robots.robot import Robot
from fsannot.runs.loggers import RunLogger
from fsannot.runs.provenance import provenance
from fsannot.runs.run_folder import begin_run
from fsannot.simulation.saving import save_result
from fsannot.simulation.simulate import SimulationResult, simulate_session

log = logging.getLogger(__name__)


def run_annotation(
    *,
    dataset: Dataset,
    edges: EdgeModel,
    hierarchy: Partitioner,
    features: SegmentExtractor,
    projection: Projector,
    local_projection: Projector,
    metric: MetricLearner,
    robot: Robot,
    clock: Clock,
    perception: Perception,
    motor: Motor,
    folder: Path,
    cache: Path,
    workers: int = 1,
    batch_size: int = 4,
    constrained: bool = False,
    semi_supervised: bool = True,
    first_images: int = 15,
    batch_images: int = 15,
    seed: int = 0,
    loggers: Sequence[RunLogger] = (),
    config: Mapping[str, Any] | None = None,
) -> Summary:
    """Prepare all images, simulate the session, and write its results and report.

    Run again after it was stopped at any moment, it reads what is in ``cache`` and ends with the same files.

    Args:
        dataset: images and ground truth; only the oracle and the evaluation read the latter.
        edges: the edge model.
        hierarchy: criterion and threshold of the partitions.
        features: describes the segments.
        projection, local_projection: places segments on the canvas; the local one after a focus.
        metric: what the session learns from labels.
        robot: the annotator.
        clock, perception, motor: what its actions cost, how well it sees, how well it draws.
        folder: run directory; made when missing.
        cache: store of stage artefacts; runs and processes may share it.
        workers: processes that build hierarchies; 0 builds them in this one. They do not run the caller's script again:
            it needs no ``if __name__ == "__main__"``.
        batch_size: images the edge model sees at once.
        constrained: cut segments along the ground truth (perfect segments, the paper's Table 1).
        semi_supervised: whether labels given so far pull the projection together.
        first_images, batch_images: images open at the start, and added by each request.
        seed: of robot, perception, motor, projection and intervals.
        loggers: receive the curve while it grows.
        config: the composed configuration, as plain values, for ``config.yaml`` and the loggers; without, both get the
            classes and arguments of the parts.

    Returns:
        content of ``summary.json``.

    Raises:
        InputError: an action of the robot's is not possible, or the run directory cannot be made.
        ResultsError: a result file cannot be written.

    >>> from tempfile import mkdtemp
    >>> from fsannot.data.synthetic import Synthetic
    >>> from fsannot.edges.gradient import Gradient
    >>> from fsannot.features.backbone import Backbone
    >>> from fsannot.features.extract import FeatureExtractor
    >>> from fsannot.metric_learning.learner import NoMetric
    >>> from fsannot.projection.pca import PcaProjector
    >>> from fsannot.robots.greedy_box import GreedyBox
    >>> folder = Path(mkdtemp())
    >>> summary = run_annotation(
    ...     dataset=Synthetic(images=2, size=(48, 56)), edges=Gradient(), hierarchy=Partitioner("area", threshold=60.0),
    ...     features=FeatureExtractor(backbone=Backbone(name="test_resnet", weights="random"), size=32, device="cpu"),
    ...     projection=PcaProjector(), local_projection=PcaProjector(), metric=NoMetric(),
    ...     robot=GreedyBox(), clock=Clock(), perception=Perception(), motor=Motor(),
    ...     folder=folder / "run", cache=folder / "cache", workers=0,
    ... )
    >>> summary.images, (folder / "run" / "report.html").is_file()
    (2, True)
    """
    parts = {
        "dataset": dataset,
        "edges": edges,
        "hierarchy": hierarchy,
        "features": features,
        "projection": projection,
        "local_projection": local_projection,
        "metric": metric,
        "robot": robot,
        "clock": clock,
        "perception": perception,
        "motor": motor,
        "logger": loggers,
    }
    settings = {
        "seed": seed,
        "cache": cache,
        "workers": workers,
        "batch_size": batch_size,
        "constrained": constrained,
        "semi_supervised": semi_supervised,
        "first_images": first_images,
        "batch_images": batch_images,
    }
    config = begin_run(folder, config, parts | settings)
    store = Store(cache)
    engine, spent = prepare(
        dataset=dataset,
        edges=edges,
        hierarchy=hierarchy,
        features=features,
        projection=projection,
        local_projection=local_projection,
        metric=metric,
        store=store,
        workers=workers,
        batch_size=batch_size,
        constrained=constrained,
        semi_supervised=semi_supervised,
        seed=seed,
    )
    made: dict[str, Fingerprinted] = {
        "edges": edges,
        "hierarchy": hierarchy,
        "features": features,
        "projection": projection,
        "local_projection": local_projection,
        "metric": metric,
    }
    # the session counts the features it asks for; edges and hierarchies were computed before it began
    result = simulate_session(
        dataset,
        engine,
        robot,
        clock=clock,
        perception=perception,
        motor=motor,
        preparation_seconds=spent["edges"] + spent["hierarchy"],
        first_images=first_images,
        batch_images=batch_images,
        seed=seed,
        folder=folder,
        loggers=loggers,
        config=config,
    )
    finish_run(result, folder, run_record(dataset, made, stage_seconds=spent, seed=seed), loggers)
    log.info("store: %s", store.summary())
    return result.summary


def finish_run(
    result: SimulationResult, folder: Path, provenance: Mapping[str, Any], loggers: Sequence[RunLogger] = ()
) -> None:
    """Write a simulation's result files and its report, and end its loggers.

    Args:
        result: of the simulation.
        folder: run directory, with its ``config.yaml``.
        provenance: record for ``provenance.json``.
        loggers: ended as failed where a file cannot be written.

    Raises:
        ResultsError: a file cannot be written.
    """
    summary = result.summary
    try:
        save_result(result, folder, provenance)
        write_report([folder], folder / "report.html", title=f"{summary.method} on {summary.dataset}")
    except BaseException:
        for logger in loggers:
            logger.finish({}, failed=True)
        raise
    for logger in loggers:
        logger.table("results", [asdict(row) for row in result.rows])
        logger.finish({k: v for k, v in asdict(summary).items() if v is not None})


class Fingerprinted(Protocol):
    """A part whose settings and weights have a digest."""

    def fingerprint(self) -> str:
        """Digest of settings and weights.

        Returns:
            equal for parts that compute the same.
        """
        ...


def run_record(
    dataset: Dataset, parts: Mapping[str, Fingerprinted], *, stage_seconds: Mapping[str, float], seed: int
) -> dict[str, Any]:
    """Content of ``provenance.json``.

    Args:
        dataset: of the run.
        parts: of the run, by name.
        stage_seconds: machine seconds of each stage, measured when it was computed.
        seed: of the run.

    Returns:
        a JSON-ready record.
    """
    return provenance(
        seed=seed,
        dataset={"name": dataset.name, "images": len(dataset), "fingerprint": dataset.fingerprint()},
        models={name: part.fingerprint() for name, part in parts.items()},
        stage_seconds=dict(stage_seconds),
    )


def prepare(
    *,
    dataset: Dataset,
    edges: EdgeModel,
    hierarchy: Partitioner,
    features: SegmentExtractor,
    projection: Projector,
    local_projection: Projector,
    metric: MetricLearner,
    store: Store,
    workers: int,
    batch_size: int,
    constrained: bool,
    semi_supervised: bool,
    seed: int,
) -> tuple[Engine, dict[str, float]]:
    """Prepare all images for sessions; see ``run_annotation`` for the arguments.

    Args:
        dataset, edges, hierarchy, features, projection, local_projection, metric: parts of a run.
        store: where artefacts of stages are found and kept.
        workers, batch_size, constrained, semi_supervised, seed: settings of a run.

    Returns:
        the computing side of a session over them, and the seconds each stage took when it was computed.
    """
    stages = Stages(
        dataset=dataset,
        edge_model=edges,
        partitioner=hierarchy,
        extractor=features,
        store=store,
        workers=workers,
        batch_size=batch_size,
        constrained=constrained,
    )
    prepare_stages(stages, range(len(dataset)))
    engine = Engine(
        StagedImages(stages),
        projector=projection,
        local_projector=local_projection,
        learner=metric,
        semi_supervised=semi_supervised,
        memory=StoreMemory(store),
        device=str(features.device),
        seed=seed,
    )
    return engine, stages.seconds
