"""Merging by the mean border: costs by hand, a naive loop, features, and sizes of images."""

from __future__ import annotations

from collections.abc import Sequence

import higra as hg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.mean_border import by_mean_border
from fsannot.hierarchy.partitioner import Partitioner
from fsannot.hierarchy.watershed import build_hierarchy


class Colors:
    """The image itself as its features."""

    def maps(self, image: np.ndarray) -> Sequence[np.ndarray]:
        return [image.astype(np.float32)]

    def fingerprint(self) -> str:
        return "colors"


def test_features_decide_between_borders_of_equal_strength() -> None:
    """Three stripes, two borders of strength 0.5: the two red ones are one segment first."""
    edge_map = np.zeros((10, 30), np.float32)
    edge_map[:, [9, 10, 19, 20]] = 0.5
    image = np.zeros((10, 30, 3), np.uint8)
    image[:, :20, 0] = image[:, 20:, 1] = 200
    partitioner = Partitioner("mean_border", threshold=1.5, features=Colors())
    label_map = partitioner.partition(edge_map, image)
    assert label_map[0, [0, 15, 25]].tolist() == [0, 0, 1]
    with pytest.raises(InputError, match=r"partition\(edge_map, image\)"):
        partitioner.partition(edge_map)
    with pytest.raises(InputError, match=r"build\(edge_map, maps\(image\)\)"):
        partitioner.build(edge_map)


def stripes(size: int = 1) -> np.ndarray:
    """25, 25 and 50 % of an image, with borders of 0.5 and 0.8."""
    edge_map = np.zeros((10, 40), np.float32)
    edge_map[:, [9, 10]], edge_map[:, [19, 20]] = 0.5, 0.8
    return np.repeat(np.repeat(edge_map, size, 0), size, 1)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_altitudes_by_hand_in_an_image_of_any_size(size: int) -> None:
    hierarchy = build_hierarchy(stripes(size), "mean_border")
    assert hierarchy.n_regions == 3
    expected = [0.5 * 25**0.25, 0.8 * 50**0.25]
    np.testing.assert_allclose(hierarchy.altitudes[3:], expected, rtol=0.02)  # pixels on the border


def test_features_by_hand() -> None:
    """Orthogonal features across the weaker border, the same across the other, which is then the first to go."""
    level = np.zeros((1, 4, 2), np.float32)
    level[0, 0, 0] = level[0, 1:, 1] = 1
    hierarchy = build_hierarchy(stripes(), "mean_border", maps=[level])
    np.testing.assert_allclose(hierarchy.altitudes[3:], [0.8 * 25**0.25, 0.5 * 25**0.25 * 3])


def slow(basins: Basins) -> list[float]:
    """Altitudes in the order of merging: every cost is computed anew before each."""
    unit = 0.01 * basins.regions.size
    sources, targets = basins.graph.edge_list()
    strength: dict[frozenset[int], float] = {}
    length: dict[frozenset[int], float] = {}
    for s, t, mean, pairs in zip(sources, targets, basins.strengths, basins.lengths, strict=True):
        strength[frozenset((int(s), int(t)))] = mean * pairs
        length[frozenset((int(s), int(t)))] = pairs
    area = dict(enumerate(basins.areas.astype(float)))
    level = basins.maps[0].reshape(-1, basins.maps[0].shape[2]).astype(float)
    features = {r: level[basins.regions.ravel() == r].sum(0) for r in area}
    height = dict.fromkeys(area, 0.0)
    altitudes = []

    def cost(pair: frozenset[int]) -> float:
        a, b = pair
        cosine = features[a] @ features[b] / np.linalg.norm(features[a]) / np.linalg.norm(features[b])
        return strength[pair] / length[pair] * (min(area[a], area[b]) / unit) ** 0.25 * (3 - 2 * cosine)

    while strength:
        pair = min(strength, key=cost)
        a, b = pair
        new = max(height) + 1
        height[new] = max(cost(pair), height[a], height[b])
        altitudes.append(height[new])
        area[new], features[new] = area[a] + area[b], features[a] + features[b]
        for table in (strength, length):
            del table[pair]
            for old in [p for p in table if p & pair]:
                (other,) = old - pair
                joined = frozenset((new, other))
                table[joined] = table.get(joined, 0.0) + table.pop(old)
    return altitudes


@given(st.integers(0, 10_000), st.integers(3, 14), st.integers(3, 14))
@settings(max_examples=25, deadline=None)
def test_equals_a_naive_loop(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    edge_map, level = rng.random((height, width), np.float32), rng.random((height, width, 3), np.float32)
    grid = hg.get_4_adjacency_graph((height, width))
    weights = hg.weight_graph(grid, edge_map, hg.WeightFunction.mean)
    rag = hg.make_region_adjacency_graph_from_labelisation(grid, hg.labelisation_watershed(grid, weights))
    basins = Basins(rag, weights, [level])
    if rag.num_vertices() > 1:
        _, altitudes = by_mean_border(basins)
        np.testing.assert_allclose(altitudes[rag.num_vertices() :], slow(basins), rtol=1e-4)


def test_features_belong_to_the_fingerprint_and_to_a_criterion_that_takes_them() -> None:
    plain = Partitioner("mean_border", 0.3)
    assert plain.fingerprint() != Partitioner("mean_border", 0.3, features=Colors()).fingerprint()
    with pytest.raises(InputError, match=r"hierarchy\.features: the criterion area takes none.*mean_border"):
        Partitioner("area", 30, features=Colors())
