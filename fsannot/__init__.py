"""fsannot: feature space annotation, by people and by simulated annotators, measured in seconds and mask quality.

``import fsannot as fa`` gives the Python API of ``docs/python-api.md``. Importing it is quick: what a name needs is
imported when the name is used for the first time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsannot.api import (
        AnnotationSession,
        Clicker,
        ClickPredictor,
        ClickProtocol,
        Clock,
        Dataset,
        EdgeModel,
        Engine,
        Finisher,
        FsannotError,
        MetricLearner,
        Motor,
        Partitioner,
        Perception,
        Prepared,
        Projector,
        Robot,
        RunDirectory,
        Sample,
        SegmentExtractor,
        Simulation,
        baseline,
        click,
        clicker,
        clock,
        dataset,
        edges,
        export,
        features,
        finishing,
        hierarchy,
        local_projection,
        metric,
        motor,
        perception,
        plot_curves,
        plot_projection,
        prepare,
        projection,
        protocol,
        read_run,
        record,
        replay_run,
        robot,
        simulate,
        write_report,
    )

__version__ = "0.2.0"

ROOMS = (
    "callable_room", "arguments", "progress",
    "data", "device", "lanes", "weights_content", "weights", "lite0", "edges", "hierarchy",
    "segments", "features", "metric_learning", "projection", "human", "networks", "clicks", "finishing",
    "annotation", "robots", "evaluation", "configuration", "precompute", "runs", "simulation", "training",
    "report", "exports", "studies", "benchmarks", "stress", "studio", "programs",
)  # fmt: skip
"""The rooms of the package in the order data flows through them; each imports only rooms that stand before it."""

__all__ = [
    "AnnotationSession",
    "ClickPredictor",
    "ClickProtocol",
    "Clicker",
    "Clock",
    "Dataset",
    "EdgeModel",
    "Engine",
    "Finisher",
    "FsannotError",
    "MetricLearner",
    "Motor",
    "Partitioner",
    "Perception",
    "Prepared",
    "Projector",
    "Robot",
    "RunDirectory",
    "Sample",
    "SegmentExtractor",
    "Simulation",
    "baseline",
    "click",
    "clicker",
    "clock",
    "dataset",
    "edges",
    "export",
    "features",
    "finishing",
    "hierarchy",
    "local_projection",
    "metric",
    "motor",
    "perception",
    "plot_curves",
    "plot_projection",
    "prepare",
    "projection",
    "protocol",
    "read_run",
    "record",
    "replay_run",
    "robot",
    "simulate",
    "write_report",
]
"""The Python API."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("fsannot.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
