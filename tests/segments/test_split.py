"""Splits by clicks against a naive image foresting transform."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fsannot.data.errors import InputError
from fsannot.segments.split import split_segment


def path_costs(edges: np.ndarray, mask: np.ndarray, seeds: np.ndarray) -> np.ndarray:
    """Smallest possible largest arc of a path from any seed, float (H, W); inf where there is none."""
    cost = np.full(mask.shape, np.inf)
    queue = []
    for y, x in seeds.tolist():
        cost[y, x] = 0.0
        queue.append((0.0, y, x))
    heapq.heapify(queue)
    while queue:
        so_far, y, x = heapq.heappop(queue)
        if so_far > cost[y, x]:
            continue
        for v, u in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= v < mask.shape[0] and 0 <= u < mask.shape[1] and mask[v, u]:
                reach = max(so_far, (float(edges[y, x]) + float(edges[v, u])) / 2)
                if reach < cost[v, u]:
                    cost[v, u] = reach
                    heapq.heappush(queue, (reach, v, u))
    return cost


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Edge map, mask, positive and negative clicks; often with plateaus and disconnected masks."""
    rng = np.random.default_rng(draw(st.integers(0, 100_000)))
    shape = draw(st.integers(2, 9)), draw(st.integers(2, 9))
    levels = draw(st.sampled_from([1, 3, 1000]))
    edges = (rng.integers(0, levels + 1, shape) / levels).astype(np.float32)
    mask = rng.random(shape) < draw(st.sampled_from([0.6, 0.9, 1.0]))
    inside = np.argwhere(mask)
    assume(len(inside) >= 2)
    chosen = rng.permutation(inside)[: draw(st.integers(2, min(6, len(inside))))]
    cut = draw(st.integers(1, len(chosen) - 1))
    return edges, mask, chosen[:cut], chosen[cut:]


@given(cases())
@settings(max_examples=150, deadline=None)
def test_every_pixel_joins_a_side_of_least_cost(
    case: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    edges, mask, positive, negative = case
    part = split_segment(edges, mask, positive, negative)
    assert part.dtype == np.bool_
    assert not (part & ~mask).any()
    assert part[tuple(positive.T)].all()
    assert not part[tuple(negative.T)].any()
    to_positive, to_negative = path_costs(edges, mask, positive), path_costs(edges, mask, negative)
    assert (to_positive <= to_negative)[part].all()
    assert (to_negative <= to_positive)[mask & ~part].all()
    # each side is connected to its clicks inside itself, where clicks can be reached at all
    reachable = np.isfinite(np.minimum(to_positive, to_negative))
    for side, clicks in ((part, positive), (mask & ~part, negative)):
        assert np.isfinite(path_costs(edges, side, clicks))[side & reachable].all()


@given(cases())
@settings(max_examples=60, deadline=None)
def test_order_of_clicks_and_names_of_sides_do_not_matter(case: tuple) -> None:
    edges, mask, positive, negative = case
    part = split_segment(edges, mask, positive, negative)
    np.testing.assert_array_equal(part, split_segment(edges, mask, positive[::-1], negative[::-1]))
    np.testing.assert_array_equal(split_segment(edges, mask, negative, positive), mask & ~part)


def test_a_wall_divides_and_a_flat_area_is_halved() -> None:
    mask = np.ones((5, 9), bool)
    wall = np.zeros((5, 9), np.float32)
    wall[:, 6] = 1.0
    clicks = np.array([[2, 0]]), np.array([[2, 8]])
    part = split_segment(wall, mask, *clicks)
    assert part[:, :6].all()
    assert not part[:, 7:].any()
    flat = split_segment(np.zeros((5, 9), np.float32), mask, *clicks)
    assert flat[:, :4].all()
    assert not flat[:, 5:].any()


def test_a_piece_without_click_joins_the_nearest_click() -> None:
    mask = np.array([[True, True, False, True, False, True]])
    part = split_segment(np.zeros((1, 6), np.float32), mask, np.array([[0, 0]]), np.array([[0, 5]]))
    assert part.tolist() == [[True, True, False, False, False, False]]


MASK = np.array([[True, True, False]])


@pytest.mark.parametrize(
    ("positive", "negative", "match"),
    [
        ([[0, 0]], [], "no negative click"),
        (np.empty((0, 2), int), [[0, 0]], "no positive click"),
        ([[0, 0]], [[0, 2]], "outside the segment"),
        ([[0, 0]], [[0, 7]], "outside the segment"),
        ([[0, -2]], [[0, 1]], "outside the segment"),
        ([[0, 1], [0, 0]], [[0, 1]], "positive and as negative"),
        ([[0.0, 0.5]], [[0, 1]], "integers"),
        ([[0, 0, 0]], [[0, 1]], r"\(k, 2\)"),
    ],
)
def test_bad_clicks_are_named(positive: object, negative: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        split_segment(np.zeros((1, 3), np.float32), MASK, np.asarray(positive), np.asarray(negative))


def test_bad_maps_are_named() -> None:
    clicks = np.array([[0, 0]]), np.array([[0, 1]])
    with pytest.raises(InputError, match="finite"):
        split_segment(np.full((1, 3), np.nan, np.float32), MASK, *clicks)
    with pytest.raises(InputError, match="mask"):
        split_segment(np.zeros((1, 3), np.float32), MASK.astype(int), *clicks)
