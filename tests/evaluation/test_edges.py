from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching, min_weight_full_bipartite_matching
from scipy.spatial.distance import cdist

from fsannot.data.bsds import BSDS500
from fsannot.data.errors import InputError
from fsannot.evaluation.boundary_matching import BoundaryMatcher
from fsannot.evaluation.boundary_thinning import across_edge, smooth_triangle, suppress_non_maxima
from fsannot.evaluation.edges import (
    BoundaryCounts,
    count_boundaries,
    even_thresholds,
    score_boundaries,
)

# thinning


def ridge(angle: float, sigma: float = 2.0) -> np.ndarray:
    """A straight ridge of height 1 through the middle, ``angle`` in degrees."""
    y, x = np.mgrid[-40:41, -40:41]
    distance = x * np.sin(np.deg2rad(angle)) - y * np.cos(np.deg2rad(angle))
    return np.exp(-(distance**2) / (2 * sigma**2)).astype(np.float32)


@pytest.mark.parametrize("angle", [0, 20, 45, 70, 90, 135])
def test_a_ridge_keeps_its_crest_alone(angle: float) -> None:
    edge_map = ridge(angle)
    thin = suppress_non_maxima(edge_map) > 0.1
    y, x = np.nonzero(thin)
    away = np.abs((x - 40) * np.sin(np.deg2rad(angle)) - (y - 40) * np.cos(np.deg2rad(angle)))
    assert away.max() <= 1
    # and all of the crest: one pixel or more in each row or column it crosses
    assert len(np.unique(y if angle > 45 else x)) >= 77


def test_strength_is_damped_along_the_frame() -> None:
    thin = suppress_non_maxima(ridge(90))
    crest = thin[:, 40]
    assert crest[0] == 0
    np.testing.assert_allclose(crest[:6] / crest[40], [0, 0.2, 0.4, 0.6, 0.8, 1], atol=0.01)


def test_corners_are_damped_from_both_sides() -> None:
    flat = suppress_non_maxima(np.ones((20, 30), np.float32))
    np.testing.assert_allclose(flat[:6, 15], [0, 0.2, 0.4, 0.6, 0.8, 1], atol=1e-6)
    assert flat[2, 3] == pytest.approx(0.4 * 0.6)
    assert flat[17, 26] == pytest.approx(0.4 * 0.6)


def test_triangles_by_hand() -> None:
    impulse = np.zeros((11, 11))
    impulse[5, 5] = 1
    np.testing.assert_allclose(smooth_triangle(impulse, 1)[4:7, 4:7], np.outer([1, 2, 1], [1, 2, 1]) / 16)
    row = np.array([1, 2, 3, 4, 5, 4, 3, 2, 1]) / 25
    np.testing.assert_allclose(smooth_triangle(impulse, 4)[1:10, 1:10], np.outer(row, row), atol=1e-15)
    # the frame is mirrored: of the last pixel's weight a quarter falls back on it
    impulse[5, 5], impulse[5, 10] = 0, 1
    assert smooth_triangle(impulse, 1)[5, 10] == pytest.approx(0.5 * 0.75)


@pytest.mark.parametrize("angle", [0, 20, 45, 70, 90, 110, 135, 160])
def test_orientation_is_the_toolbox_approximation(angle: float) -> None:
    """±arctan(tan²) of the normal's angle to the x axis, which is the right one at multiples of 45°."""
    found = np.rad2deg(across_edge(ridge(angle))[40, 40])
    normal = np.deg2rad((angle + 90) % 180)
    expected = np.rad2deg(np.arctan(np.sign(np.tan(normal)) * np.tan(normal) ** 2)) % 180
    assert min(abs(found - expected), 180 - abs(found - expected)) < 1


def test_one_percent_is_forgiven() -> None:
    """Two columns of nearly one strength both stay, a clearly weaker one goes."""
    for weaker, stays in ((0.995, True), (0.95, False)):
        edge_map = np.zeros((40, 40), np.float32)
        edge_map[:, 20], edge_map[:, 21] = 1, weaker
        # blurred: (weaker + 2)/4 in column 20, (1 + 2·weaker)/4 in column 21
        columns = suppress_non_maxima(edge_map)[20]
        assert columns[20] == pytest.approx((2 + weaker) / 4)
        assert (columns[21] > 0) == stays
        assert not columns[19]
        assert not columns[22]


# matching

points = arrays(np.bool_, (7, 9), elements=st.booleans())


