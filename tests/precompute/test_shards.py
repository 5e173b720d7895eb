"""Prepared features lie in shards, and a session works on them without reading all."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.precompute import shards as feature_shards
from fsannot.precompute.runner import prepare
from tests.precompute.test_stages import stages


@pytest.fixture(autouse=True)
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_shards, "SHARD_IMAGES", 4)


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    backbone = Backbone(name="test_resnet", weights="random")
    return FeatureExtractor(backbone=backbone, size=32, batch_size=8, device="cpu", precision="fp32")


def files(root: Path) -> dict[str, int]:
    return {p.name: p.stat().st_mtime_ns for p in (root / "feature_shards").rglob("*") if p.is_file()}


def test_parts_of_a_dataset_are_packed_where_they_fill_a_shard(
    tmp_path: Path, extractor: FeatureExtractor
) -> None:
    made = stages(tmp_path, extractor)
    prepare(made, [4, 5, 0, 1])  # all of the second shard, half of the first
    assert len(made.shards) == 2
    assert made.shards.rows(0) is None
    assert isinstance(made.initial_features(5), np.memmap)
    prepare(made, range(6))
    before = files(tmp_path)
    assert len(before) == 4  # rows and counts of two shards
    prepare(stages(tmp_path, extractor), range(6))
    assert files(tmp_path) == before
    for i in range(6):
        rows, seconds = made.timed_features(i, made.partition(i), np.arange(made.n_segments(i)))
        assert isinstance(rows, np.memmap)
        assert rows.dtype == np.float16
        assert seconds > 0
        np.testing.assert_array_equal(rows, made.features_artefact(i)["features"])


def test_a_damaged_shard_is_written_anew(
    tmp_path: Path, extractor: FeatureExtractor, caplog: pytest.LogCaptureFixture
) -> None:
    made = stages(tmp_path, extractor)
    prepare(made, range(6))
    expected = made.initial_features(0).copy()
    path = made.shards.path(0)
    path.write_bytes(path.read_bytes()[:-30])
    again = stages(tmp_path, extractor)
    with caplog.at_level(logging.WARNING):
        prepare(again, range(6))
    assert "run again" in caplog.text
    np.testing.assert_array_equal(again.initial_features(0), expected)


def test_other_settings_have_other_shards(tmp_path: Path, extractor: FeatureExtractor) -> None:
    one, other = stages(tmp_path, extractor), stages(tmp_path, extractor, batch_size=3)
    assert one.shards.path(0) == other.shards.path(0)
    assert one.shards.path(0) != one.shards.path(1)
    finer = stages(tmp_path, FeatureExtractor(backbone=extractor.backbone, size=64, device="cpu"))
    assert finer.shards.path(0) != one.shards.path(0)
