"""Hierarchies equal those of the reference recipe, for every criterion."""

from __future__ import annotations

from pathlib import Path

import higra as hg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.hierarchy.basins import Basins
from fsannot.hierarchy.criteria import CRITERIA, by_minima
from fsannot.hierarchy.watershed import build_hierarchy

FIXTURE = Path(__file__).parent.parent / "fixtures" / "partitions.npz"


def reference_partitions() -> list[str]:
    with np.load(FIXTURE) as stored:
        return [name for name in stored.files if not name.endswith("edges")]


def same_partition(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal up to renumbering."""
    pairs = len(np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b))
    return bool(pairs == len(np.unique(a)) == len(np.unique(b)))


def random_edges(seed: int, shape: tuple[int, int], levels: int = 0) -> np.ndarray:
    """Noise; with few ``levels``, full of plateaus and ties."""
    values = np.random.default_rng(seed).random(shape, dtype=np.float32)
    return np.round(values * levels).astype(np.float32) / np.float32(levels) if levels else values


def recipe(edge_map: np.ndarray, criterion: str, min_strength: float, threshold: float) -> np.ndarray:
    """The whole recipe from scratch for one cut."""
    graph = hg.get_4_adjacency_graph(edge_map.shape)
    source, target = graph.edge_list()
    flat = edge_map.ravel().astype(np.float64)
    weights = (flat[source] + flat[target]) / 2
    rag = hg.make_region_adjacency_graph_from_labelisation(graph, hg.labelisation_watershed(graph, weights))
    tree, altitudes = CRITERIA[criterion].merge(Basins(rag, weights))
    if min_strength:
        tree, kept = hg.simplify_tree(tree, hg.attribute_contour_strength(tree, weights) < min_strength)
        altitudes = altitudes[kept]
    labels = hg.labelisation_horizontal_cut_from_threshold(tree, altitudes, threshold, leaf_graph=rag)
    return hg.rag_back_project_vertex_weights(rag, labels)


@pytest.mark.parametrize("name", reference_partitions())
def test_same_partition_as_the_reference(name: str) -> None:
    frame, setting = name.split("/")
    criterion, threshold, _, min_strength = setting.split("_")
    with np.load(FIXTURE) as stored:
        edges = stored[f"{frame}/edges"].astype(np.float32) / np.float32(65535)
        expected = stored[name]
    labels = build_hierarchy(edges, criterion, float(min_strength)).cut(float(threshold))
    assert labels.dtype == np.int32
    assert same_partition(labels, expected)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("min_strength", [0.0, 0.3])
@pytest.mark.parametrize("levels", [0, 8])
def test_same_partition_as_a_rebuild_for_each_cut(criterion: str, min_strength: float, levels: int) -> None:
    edges = random_edges(3, (31, 43), levels)
    hierarchy = build_hierarchy(edges, criterion, min_strength)
    changes = hierarchy.thresholds()
    for threshold in [*np.quantile(changes, [0, 0.3, 0.6, 0.9, 1]), changes[-1] * 2]:
        labels = hierarchy.cut(threshold)
        assert same_partition(labels, recipe(edges, criterion, min_strength, threshold))
        assert hierarchy.n_segments(threshold) == labels.max() + 1 == len(np.unique(labels))


@pytest.mark.parametrize("criterion", CRITERIA)
def test_segments_are_connected(criterion: str) -> None:
    edges = random_edges(5, (24, 30))
    labels = build_hierarchy(edges, criterion).cut(1e-3)
    graph = hg.get_4_adjacency_graph(labels.shape)
    components = hg.make_region_adjacency_graph_from_labelisation(graph, labels).num_vertices()
    assert components == labels.max() + 1


def test_minima_counts_minima() -> None:
    """A chain with minima 1, 2 | 3, 4: each half joins when it has lost 1 of 2, both halves when 2."""
    chain = hg.UndirectedGraph(8)
    chain.add_edges(np.arange(7), np.arange(1, 8))
    tree, altitudes = by_minima(chain, np.array([1.0, 5, 2, 9, 3, 6, 4]))
    counts = [
        len(np.unique(hg.labelisation_horizontal_cut_from_threshold(tree, altitudes, t))) for t in (0, 1, 2)
    ]
    assert counts == [4, 2, 1]


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 12), st.sampled_from(sorted(CRITERIA)))
@settings(max_examples=40, deadline=None)
def test_any_small_image_has_a_hierarchy(seed: int, height: int, width: int, criterion: str) -> None:
    hierarchy = build_hierarchy(random_edges(seed, (height, width), levels=4), criterion)
    inner = np.arange(len(hierarchy.parents) - 1)
    assert (hierarchy.parents[inner] > inner).all()
    assert (hierarchy.altitudes[hierarchy.parents] >= hierarchy.altitudes).all()
    assert hierarchy.cut(np.max(hierarchy.altitudes)).max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (6, 6)])
def test_constant_map_is_one_segment(shape: tuple[int, int]) -> None:
    hierarchy = build_hierarchy(np.full(shape, 0.5, np.float32), "volume", 0.1)
    assert hierarchy.n_regions == 1
    assert (hierarchy.cut(0) == 0).all()
    assert hierarchy.cut(10).shape == shape


def test_memory_layout_does_not_matter() -> None:
    edges = random_edges(1, (20, 30))
    a, b = (build_hierarchy(e, "area").cut(6) for e in (edges, np.asfortranarray(edges)))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("edge_map", "criterion", "min_strength", "match"),
    [
        (np.full((4, 4), np.nan, np.float32), "area", 0.0, "finite"),
        (np.full((4, 4), 1.5, np.float32), "area", 0.0, r"\[0, 1\]"),
        (np.zeros((4, 4)), "area", 0.0, "float32"),
        (np.zeros((4, 4, 1), np.float32), "area", 0.0, "float32"),
        (np.zeros((4, 4), np.float32), "colour", 0.0, "area, dynamics"),
        (np.zeros((4, 4), np.float32), "area", -0.1, "min_strength"),
        (np.zeros((4, 4), np.float32), "area", float("nan"), "min_strength"),
        (np.zeros((4, 4), np.float32), "area", "0.1", "min_strength"),
    ],
)
def test_bad_input_is_named(edge_map: np.ndarray, criterion: str, min_strength: float, match: str) -> None:
    with pytest.raises(InputError, match=match):
        build_hierarchy(edge_map, criterion, min_strength)
