"""The benchmark's lines, on a small image."""

from __future__ import annotations

import numpy as np

from fsannot.edges.gradient import Gradient
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.pipeline.benchmark import benchmark, crops_one_by_one, masks_one_by_one, timing_table
from fsannot.segments.table import SegmentTable


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
        [image], edges=Gradient(), partitioner=Partitioner("volume", 1.0), extractor=extractor, repeats=1
    )
    assert len(timing_table(timings).splitlines()) == len(timings) + 2
