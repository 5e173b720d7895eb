from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from fsannot.clicks.click import Click
from fsannot.clicks.clicker import Clicker
from fsannot.data.errors import InputError
from tests.clicks import naive
from tests.clicks.scripted import Disks


def first(gt: np.ndarray, mask: np.ndarray | None = None, **options: Any) -> Click | None:
    clicker = Clicker(**options)
    clicker.start(gt)
    if mask is not None:
        clicker.observe(mask)
    return clicker.click()


def box(shape: tuple[int, int], *boxes: tuple[int, int, int, int]) -> np.ndarray:
    gt = np.zeros(shape, np.int8)
    for y0, x0, y1, x1 in boxes:
        gt[y0:y1, x0:x1] = 1
    return gt


@pytest.mark.parametrize("transform", ["exact", "opencv"])
def test_click_one_is_the_middle_of_the_object(transform: str) -> None:
    assert first(box((9, 9), (2, 3, 7, 8)), transform=transform) == Click(4, 5, True)


def test_the_deeper_error_wins_whatever_its_area() -> None:
    gt = box((20, 40), (1, 1, 3, 39), (8, 2, 15, 9))
    mask = np.zeros(gt.shape, bool)
    assert first(gt, mask) == Click(11, 5, True)  # 7×7 is deeper than the longer 2×38
    mask[8:15, 2:9] = True
    mask[5:18, 20:33] = True  # a false 13×13
    assert first(gt, mask) == Click(11, 26, False)


def test_equal_depths_give_a_negative_click_unless_told_otherwise() -> None:
    gt = box((12, 24), (2, 2, 7, 7))
    mask = box((12, 24), (2, 14, 7, 19)) == 1
    assert first(gt, mask) == Click(4, 16, False)
    assert first(gt, mask, transform="opencv") == Click(4, 16, False)
    assert first(gt, mask, sign_tie="positive") == Click(4, 4, True)


def test_of_equally_deep_pixels_the_first_in_row_major_order() -> None:
    gt = box((20, 20), (10, 1, 13, 4), (2, 12, 5, 15), (2, 6, 5, 9))
    assert first(gt) == Click(3, 7, True)
    assert first(gt, place_tie="last") == Click(11, 2, True)
    assert first(gt, transform="opencv", place_tie="last") == Click(11, 2, True)
    drawn = {first(gt, place_tie="random", seed=seed) for seed in range(40)}
    assert drawn == {Click(3, 7, True), Click(3, 13, True), Click(11, 2, True)}


@pytest.mark.parametrize("transform", ["exact", "opencv"])
def test_the_image_border_is_an_edge(transform: str) -> None:
    gt = box((9, 21), (0, 0, 9, 5))  # without the border the deepest pixels would lie in column 0
    assert first(gt, transform=transform) == Click(2, 2, True)


def test_ignored_pixels_are_no_error_and_bound_the_others() -> None:
    gt = box((11, 30), (1, 1, 10, 10))
    gt[1:10, 6:10] = -1
    mask = np.zeros(gt.shape, bool)
    assert first(gt, mask) == Click(3, 3, True)  # columns 1 to 5 are left of the object
    gt[:, 12:] = -1
    mask[:, 12:] = True  # would be the largest error
    assert first(gt, mask) == Click(3, 3, True)


def test_ignored_pixels_do_not_count_in_the_iou() -> None:
    clicker = Clicker()
    gt = np.array([[1, 1, 0, 0, -1, -1]], np.int8)
    clicker.start(gt)
    assert clicker.observe(np.array([[True, False, True, False, True, False]])) == 1 / 3
    assert clicker.observe(np.array([[True, True, False, False, True, True]])) == 1.0


def test_no_pixel_is_clicked_twice() -> None:
    gt = box((7, 7), (2, 2, 5, 5))
    clicker = Clicker()
    clicker.start(gt)
    places = []
    for _ in range(9):
        click = clicker.click()
        assert click is not None
        assert click.positive
        places.append((click.y, click.x))
        clicker.observe(np.zeros(gt.shape, bool))
    assert places[0] == (3, 3)
    assert places[1:] == [(2, 2), (2, 3), (2, 4), (3, 2), (3, 4), (4, 2), (4, 3), (4, 4)]
    assert clicker.click() is None  # errors are left, but every one of their pixels is clicked


def test_no_error_left_is_no_click() -> None:
    gt = box((7, 7), (2, 2, 5, 5))
    gt[0] = -1
    mask = gt == 1
    mask[0, 3] = True
    assert first(gt, mask) is None


