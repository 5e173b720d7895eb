import numpy as np
import pytest
from umap import umap_

from fsannot.projection.fuzzy_graph import fuzzy_graph, intersect_labels
from fsannot.projection.neighbors import nearest_neighbors


def neighborhoods(features: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    index, similarity = nearest_neighbors(features, k - 1)
    own = np.arange(len(features), dtype=np.int32)[:, None]
    distance = np.sqrt(np.maximum(2 - 2 * similarity, 0))
    return np.concatenate([own, index], 1), np.concatenate([np.zeros_like(own, np.float32), distance], 1)


@pytest.mark.parametrize("duplicates", [False, True])
def test_weights_are_those_of_umap_learn(
    clusters: tuple[np.ndarray, np.ndarray], duplicates: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("smooth_knn_dist", "compute_membership_strengths", "fast_intersection"):
        # the same code interpreted, which is faster than compiling it
        monkeypatch.setattr(umap_, name, getattr(umap_, name).py_func)
    features, cluster = clusters[0][::4], clusters[1][::4]
    if duplicates:
        features = np.concatenate([features[:30], np.repeat(features[:1], 20, axis=0)])
        cluster = cluster[: len(features)]
    index, distance = neighborhoods(features, 8)
    ours = fuzzy_graph(index, distance)
    theirs, _, _ = umap_.fuzzy_simplicial_set(
        features, 8, np.random.RandomState(0), "euclidean", knn_indices=index, knn_dists=distance
    )
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), atol=1e-4)
    labels = np.where(np.arange(len(features)) % 3 == 0, -1, cluster).astype(np.int64)
    mixed = umap_.discrete_metric_simplicial_set_intersection(theirs, labels.astype(float), far_dist=5.0)
    np.testing.assert_allclose(intersect_labels(ours, labels, 0.5).toarray(), mixed.toarray(), atol=1e-4)


def test_by_hand() -> None:
    """Three points on a line at 0, 1, 3 with two neighbors each: the nearest weighs 1."""
    index = np.array([[0, 1, 2], [1, 0, 2], [2, 1, 0]], np.int32)
    distance = np.array([[0, 1, 3], [0, 1, 2], [0, 2, 3]], np.float32)
    graph = fuzzy_graph(index, distance).toarray()
    # Σ exp(−(d − ρ)/σ) = log2(3) with the nearest at 1 leaves log2(3) − 1 for the second neighbor
    rest = np.log2(3) - 1
    assert graph[0, 1] == pytest.approx(1)
    assert graph[0, 2] == pytest.approx(rest + rest - rest**2, abs=1e-4)
    assert graph[1, 2] == pytest.approx(1)
    np.testing.assert_array_equal(graph, graph.T)
    assert not graph.diagonal().any()
