"""End-to-end cost per segment as their number grows: processor seconds of each stage, and resident memory."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import TypeVar

from fsannot.annotation.actions import LabelNeighbors, Reproject
from fsannot.annotation.engine import Engine
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.metric_learning.learner import NoMetric
from fsannot.precompute.images import StagedImages
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import STAGES, Stages
from fsannot.projection.projector import Projector

Result = TypeVar("Result")
STEP = 4
"""Images prepared at a time until there are segments enough."""


@dataclass(frozen=True)
class ScaleRow:
    """The cost at one number of segments, in processor seconds of this process and its workers.

    Attributes:
        segments: number of segments.
        images: number of images.
        edges: seconds of the stage.
        hierarchy: seconds of the stage.
        features: seconds of the stage.
        opening: seconds to read partitions and features into a session.
        neighbors: seconds of the table of nearest neighbors.
        layout: seconds of a first projection, given the neighbors.
        action: seconds to label a segment and its 15 nearest, and to project again.
        gibibytes: largest resident memory of the process so far.
    """

    segments: int
    images: int
    edges: float
    hierarchy: float
    features: float
    opening: float
    neighbors: float
    layout: float
    action: float
    gibibytes: float


def measure(stages: Stages, projector: Projector, segments: int) -> ScaleRow:
    """Prepare as many images as hold a number of segments, and open a session on them.

    Args:
        stages: of the dataset, with an empty store.
        projector: features → canvas.
        segments: at least so many.

    Returns:
        processor seconds and memory.

    Raises:
        InputError: the dataset has fewer segments.
    """
    seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    images = count = 0
    while count < segments:
        if images == len(stages.dataset):
            raise InputError(
                f"{images} images hold {count} segments, not {segments}; set dataset.images higher"
            )
        shard = range(images, min(images + STEP, len(stages.dataset)))
        for name in STAGES:
            seconds[name] += _processor_seconds(partial(prepare, stages, shard, name))[0]
        count += sum(stages.n_segments(i) for i in shard)
        images = shard.stop
    engine = Engine(StagedImages(stages), projector=projector, local_projector=projector, learner=NoMetric())
    session = AnnotationSession(engine, classes=("background", "object"), first_images=images)
    seconds["opening"], _ = _processor_seconds(session.open)
    hoods = session.neighborhoods
    seconds["neighbors"], _ = _processor_seconds(lambda: hoods.table(1))
    seconds["layout"], observation = _processor_seconds(session.lay_out)

    def act() -> None:
        session.step(LabelNeighbors(int(observation.open_segments[0]), 15, 1))
        session.step(Reproject())

    seconds["action"], _ = _processor_seconds(act)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
    return ScaleRow(segments=count, images=images, gibibytes=peak, **seconds)


def scale_table(rows: Sequence[ScaleRow]) -> str:
    """The ``rows`` as a Markdown table: milliseconds of processor time per segment."""
    names = [f.name for f in fields(ScaleRow) if f.name not in ("segments", "images", "gibibytes")]
    lines = [
        "| segments | images | " + " | ".join(f"{n}, ms" for n in names) + " | all, ms | resident, GiB |",
        "| ---: " * (len(names) + 4) + "|",
    ]
    for row in rows:
        cost = [1e3 * asdict(row)[n] / row.segments for n in names]
        cells = [f"{c:.2f}" for c in (*cost, sum(cost))]
        lines.append(f"| {row.segments} | {row.images} | " + " | ".join(cells) + f" | {row.gibibytes:.2f} |")
    return "\n".join(lines)


def _processor_seconds(run: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds all threads of this process and its finished children computed: other load does not count."""

    def used() -> float:
        own, children = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime

    start = used()
    result = run()
    return used() - start, result