def random_case(rng: np.random.Generator) -> np.ndarray:
    shape = tuple(rng.integers(8, 26, 2))
    field = ndimage.gaussian_filter(rng.standard_normal(shape), rng.uniform(0.4, 3.0))
    gt = (field > np.quantile(field, rng.uniform(0.3, 0.9))).astype(np.int8)
    if rng.random() < 0.5:
        band = ndimage.gaussian_filter(rng.standard_normal(shape), 1.5)
        gt[band > np.quantile(band, 0.85)] = -1
    return gt


def test_two_hundred_masks_are_clicked_as_by_the_naive_implementation() -> None:
    rng = np.random.default_rng(20)
    cases = signs = 0
    while cases < 200:
        gt = random_case(rng)
        if not ((gt == 1).any() and (gt == 0).any()):
            continue
        cases += 1
        predictor, clicker = Disks(rng.uniform(1, 5)), Clicker()
        predictor.start(np.zeros((*gt.shape, 3), np.uint8))
        clicker.start(gt)
        taken: list[tuple[int, int, bool]] = []
        mask = np.zeros(gt.shape, bool)
        for _ in range(8):
            expected, click = naive.next_click(gt, mask, taken), clicker.click()
            assert (None if click is None else (click.y, click.x, click.positive)) == expected
            if expected is None:
                break
            taken.append(expected)
            mask = predictor.predict([Click(*t) for t in taken]) > 0.5
            assert clicker.observe(mask) == pytest.approx(naive.intersection_over_union(gt, mask), abs=1e-15)
            signs += not expected[2]
    assert signs > 200  # both kinds of click were compared


def test_both_transforms_click_nearly_the_same() -> None:
    rng = np.random.default_rng(3)
    same = 0
    for _ in range(100):
        field = ndimage.gaussian_filter(rng.standard_normal((90, 120)), rng.uniform(1, 8))
        gt = (field > np.quantile(field, rng.uniform(0.4, 0.95))).astype(np.int8)
        same += first(gt) == first(gt, transform="opencv")
    assert same >= 98


def test_jitter_misses_the_middle_but_not_the_error() -> None:
    gt = box((60, 80), (10, 10, 51, 61))
    clicks = [first(gt, jitter=0.4, seed=seed) for seed in range(60)]
    assert all(c is not None and c.positive and gt[c.y, c.x] == 1 for c in clicks)
    offsets = np.array([(c.y - 30, c.x - 30) for c in clicks if c])
    assert len(np.unique(offsets, axis=0)) > 40
    assert 5 < offsets[:, 0].std() < 11  # 0.4 × depth 21 = 8.4 pixels
    assert first(gt, jitter=1e-6) == first(gt)


def test_random_draws_depend_on_seed_and_name_alone() -> None:
    gt = box((60, 80), (10, 10, 51, 61))
    clicker = Clicker(jitter=0.5, seed=0)

    def of(name: str) -> Click | None:
        clicker.start(gt, name)
        return clicker.click()

    alone = of("b")
    of("a")
    assert of("b") == alone
    assert of("a") != alone
    assert Clicker(seed=0).fingerprint() == Clicker().fingerprint() != Clicker(seed=1).fingerprint()


@pytest.mark.parametrize(
    ("gt", "message"),
    [
        (np.zeros((4, 4), np.int8), "bear/00000: the ground truth has no object"),
        (np.ones((4, 4), np.int8), "bear/00000: the ground truth has no background"),
        (np.full((4, 4), -1, np.int8), "bear/00000: every pixel of the ground truth is ignored"),
        (np.full((4, 4), 255, np.uint8), r"bear/00000: .*values in \[255, 255\]"),
        (np.zeros((4, 4), np.float32), "bear/00000: .*float32"),
        (np.zeros((4, 4, 1), np.int8), r"bear/00000: .*\(4, 4, 1\)"),
    ],
)
def test_ground_truth_that_cannot_be_clicked_is_named(gt: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Clicker().start(gt, "bear/00000")


def test_a_bool_mask_is_a_ground_truth() -> None:
    assert first(box((9, 9), (2, 3, 7, 8)) == 1) == Click(4, 5, True)


@pytest.mark.parametrize(
    "options",
    [{"transform": "chamfer"}, {"sign_tie": "none"}, {"place_tie": "middle"}, {"jitter": -0.1}],
    ids=str,
)
def test_invalid_options(options: dict[str, Any]) -> None:
    (key,) = options
    with pytest.raises(InputError, match=key):
        Clicker(**options)


def test_calls_out_of_order_and_wrong_masks() -> None:
    with pytest.raises(InputError, match="before start"):
        Clicker().click()
    with pytest.raises(InputError, match="before start"):
        Clicker().observe(np.zeros((2, 2), bool))
    clicker = Clicker()
    clicker.start(box((4, 4), (1, 1, 3, 3)))
    with pytest.raises(InputError, match=r"bool \(4, 4\)"):
        clicker.observe(np.zeros((4, 5), bool))
