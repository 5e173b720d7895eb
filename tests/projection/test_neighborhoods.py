"""Shared neighborhoods give what a search for each question would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.features.rows import FeatureRows, Features
from fsannot.projection import neighborhoods
from fsannot.projection.approximate import approximate_neighbors
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.neighbors import nearest_neighbors
from fsannot.projection.pca import PcaProjector, principal_components
from fsannot.projection.placement import beside, place
from fsannot.projection.umap_learn import UmapLearn


def unit(seed: int, n: int, d: int = 8) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(n, d))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def agrees(found: tuple[np.ndarray, np.ndarray], expected: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_allclose(found[1], expected[1], atol=2e-6)
    # products of other shapes round differently: a pair closer than that may come in either order
    clear = np.abs(np.diff(expected[1], axis=1)).min(1, initial=1) > 1e-5
    np.testing.assert_array_equal(found[0][clear], expected[0][clear])


@pytest.fixture(params=["array", "rows"])
def wrap(request: pytest.FixtureRequest) -> Callable[[np.ndarray], Features]:
    return (lambda x: FeatureRows(np.array_split(x, 3))) if request.param == "rows" else lambda x: x


@given(seed=st.integers(0, 500), n=st.integers(4, 50), more=st.integers(0, 60), blocked=st.booleans())
@settings(max_examples=40, deadline=None)
def test_every_answer_is_that_of_a_search(seed: int, n: int, more: int, blocked: bool) -> None:
    rng = np.random.default_rng(seed)
    features = unit(seed, n + more)
    hoods = Neighborhoods(FeatureRows([features[:n]]) if blocked else features[:n])
    agrees(hoods.table(3), nearest_neighbors(features[:n], 3))
    if more:
        hoods.extend(features[n:])
    for k in (3, min(15, n - 1)):
        agrees(hoods.table(k), nearest_neighbors(features, k))
        alive = np.sort(rng.choice(n + more, rng.integers(k + 1, n + more + 1), replace=False))
        agrees(hoods.among(alive, k), nearest_neighbors(features[alive], k))
    candidates = rng.random(n + more) < 0.5
    candidates[:3], candidates[-1] = True, False
    queries = np.flatnonzero(~candidates)
    chosen = np.flatnonzero(candidates)
    index, similarity = nearest_neighbors(features[chosen], 3, features[queries])
    agrees(hoods.nearest(queries, candidates, 3), (chosen[index], similarity))


def test_the_table_is_computed_once_and_brought_up_to_date(
    monkeypatch: pytest.MonkeyPatch, wrap: Callable[[np.ndarray], Features]
) -> None:
    features, asked = unit(0, 120), []

    def counted(found: Features, k: int, queries: Features | None = None, **options: object) -> object:
        asked.append(len(found) if queries is None else len(queries))
        return nearest_neighbors(found, k, queries, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(neighborhoods, "nearest_neighbors", counted)
    hoods = Neighborhoods(wrap(features[:100]))
    first = UmapLearn(n_neighbors=6).project(hoods.features, neighbors=hoods.table, init=np.eye(100, 2))
    assert asked == [100]
    UmapLearn(n_neighbors=9).project(hoods.features, neighbors=hoods.table, init=first)
    hoods.nearest(np.array([3]), np.arange(100) > 3, 1)
    assert asked == [100]  # one look into the table answers both
    hoods.extend(features[100:])
    hoods.table(9)
    assert asked == [100, 20, 100]  # the new among all, and all among the new


def test_few_are_searched_without_the_table() -> None:
    hoods = Neighborhoods(unit(0, 500))
    hoods.among(np.arange(10), 3)
    hoods.nearest(np.array([1]), np.arange(500) != 1, 5)
    assert not hoods._index.size


def test_projectors_take_shared_neighbors_and_rows_on_disk(clusters: tuple[np.ndarray, np.ndarray]) -> None:
    features = clusters[0].astype(np.float16)
    rows = FeatureRows(np.array_split(features, 5))
    hoods = Neighborhoods(rows)
    start = np.random.default_rng(0).uniform(0, 10, (240, 2)).astype(np.float32)
    alone = UmapLearn().project(features.astype(np.float32), init=start)
    np.testing.assert_array_equal(UmapLearn().project(rows, neighbors=hoods.table, init=start), alone)
    np.testing.assert_allclose(
        PcaProjector().project(rows), PcaProjector().project(features.astype(np.float32)), atol=1e-4
    )
    np.testing.assert_allclose(
        principal_components(FeatureRows([features[:15]]), 2),
        principal_components(features[:15].astype(np.float32), 2),
        atol=1e-5,
    )
    positions = alone[:200]
    candidates = np.arange(240) < 200
    np.testing.assert_allclose(
        beside(*hoods.nearest(np.arange(200, 240), candidates, 5), positions),
        place(features[200:], features[:200], positions),
        atol=1e-5,
    )


def test_approximate_neighbors_are_mostly_right_and_exactly_measured() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(1500, 16)) @ rng.normal(size=(16, 200)) + 0.3 * rng.normal(size=(1500, 200))
    features = (features / np.linalg.norm(features, axis=1, keepdims=True)).astype(np.float32)
    exact, _ = nearest_neighbors(features, 10)
    hoods = Neighborhoods(FeatureRows([features]), exact_up_to=1000)
    index, similarity = hoods.table(10)
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(index, exact, strict=True)])
    assert recall > 0.9
    np.testing.assert_allclose(similarity, (features[:, None] * features[index]).sum(2), atol=2e-6)
    assert (index != np.arange(1500)[:, None]).all()
    assert (np.diff(similarity, axis=1) <= 0).all()
    again = approximate_neighbors(features, neighborhoods.WIDTH)
    np.testing.assert_array_equal(again[0][:, :10], index)


def test_bad_questions_are_refused() -> None:
    hoods = Neighborhoods(unit(0, 20))
    with pytest.raises(InputError, match="between 1 and 19"):
        hoods.table(20)
    with pytest.raises(InputError, match="between 1 and 4"):
        hoods.among(np.arange(5), 5)
    with pytest.raises(InputError, match="own neighbors"):
        hoods.nearest(np.array([1]), np.ones(20, bool), 3)
    with pytest.raises(InputError, match="between 1 and 2"):
        hoods.nearest(np.array([5]), np.arange(20) < 2, 3)
