import logging

import numpy as np
import pytest
import torch
from sklearn.manifold import trustworthiness

from fsannot.data.errors import DeviceError, InputError
from fsannot.projection import umap_learn
from fsannot.projection.auto import auto_umap
from fsannot.projection.cuml_umap import CumlUmap
from fsannot.projection.umap_learn import UmapLearn

Clusters = tuple[np.ndarray, np.ndarray]


def spread(positions: np.ndarray, labels: np.ndarray) -> float:
    """Scatter within classes as a fraction of the whole."""
    within = sum(
        ((positions[labels == c] - positions[labels == c].mean(0)) ** 2).sum() for c in np.unique(labels)
    )
    return float(within / ((positions - positions.mean(0)) ** 2).sum())


def test_labels_pull_classes_together(clusters: Clusters) -> None:
    features = clusters[0][:40]  # one cluster, whose halves only labels tell apart
    labels = np.arange(40) % 2
    projector = UmapLearn(n_neighbors=30)
    assert spread(projector.project(features, labels=labels), labels) < 0.8 * spread(
        projector.project(features), labels
    )


def test_a_warm_start_moves_points_little_and_keeps_their_neighborhoods(clusters: Clusters) -> None:
    features, cluster = clusters
    labels = np.where(np.arange(len(features)) % 8 == 0, cluster, -1)
    projector = UmapLearn()
    before = projector.project(features)
    after = projector.project(features, labels=labels, init=before)
    fresh = projector.project(features, labels=labels)
    extent = np.ptp(before, axis=0).max()
    assert np.median(np.linalg.norm(after - before, axis=1)) < 0.15 * extent
    trust_after, trust_fresh = (trustworthiness(features, p, n_neighbors=10) for p in (after, fresh))
    assert trust_after > trust_fresh - 0.02


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_an_init_of_any_scale_with_points_in_one_place(clusters: Clusters, scale: float) -> None:
    features, _ = clusters
    before = UmapLearn().project(features)
    init = before * np.float32(scale)
    init[10:20] = init[10]
    after = UmapLearn().project(features, init=init)
    assert len(np.unique(after, axis=0)) == len(features)
    assert trustworthiness(features, after, n_neighbors=10) > 0.9


def test_unlabelled_only_is_the_same_as_no_labels(clusters: Clusters) -> None:
    features, _ = clusters
    none = np.full(len(features), -1)
    np.testing.assert_array_equal(UmapLearn().project(features, labels=none), UmapLearn().project(features))


def test_a_remembered_neighborhood_gives_the_layout_of_a_fresh_one(clusters: Clusters) -> None:
    features, cluster = clusters
    used = UmapLearn(remembered=1)
    used.project(features)
    used.project(features[:50])
    used.project(features)
    np.testing.assert_array_equal(
        used.project(features, labels=cluster), UmapLearn().project(features, labels=cluster)
    )


def test_many_points_start_from_principal_components(
    clusters: Clusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(umap_learn, "SPECTRAL_UP_TO", 100)
    first, again = (UmapLearn(n_epochs=100).project(clusters[0]) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert trustworthiness(clusters[0], first, n_neighbors=10) > 0.8


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("n_neighbors", 1),
        ("min_dist", -0.1),
        ("target_weight", 1.0),
        ("n_epochs", 0),
        ("warm_epochs", 0),
        ("negative_sample_rate", -1),
    ],
)
def test_bad_settings_name_their_key(key: str, value: float) -> None:
    with pytest.raises(InputError, match=f"projection.{key}={value}"):
        UmapLearn(**{key: value})


@pytest.mark.skipif(torch.cuda.is_available(), reason="says what happens without a GPU")
def test_without_a_gpu_auto_falls_back_with_a_message_and_cuml_is_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        projector = auto_umap(n_neighbors=7)
    assert isinstance(projector, UmapLearn)
    assert projector.n_neighbors == 7
    assert "umap-learn" in caplog.text
    with pytest.raises(DeviceError, match="projection=umap_learn"):
        CumlUmap()
