"""What every projector must do."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.manifold import trustworthiness

from fsannot.data.errors import InputError
from fsannot.projection.cuml_umap import CumlUmap
from fsannot.projection.pca import PcaProjector
from fsannot.projection.projector import MIN_POINTS, Projector
from fsannot.projection.umap_learn import UmapLearn

Clusters = tuple[np.ndarray, np.ndarray]
PROJECTORS = [UmapLearn, PcaProjector, pytest.param(CumlUmap, marks=pytest.mark.gpu)]


@pytest.fixture(params=PROJECTORS, ids=lambda p: p.name)
def make(request: pytest.FixtureRequest) -> Callable[[], Projector]:
    return request.param


def test_the_same_seed_gives_the_same_layout(make: Callable[[], Projector], clusters: Clusters) -> None:
    features, cluster = clusters
    labels = np.where(np.arange(len(features)) % 4 == 0, cluster, -1)
    first = make().project(features, labels=labels, seed=0)
    np.testing.assert_array_equal(make().project(features, labels=labels, seed=0), first)
    again = [make().project(features, labels=labels, init=first, seed=3) for _ in range(2)]
    np.testing.assert_array_equal(*again)


def test_neighbors_stay_neighbors(make: Callable[[], Projector], clusters: Clusters) -> None:
    features, _ = clusters
    positions = make().project(features)
    assert positions.dtype == np.float32
    assert positions.shape == (len(features), 2)
    assert trustworthiness(features, positions, n_neighbors=10) > 0.8


@pytest.mark.parametrize("count", [MIN_POINTS, MIN_POINTS + 3, 25])
def test_few_points(make: Callable[[], Projector], clusters: Clusters, count: int) -> None:
    assert make().project(clusters[0][:count]).shape == (count, 2)


def test_many_equal_points(make: Callable[[], Projector], clusters: Clusters) -> None:
    features = np.concatenate([np.repeat(clusters[0][:1], 40, axis=0), clusters[0][:20]])
    assert np.isfinite(make().project(features)).all()


def test_inputs_are_not_changed(make: Callable[[], Projector], clusters: Clusters) -> None:
    features, labels = clusters[0].copy(), clusters[1].copy()
    init = np.random.default_rng(0).uniform(0, 10, (len(features), 2)).astype(np.float32)
    kept = init.copy()
    make().project(features, labels=labels, init=init)
    np.testing.assert_array_equal(init, kept)
    np.testing.assert_array_equal(features, clusters[0])
    np.testing.assert_array_equal(labels, clusters[1])


def test_bad_input(make: Callable[[], Projector], clusters: Clusters) -> None:
    features = clusters[0][:20]
    broken = features.copy()
    broken[3, 3] = np.nan
    for arguments in (
        {"features": features[: MIN_POINTS - 1]},
        {"features": broken},
        {"features": features.astype(np.float64)},
        {"features": features, "labels": np.zeros(3, np.int64)},
        {"features": features, "labels": np.zeros(20, np.float32)},
        {"features": features, "init": np.zeros((3, 2), np.float32)},
    ):
        with pytest.raises(InputError):
            make().project(**arguments)


def test_fingerprint_follows_the_settings() -> None:
    prints = {
        p.fingerprint()
        for p in (
            UmapLearn(),
            UmapLearn(n_neighbors=5),
            UmapLearn(min_dist=0.1),
            UmapLearn(warm_epochs=20),
            PcaProjector(),
            PcaProjector(extent=3.0),
        )
    }
    assert len(prints) == 6
    assert UmapLearn().fingerprint() == UmapLearn().fingerprint()
