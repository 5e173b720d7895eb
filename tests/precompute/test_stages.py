"""Stages: the same results at once or one by one, computed once, resumed where a run was cut off."""

from __future__ import annotations

import hashlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from fsannot import progress
from fsannot.data.errors import FsannotError, InputError
from fsannot.data.synthetic import Synthetic
from fsannot.edges.model import EdgeModel
from fsannot.edges.perfect import PerfectEdges
from fsannot.features.backbone import Backbone
from fsannot.features.extract import FeatureExtractor
from fsannot.features.pooled import PooledExtractor
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.hierarchy.watershed import build_hierarchy
from fsannot.precompute import runner as bulk
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import Stages
from fsannot.precompute.store import Store
from fsannot.segments.parts import refine

INDICES = range(6)


class Steps(EdgeModel):
    """Largest colour step to the right and below: an edge model small enough for this test."""

    name = "steps"

    def __init__(self, gain: float = 1.0, fails_after: int | None = None) -> None:
        self.gain = gain
        self.fails_after = fails_after
        self.seen = 0

    def fingerprint(self) -> str:
        return hashlib.sha256(f"steps {self.gain}".encode()).hexdigest()

    def _predict(self, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        maps = []
        for image in images:
            if self.seen == self.fails_after:
                raise RuntimeError("power cut")
            self.seen += 1
            values = image.astype(np.float32).sum(2) / 765
            edges = np.zeros(values.shape, np.float32)
            edges[:, 1:] += np.abs(np.diff(values, axis=1))
            edges[1:] += np.abs(np.diff(values, axis=0))
            maps.append(np.minimum(edges * np.float32(self.gain), 1))
        return maps


class Dying(Partitioner):
    """Ends the worker that receives it, as the system does when memory runs out."""

    def __reduce__(self) -> tuple[Callable[[int], object], tuple[int]]:
        return os._exit, (1,)


WAITS = """
import os, sys, time
from pathlib import Path
from joblib.externals.loky import ProcessPoolExecutor
from fsannot.precompute.runner import _end_with
def work(path):
    Path(path + ".part").write_text(str(os.getpid()))
    os.rename(path + ".part", path)
    time.sleep(600)
ProcessPoolExecutor(1, initializer=_end_with, initargs=(os.getpid(),)).submit(work, sys.argv[1]).result()
"""


@pytest.fixture(scope="module")
def extractor() -> FeatureExtractor:
    backbone = Backbone(name="test_resnet", weights="random")
    return FeatureExtractor(backbone=backbone, size=32, batch_size=8, device="cpu", precision="fp32")


@pytest.fixture
def pooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes also for the few images of a test."""
    monkeypatch.setattr(bulk, "HIERARCHIES_PER_WORKER", 2)


def stages(root: Path, extractor: FeatureExtractor | None = None, **options: object) -> Stages:
    settings: dict = {
        "dataset": Synthetic(images=6, size=(48, 64), seed=3),
        "edge_model": Steps(),
        "partitioner": Partitioner("area", 60.0),
        "extractor": extractor,
        "store": Store(root),
        "workers": 0,
        "batch_size": 2,
    }
    return Stages(**{**settings, **options})


def looking(reduction: int) -> PooledExtractor:
    """Feature maps of the image for a criterion that looks at them."""
    backbone = Backbone(name="test_resnet", weights="random")
    return PooledExtractor(backbone=backbone, reductions=[reduction], device="cpu", precision="fp32")


def everything(made: Stages) -> list[np.ndarray]:
    """All results of all images."""
    found = []
    for i in INDICES:
        hierarchy = made.hierarchy(i)
        found += [made.edge_map(i), hierarchy.regions, hierarchy.parents, hierarchy.altitudes]
        found += [made.partition(i), made.initial_features(i)]
    return found


def assert_same(one: list[np.ndarray], other: list[np.ndarray]) -> None:
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory: pytest.TempPathFactory, extractor: FeatureExtractor) -> list[np.ndarray]:
    """Results without any bulk computation."""
    return everything(stages(tmp_path_factory.mktemp("alone"), extractor))


def test_what_each_stage_gives(tmp_path: Path, extractor: FeatureExtractor) -> None:
    made = stages(tmp_path, extractor)
    exact = made.edge_model.predict([made.dataset.image(0)])[0]
    edges = made.edge_map(0)
    assert np.abs(edges - exact).max() <= 0.5 / 65535 + 1e-6
    partition = made.partition(0)
    np.testing.assert_array_equal(partition, build_hierarchy(edges, "area").cut(60))
    assert made.n_segments(0) == partition.max() + 1
    features = made.initial_features(0)
    assert features.shape == (made.n_segments(0), extractor.dim)
    np.testing.assert_allclose(np.linalg.norm(features.astype(np.float32), axis=1), 1, rtol=1e-3)
    by_volume = made.hierarchy(0, "volume")
    np.testing.assert_array_equal(by_volume.cut(1), build_hierarchy(edges, "volume").cut(1))
    with pytest.raises(ValueError, match="read-only"):
        partition[0, 0] = 7


@pytest.mark.parametrize("workers", [1, 2])
def test_in_bulk_as_one_by_one(
    tmp_path: Path, extractor: FeatureExtractor, one_by_one: list[np.ndarray], workers: int, pooled: None
) -> None:
    made = stages(tmp_path, extractor, workers=workers)
    prepare(made, INDICES)
    assert made.store.misses == {"edges": 6, "hierarchy": 6, "features": 6}
    assert all(seconds > 0 for seconds in made.seconds.values())
    assert_same(everything(made), one_by_one)
    assert made.store.misses == {"edges": 6, "hierarchy": 6, "features": 6}


def test_nothing_is_computed_twice(
    tmp_path: Path, extractor: FeatureExtractor, caplog: pytest.LogCaptureFixture
) -> None:
    first = stages(tmp_path, extractor)
    prepare(first, INDICES)
    again = stages(tmp_path, extractor, edge_model=Steps(fails_after=0), batch_size=5)
    with caplog.at_level(logging.INFO, logger="fsannot"):
        prepare(again, INDICES)
    assert "edges: 0 of 6 images computed" in caplog.text
    assert "features: 0 of 6 images computed" in caplog.text
    assert not again.store.misses
    assert again.seconds == first.seconds  # what it cost, not what looking it up costs
    assert_same(everything(again), everything(first))


def test_a_sweep_computes_only_what_its_setting_changes(tmp_path: Path, extractor: FeatureExtractor) -> None:
    prepare(stages(tmp_path, extractor), INDICES)
    changes = {
        "threshold": ({"partitioner": Partitioner("area", 90.0)}, {"features"}),
        "criterion": ({"partitioner": Partitioner("dynamics", 0.05)}, {"hierarchy", "features"}),
        "edges": ({"edge_model": Steps(gain=0.5)}, {"edges", "hierarchy", "features"}),
        "merging": ({"partitioner": Partitioner("mean_border", 0.3)}, {"hierarchy", "features"}),
        "features of regions": (
            {"partitioner": Partitioner("mean_border", 0.3, features=looking(8))},
            {"hierarchy", "features"},
        ),
        "other features": (
            {"partitioner": Partitioner("mean_border", 0.3, features=looking(4))},
            {"hierarchy", "features"},
        ),
        "data": ({"dataset": Synthetic(images=6, size=(48, 64), seed=4)}, {"edges", "hierarchy", "features"}),
        "workers": ({"workers": 2, "batch_size": 3}, set()),
    }
    for options, recomputed in changes.values():
        made = stages(tmp_path, extractor, **options)
        prepare(made, INDICES)
        assert set(made.store.misses) == recomputed


@pytest.mark.parametrize("workers", [0, 2])
def test_progress_of_each_stage_is_logged(
    tmp_path: Path, extractor: FeatureExtractor, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, pooled: None, workers: int,
) -> None:  # fmt: skip
    monkeypatch.setattr(progress, "SHORTEST", 0.0)
    prepare(stages(tmp_path), [0, 1], until="hierarchy")
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="fsannot"):
        prepare(stages(tmp_path, extractor, workers=workers), INDICES)
    assert caplog.messages[0] == (
        "to compute: edges of 4 images, hierarchy of 4 images, features of 6 images"
    )
    said = [line.split(" images")[0] for line in caplog.messages]
    for name, total, steps in (
        ("edges", 4, [2]),
        ("hierarchy", 4, [1, 2, 3]),
        ("features", 6, [1, 2, 3, 4, 5]),
    ):
        found = [line for line in said if line.startswith(name) and " shards " not in line]
        assert found == [*(f"{name}: {n} of {total}" for n in steps), f"{name}: {total} of 6"]  # the end once


@pytest.mark.parametrize("cut_off", [1, 4])
def test_an_interrupted_run_goes_on(
    tmp_path: Path, extractor: FeatureExtractor, one_by_one: list[np.ndarray], cut_off: int
) -> None:
    with pytest.raises(RuntimeError, match="power cut"):
        prepare(stages(tmp_path, extractor, edge_model=Steps(fails_after=cut_off)), INDICES)
    resumed = stages(tmp_path, extractor)
    prepare(resumed, INDICES)
    assert resumed.store.misses["edges"] == 6 - cut_off // 2 * 2  # whole batches were kept
    assert_same(everything(resumed), one_by_one)


def test_damaged_artefacts_are_computed_again(
    tmp_path: Path, extractor: FeatureExtractor, one_by_one: list[np.ndarray]
) -> None:
    prepare(stages(tmp_path, extractor), INDICES)
    for number, path in enumerate(sorted(tmp_path.rglob("*.npz"))):
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2] if number % 2 else content[:-40] + b"0" * 40)
    again = stages(tmp_path, extractor)
    prepare(again, INDICES)
    assert_same(everything(again), one_by_one)


def test_features_of_new_segments_are_shared_by_their_pixels(
    tmp_path: Path, extractor: FeatureExtractor
) -> None:
    made = stages(tmp_path, extractor)
    partition = made.partition(0)
    assert made.features(0, partition, np.array([2, 0])).shape == (2, extractor.dim)
    np.testing.assert_array_equal(
        made.features(0, partition, np.array([2, 0])), made.initial_features(0)[[2, 0]]
    )
    label_map, parents = refine(partition, range(3), made.hierarchy(0).cut(5.0))
    labels = np.array(list(parents))
    features, seconds = made.timed_features(0, label_map, labels)
    (direct,) = extractor.extract([made.dataset.image(0)], [label_map], [labels])
    np.testing.assert_array_equal(features, direct.astype(np.float16))
    assert made.store.misses["segment_features"] == 1
    # other numbers, another process: the same segments
    other = stages(tmp_path, extractor)
    renumbered = np.where(label_map > 1, label_map + 50, label_map)
    again, recorded = other.timed_features(0, renumbered, labels + 50)
    np.testing.assert_array_equal(again, features)
    assert other.store.misses["segment_features"] == 0
    assert recorded == pytest.approx(seconds)
    with pytest.raises(InputError, match="not in the label map"):
        made.features(0, label_map, np.array([9999]))


def test_perfect_segments_respect_the_target(tmp_path: Path) -> None:
    made = stages(
        tmp_path, edge_model=PerfectEdges(Steps()), partitioner=Partitioner("area", 200.0), constrained=True
    )
    prepare(made, INDICES, until="hierarchy")
    for i in INDICES:
        target = made.dataset[i].target
        pairs = np.unique(np.stack([made.partition(i).ravel(), target.ravel()]), axis=1)
        assert pairs.shape[1] == made.n_segments(i)


def test_stages_up_to_one_need_no_extractor(tmp_path: Path) -> None:
    made = stages(tmp_path)
    prepare(made, INDICES, until="edges")
    assert made.store.misses == {"edges": 6}
    prepare(made, INDICES, until="hierarchy")
    assert made.store.misses == {"edges": 6, "hierarchy": 6}
    with pytest.raises(InputError, match="without an extractor"):
        prepare(made, INDICES)


def test_a_threshold_that_leaves_one_segment_is_refused(tmp_path: Path) -> None:
    made = stages(tmp_path, partitioner=Partitioner("area", 1e9))
    with pytest.raises(InputError, match=r"lower hierarchy\.threshold"):
        prepare(made, INDICES, until="hierarchy")


def test_maps_of_the_image_reach_the_workers(tmp_path: Path, pooled: None) -> None:
    found = []
    for workers in (0, 2):
        partitioner = Partitioner("mean_border", 0.3, features=looking(8))
        made = stages(tmp_path / str(workers), partitioner=partitioner, workers=workers)
        prepare(made, INDICES, until="hierarchy")
        found.append([made.hierarchy(i) for i in INDICES])
        assert made.hierarchy(0, "mean_border").altitudes is made.hierarchy(0).altitudes
        assert not np.array_equal(made.hierarchy(0, "area").altitudes, made.hierarchy(0).altitudes)
    for alone, by_worker in zip(*found, strict=True):
        np.testing.assert_array_equal(alone.regions, by_worker.regions)
        np.testing.assert_array_equal(alone.altitudes, by_worker.altitudes)


def test_a_worker_that_dies_is_named(tmp_path: Path, pooled: None) -> None:
    made = stages(tmp_path, partitioner=Dying("area", 60.0), workers=1)
    with pytest.raises(FsannotError, match=r"worker process.*workers=0"):
        prepare(made, INDICES, until="hierarchy")
    assert made.store.misses["edges"] > 0


class Unreadable(Partitioner):
    """Cannot be read in a worker."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return int, ("no number",)


def test_work_that_a_worker_cannot_read_is_not_called_a_death(tmp_path: Path, pooled: None) -> None:
    made = stages(tmp_path, partitioner=Unreadable("area", 60.0), workers=1)
    with pytest.raises(FsannotError, match=r"worker process.*could not read.*workers=0"):
        prepare(made, INDICES, until="hierarchy")


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    ready = tmp_path / "worker"
    killed = subprocess.Popen([sys.executable, "-c", WAITS, str(ready)])
    while not ready.is_file():
        assert killed.poll() is None
        time.sleep(0.1)
    worker = int(ready.read_text())
    assert Path(f"/proc/{worker}").exists()
    killed.kill()
    killed.wait()
    while Path(f"/proc/{worker}").exists():  # the test ends with the suite's own limit if it never does
        time.sleep(0.1)


@pytest.mark.parametrize("options", [{"workers": -1}, {"batch_size": 0}])
def test_bad_options(tmp_path: Path, options: dict) -> None:
    with pytest.raises(InputError, match="at least"):
        stages(tmp_path, **options)
