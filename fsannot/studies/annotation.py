"""The parts of an annotation run, put together from what the configuration instantiated."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fsannot.data.chosen import CHOSEN_ON
from fsannot.data.dataset import Dataset, require_truth
from fsannot.edges.model import EdgeModel
from fsannot.evaluation.results import Summary
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.finishing.finisher import Finisher, NoFinisher
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.metric_learning.learner import MetricLearner
from fsannot.projection.projector import Projector
from fsannot.robots.robot import Robot
from fsannot.runs.loggers import RunLogger
from fsannot.runs.run_folder import begin_run
from fsannot.studies.finishing import finish_run
from fsannot.studies.prepared import prepare
from fsannot.studies.simulated import simulate

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
    perception: Perception | Confusion,
    motor: Motor,
    finishing: Finisher | None = None,
    folder: Path,
    cache: Path,
    workers: int = 1,
    batch_size: int = 4,
    constrained: bool = False,
    semi_supervised: bool = True,
    first_images: int = 15,
    batch_images: int = 15,
    seed: int = 0,
    chosen_on: str = CHOSEN_ON,
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
        finishing: what makes masks of the labels afterwards; None leaves them as they are.
        folder: run directory; made when missing.
        cache: store of stage artefacts; runs and processes may share it.
        workers: processes that build hierarchies; 0 builds them in this one. They do not run the caller's script again:
            it needs no ``if __name__ == "__main__"``.
        batch_size: images the edge model sees at once.
        constrained: cut segments along the ground truth (perfect segments, the paper's Table 1).
        semi_supervised: whether labels given so far pull the projection together.
        first_images, batch_images: images open at the start, and added by each request.
        seed: of robot, perception, motor, projection and intervals.
        chosen_on: images that the settings were chosen on, in words.
        loggers: receive the curve while it grows.
        config: the composed configuration, as plain values, for ``config.yaml`` and the loggers; without, both get the
            classes and arguments of the parts.

    Returns:
        content of ``summary.json``.

    Raises:
        InputError: the dataset has no ground truth, an action of the robot's is not possible, or the run directory
            cannot be made.
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
    require_truth(dataset, "robots")
    computing: dict[str, Any] = {
        "edges": edges,
        "hierarchy": hierarchy,
        "features": features,
        "projection": projection,
        "local_projection": local_projection,
        "metric": metric,
    }
    annotator: dict[str, Any] = {
        "robot": robot,
        "clock": clock,
        "perception": perception,
        "motor": motor,
        "finishing": finishing or NoFinisher(),
    }
    preparation: dict[str, Any] = {
        "cache": cache,
        "workers": workers,
        "batch_size": batch_size,
        "constrained": constrained,
        "semi_supervised": semi_supervised,
    }
    session: dict[str, Any] = {"seed": seed, "first_images": first_images, "batch_images": batch_images}
    given = {
        "dataset": dataset,
        **computing,
        **annotator,
        "logger": loggers,
        **preparation,
        **session,
        "chosen_on": chosen_on,
    }
    config = begin_run(folder, config, given)
    prepared = prepare(dataset, **computing, **preparation)
    done = simulate(prepared, **annotator, **session, folder=folder, loggers=loggers, config=config)
    finish_run(done.result, folder, done.provenance(chosen_on), loggers)
    log.info("store: %s", prepared.stages.store.summary())
    return done.summary