@settings(max_examples=60, deadline=None)
@given(points, points, st.sampled_from([0.0, 1.0, 1.5, 2.3]))
def test_the_matching_is_as_large_as_can_be(
    predicted: np.ndarray, truth: np.ndarray, tolerance: float
) -> None:
    of_predicted, of_truth = BoundaryMatcher(predicted, truth, tolerance).match(
        np.ones(predicted.sum(), bool)
    )
    near = cdist(np.argwhere(predicted), np.argwhere(truth)) <= tolerance
    best = 0
    if near.size:
        best = int((maximum_bipartite_matching(csr_array(near)) >= 0).sum())
    assert of_predicted.sum() == of_truth.sum() == best
    assert of_predicted.shape == (near.shape[0],)
    assert of_truth.shape == (near.shape[1],)


def test_only_the_subset_is_matched() -> None:
    predicted = np.array([[1, 1, 0, 1]], bool)
    truth = np.array([[1, 0, 0, 1]], bool)
    of_predicted, of_truth = BoundaryMatcher(predicted, truth, 1.0).match(np.array([False, True, False]))
    assert of_predicted.tolist() == [False, True, False]
    assert of_truth.tolist() == [True, False]


def test_the_nearer_of_two_is_matched() -> None:
    predicted = np.array([[1, 0, 1, 0]], bool)
    truth = np.array([[0, 0, 1, 0]], bool)
    assert BoundaryMatcher(predicted, truth, 3.0).match(np.ones(2, bool))[0].tolist() == [False, True]


def test_a_chain_shifts_so_that_everyone_finds_a_partner() -> None:
    """Greedily, the pixel on its own place is taken; the largest matching moves each by one."""
    predicted = np.array([[1, 1, 1, 0]], bool)
    truth = np.array([[0, 1, 1, 1]], bool)
    assert BoundaryMatcher(predicted, truth, 1.0).match(np.ones(3, bool))[1].all()


def test_nearly_the_cheapest_assignment() -> None:
    """Against the benchmark's own rule, minimum total cost with a high price for staying alone."""
    rng = np.random.default_rng(0)
    predicted, truth = rng.random((60, 60)) < 0.12, rng.random((60, 60)) < 0.08
    distance = cdist(np.argwhere(predicted), np.argwhere(truth))
    n, m = distance.shape
    cost = np.hstack([np.where(distance <= 4, distance + 1, 0), np.eye(n) * 1000])
    rows, columns = min_weight_full_bipartite_matching(csr_array(cost))
    right = np.zeros(n, bool)
    right[rows[columns < m]] = True
    ours = BoundaryMatcher(predicted, truth, 4.0).match(np.ones(n, bool))[0]
    assert ours.sum() == right.sum()
    assert (ours == right).mean() > 0.9


# counting: a vertical line in an image whose diagonal is 100 pixels


def line(column: int, rows: slice = slice(8, 53)) -> np.ndarray:
    boundary = np.zeros((60, 80), bool)
    boundary[rows, column] = True
    return boundary


def blurred(*columns: int) -> np.ndarray:
    edge_map = np.zeros((60, 80), np.float32)
    for column in columns:
        edge_map[:, column] = 1
    edge_map = ndimage.gaussian_filter1d(edge_map, 1.5, axis=1)
    return edge_map / edge_map.max()


LOW = np.array([0.05])


def test_a_line_by_hand() -> None:
    counts = count_boundaries(blurred(30), [line(30)], LOW, tolerance=0.01)
    # the row at either end has strength 0; of the 58 others 45 are drawn, and each is matched once
    assert counts.found.tolist() == counts.right.tolist() == counts.drawn.tolist() == [45]
    assert counts.predicted.tolist() == [58]
    assert counts.f[0] == pytest.approx(2 * 45 / (45 + 58))


def test_tolerance_is_a_fraction_of_the_diagonal() -> None:
    for shift, found in ((2, 45), (3, 0)):
        counts = count_boundaries(blurred(30 + shift), [line(30)], LOW, tolerance=0.02)
        assert counts.found.tolist() == [found]


def test_a_second_line_beside_the_first_finds_nobody() -> None:
    counts = count_boundaries(blurred(30, 40), [line(30)], LOW, tolerance=0.11)
    assert counts.predicted.tolist() == [116]
    assert counts.right.tolist() == [45]


def test_several_annotators() -> None:
    """Right if anyone drew it; recall over what all of them drew."""
    annotators = [line(30), line(30), line(60), np.zeros((60, 80), bool)]
    counts = count_boundaries(blurred(30, 10), annotators, LOW, tolerance=0.01)
    assert counts.predicted.tolist() == [116]
    assert counts.right.tolist() == [45]
    assert counts.found.tolist() == [90]
    assert counts.drawn.tolist() == [135]


def test_nothing_predicted_and_nothing_drawn() -> None:
    empty = count_boundaries(np.zeros((60, 80), np.float32), [line(30)], LOW)
    assert (empty.recall[0], empty.precision[0], empty.f[0]) == (0, 1, 0)
    undrawn = count_boundaries(blurred(30), [np.zeros((60, 80), bool)], LOW)
    assert (undrawn.recall[0], undrawn.precision[0]) == (1, 0)


