"""What ``import fsannot as fa`` offers; see ``docs/python-api.md``.

This file imports all of the package. ``fsannot`` itself imports it when one of these names is used for the first time.
"""

from __future__ import annotations

from fsannot.annotation.engine import Engine
from fsannot.annotation.session import AnnotationSession
from fsannot.clicks.clicker import Clicker
from fsannot.clicks.predictor import ClickPredictor
from fsannot.data.dataset import Dataset
from fsannot.data.errors import FsannotError
from fsannot.data.sample import Sample
from fsannot.edges.model import EdgeModel
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.finishing.finisher import Finisher
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.human.clock import Clock
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.metric_learning.learner import MetricLearner
from fsannot.projection.projector import Projector
from fsannot.report.figures import plot_curves, plot_projection
from fsannot.report.page import write_report
from fsannot.robots.robot import Robot
from fsannot.runs.directory import RunDirectory, read_run
from fsannot.studies.click_run import ClickProtocol
from fsannot.studies.click_simulation import click
from fsannot.studies.exported import export
from fsannot.studies.parts import (
    baseline,
    clicker,
    clock,
    dataset,
    edges,
    features,
    finishing,
    hierarchy,
    local_projection,
    metric,
    motor,
    perception,
    projection,
    protocol,
    robot,
)
from fsannot.studies.prepared import Prepared, prepare
from fsannot.studies.recorded import record
from fsannot.studies.replay import replay_run
from fsannot.studies.simulated import Simulation, simulate

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
