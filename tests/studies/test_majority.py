"""Majority labels of a semantic set: mIoU and IoU per class are those of the masks."""

from __future__ import annotations

from pathlib import Path

import pytest

from fsannot.data.camvid import CamVid
from fsannot.edges.gradient import Gradient
from fsannot.evaluation.class_iou import class_ious, confusion_matrix
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.runs.masks import read_mask
from fsannot.studies.majority import run_majority
from tests import fakes


def test_classes_are_scored_as_the_masks_are(tmp_path: Path) -> None:
    dataset = CamVid(fakes.write_fake_camvid(tmp_path / "data"))
    run = tmp_path / "run"
    run.mkdir()
    (run / "config.yaml").write_text("{}\n")
    summary = run_majority(
        dataset=dataset,
        edges=Gradient(),
        hierarchy=Partitioner(criterion="area", threshold=30),
        folder=run,
        cache=tmp_path / "cache",
    )
    matrices = [confusion_matrix(read_mask(run, s.id), s.target, len(dataset.classes)) for s in dataset]
    expected = class_ious(matrices, dataset.classes).summary_values()
    assert {key: getattr(summary, key) for key in expected} == expected
    assert summary.miou is not None and 0.3 < summary.miou < (summary.agreement or 0)
    assert (summary.iou_per_class or {})["bicyclist"] is None  # no pixel of the fake is one
    page = (run / "report.html").read_text()
    assert "mIoU" in page and "<th scope='row'>bicyclist</th><td class='number'>–</td>" in page
    assert summary.miou == pytest.approx(
        sum(v for v in (summary.iou_per_class or {}).values() if v is not None)
        / sum(v is not None for v in (summary.iou_per_class or {}).values())
    )