def test_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="at least one annotator"):
        count_boundaries(blurred(30), [], LOW)
    with pytest.raises(InputError, match=r"\(60, 80\)"):
        count_boundaries(blurred(30), [np.zeros((5, 5), bool)], LOW)
    with pytest.raises(InputError, match="rise"):
        count_boundaries(blurred(30), [line(30)], np.array([0.5, 0.2]))
    with pytest.raises(InputError, match="tolerance"):
        count_boundaries(blurred(30), [line(30)], LOW, tolerance=0.0)
    with pytest.raises(InputError, match="no images"):
        score_boundaries([], LOW)


# scores


def counted(found: list[int], drawn: int, right: list[int], predicted: list[int]) -> BoundaryCounts:
    return BoundaryCounts(*(np.array(v) for v in (found, [drawn] * len(found), right, predicted)))


def test_scores_by_hand() -> None:
    thresholds = np.array([0.25, 0.5, 0.75])
    first = counted([10, 5, 0], 10, [10, 5, 0], [40, 5, 0])  # best at 0.5: F = 2/3
    second = counted([10, 8, 5], 10, [10, 8, 5], [12, 10, 5])  # best at 0.25: F = 10/11
    scores = score_boundaries([first, second], thresholds)
    # together: recall 1, 13/20, 1/4; precision 20/52, 13/15, 1
    np.testing.assert_allclose(scores.recall, [1, 0.65, 0.25])
    np.testing.assert_allclose(scores.precision, [20 / 52, 13 / 15, 1])
    at_half = 2 * (13 / 15) * 0.65 / (13 / 15 + 0.65)
    assert scores.ods >= at_half
    assert 0.25 < scores.ods_threshold <= 0.5
    # each at its best: found 5 + 10 of 20 drawn, right 15 of 17 predicted
    assert scores.ois == pytest.approx(2 * (15 / 20) * (15 / 17) / (15 / 20 + 15 / 17))
    # trapezoids: 0–0.25 at 1, then to 0.65, then to 1
    area = 0.25 + 0.4 * (1 + 13 / 15) / 2 + 0.35 * (13 / 15 + 20 / 52) / 2
    assert scores.ap == pytest.approx(area)


def test_ods_interpolates_between_thresholds() -> None:
    counts = counted([10, 4], 10, [10, 4], [20, 4])  # recall 1 → 0.4, precision 0.5 → 1
    scores = score_boundaries([counts], np.array([0.2, 0.8]))
    k = np.arange(101) / 100
    precision, recall = 0.5 + 0.5 * k, 1 - 0.6 * k
    f = 2 * precision * recall / (precision + recall)
    assert scores.ods == pytest.approx(f.max())
    assert scores.ods > counts.f.max()
    assert scores.ods_threshold == pytest.approx(0.2 + 0.6 * k[f.argmax()])


def test_a_perfect_detector() -> None:
    scores = score_boundaries([counted([7, 7], 7, [7, 7], [7, 7])], np.array([0.3, 0.6]))
    assert (scores.ods, scores.ois, scores.ap) == (1, 1, 1)


def test_precision_where_nothing_is_predicted_is_no_score() -> None:
    scores = score_boundaries([counted([5, 0], 10, [5, 0], [10, 0])], np.array([0.3, 0.6]))
    assert scores.ods == pytest.approx(0.5)
    assert scores.ap == pytest.approx(0.25)


def test_thresholds_are_even() -> None:
    np.testing.assert_allclose(even_thresholds(99), np.arange(1, 100) / 100)
    with pytest.raises(InputError, match="0 thresholds"):
        even_thresholds(0)


# real boundaries


@pytest.mark.realdata
def test_people_agree_with_each_other_as_published(realdata: Path) -> None:
    """Each person against the others scores about 0.80 in the benchmark's publications."""
    data = BSDS500(realdata / "BSDS500", "val")
    counts = []
    for i in range(0, 100, 12):
        people = data.boundaries(i)
        tolerance = 0.0075 * float(np.hypot(*people[0].shape))
        for k, person in enumerate(people):
            others = [BoundaryMatcher(person, o, tolerance) for j, o in enumerate(people) if j != k]
            matches = [m.match(np.ones(m.n_predicted, bool)) for m in others]
            found, drawn = sum(int(t.sum()) for _, t in matches), sum(len(t) for _, t in matches)
            right = int(np.any([p for p, _ in matches], 0).sum())
            counts.append(counted([found], drawn, [right], [others[0].n_predicted]))
    assert abs(score_boundaries(counts, np.array([0.5])).ods - 0.80) < 0.03
