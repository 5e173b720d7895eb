import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.projection.pca import principal_components
from fsannot.projection.placement import place
from fsannot.projection.umap_learn import UmapLearn


def test_new_points_land_in_their_cluster(clusters: tuple[np.ndarray, np.ndarray]) -> None:
    features, cluster = clusters
    new = np.arange(len(features)) % 10 == 0
    positions = UmapLearn().project(features[~new])
    placed = place(features[new], features[~new], positions)
    centres = np.stack([positions[cluster[~new] == c].mean(0) for c in range(6)])
    nearest = np.linalg.norm(placed[:, None] - centres, axis=2).argmin(1)
    assert (nearest == cluster[new]).mean() > 0.9


def test_a_known_point_lands_near_itself_and_one_neighbor_gives_its_place() -> None:
    features = np.eye(4, dtype=np.float32)
    positions = np.array([[0, 0], [5, 0], [0, 5], [5, 5]], np.float32)
    np.testing.assert_array_equal(place(features, features, positions, k=1), positions)
    np.testing.assert_allclose(place(features, features, positions, k=3), positions, atol=1e-6)


def test_a_neighbor_far_away_on_the_canvas_does_not_pull() -> None:
    features = np.array([[1, 0], [0.999, 0.045], [0.999, -0.045], [0.998, 0.063]], np.float32)
    positions = np.array([[0, 0], [0.1, 0], [0, 0.1], [100, 100]], np.float32)
    assert np.abs(place(features[:1], features, positions, k=4)).max() < 0.2


def test_edges() -> None:
    one = np.array([[1, 0]], np.float32)
    np.testing.assert_array_equal(place(one, one, np.array([[3, 4]], np.float32)), [[3, 4]])
    assert place(one[:0], one, np.zeros((1, 2), np.float32)).shape == (0, 2)
    with pytest.raises(InputError):
        place(one, one[:0], np.zeros((0, 2), np.float32))
    with pytest.raises(InputError):
        place(one, one, np.zeros((2, 2), np.float32))


@pytest.mark.parametrize("shape", [(30, 5), (5, 30), (3, 1)])
def test_principal_components_carry_the_variance(shape: tuple[int, int]) -> None:
    features = np.random.default_rng(0).normal(size=shape)
    coordinates = principal_components(features, 2)
    singular = np.linalg.svd(features - features.mean(0), compute_uv=False)
    expected = np.zeros(2)
    expected[: min(2, len(singular))] = singular[:2]
    np.testing.assert_allclose(np.linalg.norm(coordinates, axis=0), expected, rtol=1e-4)
