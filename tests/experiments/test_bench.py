"""The benchmark's lines, on a small image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.benchmarks.scale import measure, scale_table
from fsannot.benchmarks.stages import (
    benchmark,
    crops_one_by_one,
    cut_from_scratch,
    masks_one_by_one,
    projection_timing,
    split_timing,
    timing_table,
)
from fsannot.data.errors import InputError
from fsannot.data.synthetic import Synthetic
from fsannot.edges.gradient import Gradient
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.features.pooled import PooledExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.projection.pca import PcaProjector
from fsannot.segments.table import SegmentTable
from tests.annotation.scene import session


def test_the_reference_recipe_finds_the_same_boxes_and_features() -> None:
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
    label_map = (np.arange(48)[:, None] // 24 * 2 + np.arange(64) // 32).astype(np.int32)
    table = SegmentTable.from_label_map(label_map)
    found = masks_one_by_one(label_map)
    assert [area for area, _ in found] == table.area.tolist()
    assert [list(box) for _, box in found] == table.bbox.tolist()
    backbone = Backbone(name="tf_efficientnet_lite0", weights="packaged")
    extractor = FeatureExtractor(backbone=backbone, size=64, device="cpu", precision="fp32")
    reference = crops_one_by_one(image, label_map, table.label, extractor, backbone.trainable().eval())
    (ours,) = extractor.extract([image], [label_map], [table.label])
    np.testing.assert_allclose(ours, np.stack(reference), atol=2e-4)
    timings = benchmark(
        [image],
        edges=Gradient(),
        partitioner=Partitioner("volume", 1.0),
        extractor=extractor,
        pooled=PooledExtractor(backbone=backbone, device="cpu", precision="fp32"),
        repeats=1,
    )
    assert timings[-1].stage.startswith("pooled features") and timings[-1].ratio
    assert len(timing_table(timings).splitlines()) == len(timings) + 2


def test_the_reference_recipe_makes_the_same_partition() -> None:
    edge_map = np.random.default_rng(0).random((30, 40), np.float32)
    for partitioner in (Partitioner("volume", 1.0), Partitioner("area", 9.0, min_strength=0.3)):
        ours = partitioner.build(edge_map).cut(5.0)
        reference = cut_from_scratch(edge_map, partitioner, 5.0)
        pairs = np.unique(np.stack([ours.ravel(), reference.ravel()]), axis=1).shape[1]
        assert pairs == ours.max() + 1 == len(np.unique(reference))


def test_projection_again_is_compared_with_a_fresh_one() -> None:
    timing, trust, fresh = projection_timing(points=300, dim=32)
    assert timing.reference is not None
    assert abs(trust - fresh) < 0.1
    assert 0.5 < fresh <= 1


def test_a_split_is_timed_in_a_session() -> None:
    made = session()
    made.reset()
    before = len(made.state.table)
    assert split_timing(made, repeats=2).seconds > 0
    assert len(made.state.table) == before + 4


def test_cost_of_a_segment(tmp_path: Path) -> None:
    stages = Stages(
        dataset=Synthetic(images=9, size=(48, 64)),
        edge_model=Gradient(),
        partitioner=Partitioner("area", 60.0),
        extractor=FeatureExtractor(
            backbone=Backbone(name="test_resnet", weights="random"), size=32, device="cpu"
        ),
        store=Store(tmp_path),
        workers=0,
    )
    row = measure(stages, PcaProjector(), 60)
    assert row.segments >= 60
    assert row.images % 4 == 0
    assert row.features > 0
    assert len(scale_table([row]).splitlines()) == 3
    with pytest.raises(InputError, match=r"set dataset\.images higher"):
        measure(stages, PcaProjector(), 10**6)
