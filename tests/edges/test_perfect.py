from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.measure import label as connected_label

from fsannot.data.errors import InputError
from fsannot.data.sample import IGNORE
from fsannot.edges.gradient import Gradient
from fsannot.edges.perfect import PerfectEdges, constrain, target_boundaries
from fsannot.evaluation.iou import agreement_bound
from fsannot.hierarchy.watershed import build_hierarchy


def square() -> np.ndarray:
    target = np.zeros((30, 40), np.int32)
    target[8:20, 10:30] = 1
    return target


def is_pure(label_map: np.ndarray, target: np.ndarray) -> bool:
    return all(
        len(np.unique(t[t != IGNORE])) <= 1 for t in (target[label_map == s] for s in np.unique(label_map))
    )


def test_boundaries_by_hand() -> None:
    target = np.array([[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 2, 2]], np.int32)
    expected = np.array([[0, 1, 1, 0], [1, 1, 1, 1], [1, 1, 1, 1]], bool)
    np.testing.assert_array_equal(target_boundaries(target), expected)


def test_ignored_pixels_take_the_nearest_class() -> None:
    target = np.array([[0, 0, IGNORE, IGNORE, IGNORE, 1]], np.int32)
    np.testing.assert_array_equal(target_boundaries(target), [[0, 0, 0, 1, 1, 0]])
    assert not target_boundaries(np.full((3, 3), IGNORE, np.int32)).any()


def test_without_base_the_basins_are_the_regions() -> None:
    target = square()
    basins = build_hierarchy(PerfectEdges().from_target(target), "area").regions
    # all links of a corner pixel weigh 1, so it may fall to either side; the exact partition is constrain's
    assert np.count_nonzero(basins != target) <= 4
    np.testing.assert_array_equal(constrain(basins, target), target)


def test_over_a_base_the_cut_follows_the_ground_truth_and_keeps_inner_segments() -> None:
    target = square()
    image = np.random.default_rng(0).integers(0, 256, (*target.shape, 3), np.uint8)
    edge_map = PerfectEdges(Gradient()).predict_from_target([image], [target], [0])[0]
    assert edge_map[target_boundaries(target)].min() == 1
    assert edge_map[~target_boundaries(target)].max() <= 0.5
    cut = build_hierarchy(edge_map, "area").cut(20)
    assert cut.max() > 3
    assert agreement_bound(cut, target, 2) > 0.99
    assert agreement_bound(build_hierarchy(Gradient().predict([image])[0], "area").cut(20), target, 2) < 0.95
    assert is_pure(constrain(cut, target), target)


def test_missing_takes_that_fraction_in_gaps() -> None:
    target = square()
    whole, broken = (PerfectEdges(missing=m, gap=2).from_target(target) for m in (0.0, 0.3))
    assert abs(broken.sum() / whole.sum() - 0.7) < 0.03
    # contiguous: far fewer gaps than missing pixels
    gaps = connected_label((whole > 0) & (broken == 0), connectivity=2).max()
    assert 1 <= gaps < 0.3 * whole.sum() / 3


def test_blur_keeps_the_peak_of_a_straight_boundary() -> None:
    target = np.zeros((60, 60), np.int32)
    target[:, 30:] = 1
    edge_map = PerfectEdges(blur=2.0).from_target(target)
    np.testing.assert_allclose(edge_map[:, 29:31], 1, atol=1e-4)
    assert 0.1 < edge_map[30, 26] < 0.9


def test_degradation_is_seeded_by_seed_and_image() -> None:
    make = PerfectEdges(missing=0.3, noise=0.1, seed=0)
    first = make.from_target(square(), 4)
    np.testing.assert_array_equal(first, PerfectEdges(missing=0.3, noise=0.1).from_target(square(), 4))
    assert (first != make.from_target(square(), 5)).any()
    assert (first != PerfectEdges(missing=0.3, noise=0.1, seed=1).from_target(square(), 4)).any()
    assert make.degraded
    assert not PerfectEdges().degraded


