"""Means over segments, against the enlarged map averaged segment by segment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.nn import functional

from fsannot.features.segment_means import segment_means
from fsannot.segments.runs import SegmentRuns


@pytest.mark.parametrize("size", [(6, 8), (1, 1), (45, 61), (90, 130)])
def test_it_is_the_mean_of_the_enlarged_map(blobs: Callable, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    label_map = blobs(rng, 45, 61, 12)
    label_map[3:5, 10:40] = -1
    label_map[20, 20] = 12  # of a single pixel
    labels = np.unique(label_map)[:0:-1].astype(np.int64)
    level = rng.normal(size=(*size, 5)).astype(np.float32)
    large = functional.interpolate(
        torch.from_numpy(level).permute(2, 0, 1)[None].double(),
        (45, 61),
        mode="bilinear",
        align_corners=False,
    )[0].numpy()
    wanted = np.stack([large[:, label_map == label].mean(1) for label in labels])
    means = segment_means(level, SegmentRuns.from_label_map(label_map), labels)
    assert means.dtype == np.float32
    np.testing.assert_allclose(means, wanted, rtol=0, atol=2e-6)


def test_no_segments_asked_for() -> None:
    runs = SegmentRuns.from_label_map(np.zeros((4, 4), np.int32))
    assert segment_means(np.ones((2, 2, 3), np.float32), runs, np.empty(0, np.int64)).shape == (0, 3)
