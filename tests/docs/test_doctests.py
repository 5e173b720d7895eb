"""The examples in docstrings run and give what they say."""

from __future__ import annotations

import doctest
import tempfile
from importlib import import_module
from pathlib import Path

import pytest

MODULES = [
    "fsannot.annotation.actions",
    "fsannot.annotation.actions.action",
    "fsannot.annotation.session",
    "fsannot.arguments",
    "fsannot.benchmarks.robots",
    "fsannot.benchmarks.stages",
    "fsannot.clicks.click",
    "fsannot.clicks.clicker",
    "fsannot.clicks.depth",
    "fsannot.clicks.predictor",
    "fsannot.clicks.predictors.fcanet",
    "fsannot.clicks.predictors.geodesic",
    "fsannot.clicks.predictors.grabcut",
    "fsannot.clicks.predictors.pyramid",
    "fsannot.clicks.predictors.random_walker",
    "fsannot.clicks.predictors.watershed",
    "fsannot.clicks.protocol",
    "fsannot.configuration.build",
    "fsannot.configuration.checking",
    "fsannot.configuration.compose",
    "fsannot.configuration.targets",
    "fsannot.configuration.value_types",
    "fsannot.data.check",
    "fsannot.data.decode",
    "fsannot.data.listing",
    "fsannot.data.sample",
    "fsannot.data.scenes.noise",
    "fsannot.data.synthetic",
    "fsannot.device",
    "fsannot.edges.gradient",
    "fsannot.edges.model",
    "fsannot.edges.perfect",
    "fsannot.edges.poolnet_published",
    "fsannot.evaluation.class_iou",
    "fsannot.evaluation.clusters",
    "fsannot.evaluation.edges",
    "fsannot.evaluation.effort",
    "fsannot.evaluation.instances",
    "fsannot.evaluation.intervals",
    "fsannot.evaluation.iou",
    "fsannot.features.extract",
    "fsannot.features.rows",
    "fsannot.features.segment_extractor",
    "fsannot.finishing.boundary",
    "fsannot.finishing.finisher",
    "fsannot.finishing.guided",
    "fsannot.finishing.machine_clicks",
    "fsannot.hierarchy.cut",
    "fsannot.hierarchy.feature_maps",
    "fsannot.hierarchy.partitioner",
    "fsannot.hierarchy.watershed",
    "fsannot.human.clock",
    "fsannot.human.oracle",
    "fsannot.lanes",
    "fsannot.lite0",
    "fsannot.metric_learning.learner",
    "fsannot.networks.encoding",
    "fsannot.precompute.artefacts",
    "fsannot.precompute.runner",
    "fsannot.precompute.stages",
    "fsannot.precompute.store",
    "fsannot.progress",
    "fsannot.projection.neighborhoods",
    "fsannot.projection.neighbors",
    "fsannot.projection.pca",
    "fsannot.projection.placement",
    "fsannot.projection.projector",
    "fsannot.report.page",
    "fsannot.report.palette",
    "fsannot.report.settings",
    "fsannot.robots.rectangle",
    "fsannot.robots.robot",
    "fsannot.runs.directory",
    "fsannot.runs.masks",
    "fsannot.runs.older_versions",
    "fsannot.segments.parts",
    "fsannot.segments.relabel",
    "fsannot.segments.runs",
    "fsannot.segments.split",
    "fsannot.segments.table",
    "fsannot.simulation.loop",
    "fsannot.simulation.simulate",
    "fsannot.studies.annotation",
    "fsannot.studies.parts",
    "fsannot.training.edges.augment",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # removed with the test's folder
    result = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.attempted > 0, f"{name} has no example; take it off the list"
    assert result.failed == 0