def test_needs_the_target_and_says_so() -> None:
    assert PerfectEdges.needs_target
    assert not Gradient.needs_target
    with pytest.raises(InputError, match="predict_from_target"):
        PerfectEdges().predict([np.zeros((4, 4, 3), np.uint8)])


@pytest.mark.parametrize(
    "setting", [{"missing": 1.1}, {"interior": 0.7}, {"blur": -1}, {"gap": 0}, {"seed": -1}]
)
def test_refuses_settings(setting: dict) -> None:
    with pytest.raises(InputError, match=f"{next(iter(setting))}="):
        PerfectEdges(**setting)


def test_fingerprint_covers_every_setting() -> None:
    variants = [{}, {"missing": 0.1}, {"gap": 3}, {"blur": 1}, {"noise": 0.1}, {"seed": 1}, {"interior": 0.4}]
    prints = {PerfectEdges(**v).fingerprint() for v in variants} | {PerfectEdges(Gradient()).fingerprint()}
    assert len(prints) == len(variants) + 1


# constrain


def test_a_sliver_joins_its_own_side() -> None:
    """The partition's outline is one column off: the column left over joins the object it belongs to."""
    target = np.zeros((10, 12), np.int32)
    target[:, 6:] = 1
    partition = np.zeros((10, 12), np.int32)
    partition[:, 7:] = 1
    result = constrain(partition, target)
    np.testing.assert_array_equal(result, target)


def test_a_sliver_joins_across_the_longest_border() -> None:
    target = np.zeros((9, 12), np.int32)
    target[:, 6:] = 1
    partition = np.zeros((9, 12), np.int32)
    partition[:3, 7:], partition[3:, 7:] = 1, 2  # borders of 3 and 6 pixels with the column left over
    result = constrain(partition, target, min_area=10)
    assert len(np.unique(result)) == 3
    assert (result[:, 6] == result[8, 11]).all()


def test_parts_without_company_of_their_class_stay() -> None:
    target = np.zeros((8, 8), np.int32)
    target[3, 3] = 1
    result = constrain(np.zeros((8, 8), np.int32), target)
    assert len(np.unique(result)) == 2
    assert (result == result[3, 3]).sum() == 1


def test_small_segments_that_were_not_cut_stay() -> None:
    partition = np.zeros((8, 8), np.int32)
    partition[2, 2] = 1
    assert len(np.unique(constrain(partition, np.zeros((8, 8), np.int32)))) == 2


def test_ignored_pixels_make_no_segments() -> None:
    target = np.zeros((10, 10), np.int32)
    target[:, 4:6] = IGNORE
    target[:, 6:] = 1
    result = constrain(np.zeros((10, 10), np.int32), target, min_area=1)
    assert len(np.unique(result)) == 2
    assert is_pure(result, target)


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.int32, (9, 11), elements=st.integers(0, 3)),
    arrays(np.int32, (9, 11), elements=st.integers(-1, 2)),
    st.integers(1, 12),
)
def test_every_segment_is_pure_and_connected(
    partition: np.ndarray, target: np.ndarray, min_area: int
) -> None:
    result = constrain(partition, target, min_area)
    assert is_pure(result, target)
    assert result.min() == 0
    assert len(np.unique(result)) == result.max() + 1
    assert connected_label(result, background=-1, connectivity=1).max() == result.max() + 1
    # pure, connected and with nothing left over: a second time changes nothing
    np.testing.assert_array_equal(
        connected_label(constrain(result, target, min_area), background=-1, connectivity=1),
        connected_label(result, background=-1, connectivity=1),
    )


def test_refuses_what_is_no_partition() -> None:
    with pytest.raises(InputError, match="label map holds -1"):
        constrain(np.full((3, 3), -1), np.zeros((3, 3), np.int32))
    with pytest.raises(InputError, match=r"\(3, 3\).*\(4, 4\)"):
        constrain(np.zeros((3, 3), np.int32), np.zeros((4, 4), np.int32))
