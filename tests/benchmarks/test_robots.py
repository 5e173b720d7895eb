"""The robots' benchmark on small canvases: its scene is what it says, and memory does not grow with the square."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest

from fsannot.benchmarks.robots import SEGMENTS, BlobImages, robot_table, time_robot
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.confusion import PRESETS, Confusion
from fsannot.human.perception import Perception
from fsannot.robots.greedy_box import GreedyBox
from fsannot.robots.rectangle import best_rectangle


@pytest.mark.parametrize(
    "perception",
    [Perception(error_large=0.0, error_small=0.0), PRESETS["perfect"]],
    ids=["sees all", "reads what is legible"],
)
def test_a_canvas_of_blobs_is_annotated_and_timed(perception: Perception | Confusion) -> None:
    ticks = itertools.count()
    images = BlobImages(4, classes=3, seed=1)
    timing = time_robot(
        GreedyBox(),
        images,
        clock=Clock(),
        perception=perception,
        task="semantic",
        now=lambda: float(next(ticks)),
    )
    assert timing.segments == 4 * SEGMENTS and timing.score > 0.9
    assert (
        timing.policy_seconds == timing.actions == timing.session_seconds - 1
    )  # one tick each, one for the rest
    assert "greedy_box | 400" in robot_table([timing])


def test_segments_of_the_scene_have_parts_that_may_be_of_another_class() -> None:
    images = BlobImages(1, mixed=1.0, impurity=0.0, seed=0)
    coarse, fine = images.partition(0), images.hierarchy(0).cut(10.0)
    assert len(np.unique(coarse)) == SEGMENTS and len(np.unique(fine)) == 4 * SEGMENTS
    purity = [np.bincount(images.target(0)[coarse == s]).max() / 16 for s in range(SEGMENTS)]
    assert set(purity) <= {0.75, 1.0} and 0.75 in purity
    features, _ = images.features(0, coarse, np.arange(SEGMENTS))
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, rtol=1e-6)


def test_memory_of_the_best_box_is_not_quadratic() -> None:
    rng = np.random.default_rng(0)
    points, value = rng.random((30_000, 2)), rng.normal(size=30_000)
    best_rectangle(points[:100], value[:100])  # compiles
    tracemalloc.start()
    best_rectangle(points, value)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * len(points) * 8  # all pairs would be 30,000 times that


@pytest.mark.parametrize("options", [{"images": 0}, {"images": 1, "classes": 1}, {"images": 1, "mixed": 2.0}])
def test_an_impossible_scene_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match=list(options)[-1]):
        BlobImages(**options)  # type: ignore[arg-type]
