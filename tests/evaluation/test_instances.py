"""Every foreground pixel is charged to one instance: values by hand, and what cannot be gamed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fsannot.data.errors import InputError
from fsannot.evaluation.instances import InstanceCells, instance_ious
from fsannot.evaluation.iou import iou

ROW = np.array([[0, 1, 1, 0, 0, 0, 2, 0, 0, 0]], np.int32)


def said(*columns: int) -> np.ndarray:
    mask = np.zeros(ROW.shape, bool)
    mask[0, list(columns)] = True
    return mask


def by_hand(instances: np.ndarray) -> np.ndarray:
    """Codes from the distance of every pixel to every instance."""
    codes = np.zeros(instances.shape, np.int32)
    places = np.argwhere(instances > 0)
    numbers = instances[instances > 0]
    for y, x in np.ndindex(instances.shape):
        if instances[y, x]:
            codes[y, x] = np.flatnonzero(np.unique(numbers) == instances[y, x])[0] + 1
        elif len(places):
            squared = ((places - (y, x)) ** 2).sum(1)
            owner = numbers[squared == squared.min()].min()
            codes[y, x] = -1 - np.flatnonzero(np.unique(numbers) == owner)[0]
    return codes


def test_the_nearest_instance_answers_for_the_background() -> None:
    # column 4 is as far from instance 1 as from instance 2: the lower number has it
    assert InstanceCells.of(ROW).codes.tolist() == [[-1, 1, 1, -1, -1, -2, 2, -2, -2, -2]]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((1, 2, 6), {1: 1.0, 2: 1.0}),
        ((1, 2), {1: 1.0, 2: 0.0}),
        ((1, 2, 3, 4, 6), {1: 0.5, 2: 1.0}),
        ((1, 2, 6, 9), {1: 1.0, 2: 0.5}),  # touches no instance, and still costs one
        ((0, 9), {1: 0.0, 2: 0.0}),
        (tuple(range(10)), {1: 2 / 5, 2: 1 / 5}),
        ((), {1: 0.0, 2: 0.0}),
    ],
)
def test_values_by_hand(columns: tuple[int, ...], expected: dict[int, float]) -> None:
    assert instance_ious(said(*columns), ROW) == expected


def test_a_correct_neighbor_that_touches_costs_nothing() -> None:
    instances = np.array([[1, 1, 2, 2]], np.int32)
    assert instance_ious(instances > 0, instances) == {1: 1.0, 2: 1.0}


def test_half_an_image_labelled_wrongly_is_a_low_score() -> None:
    instances = np.zeros((40, 60), np.int32)
    instances[5:10, 5:10], instances[25:30, 8:13] = 1, 2
    mask = instances > 0
    mask[:, 30:] = True  # touches no instance
    assert max(instance_ious(mask, instances).values()) < 0.08


def test_ignored_pixels_count_nowhere() -> None:
    target = (ROW > 0).astype(np.int32)
    target[0, [2, 3, 9]] = -1
    # one pixel of instance 1 is left; column 4 is nearer to instance 2 now
    assert instance_ious(said(1, 2, 3, 4, 6, 9), ROW, target) == {1: 1.0, 2: 0.5}
    assert instance_ious(said(1), ROW, np.full_like(target, -1)) == {}


def test_numbers_with_gaps_and_images_without_instances() -> None:
    assert instance_ious(said(6), np.where(ROW > 0, ROW * 7, 0).astype(np.int32)) == {7: 0.0, 14: 1.0}
    assert instance_ious(said(6), np.zeros_like(ROW)) == {}


def test_other_shapes_and_types_are_refused() -> None:
    with pytest.raises(InputError, match="mask must be bool"):
        instance_ious(ROW, ROW)
    with pytest.raises(InputError, match="must both be"):
        instance_ious(said(1), ROW, np.zeros((2, 2), np.int32))


small = st.tuples(st.integers(1, 9), st.integers(1, 9))
grids = small.flatmap(
    lambda shape: st.tuples(
        arrays(np.int32, shape, elements=st.sampled_from([0, 0, 0, 0, 1, 2, 3])), arrays(np.bool_, shape)
    )
)


@settings(deadline=None)
@given(grids)
def test_cells_are_exact(grid: tuple[np.ndarray, np.ndarray]) -> None:
    np.testing.assert_array_equal(InstanceCells.of(grid[0]).codes, by_hand(grid[0]))


@settings(deadline=None)
@given(grids, st.randoms(use_true_random=False))
def test_more_background_never_raises_any_score(grid: tuple[np.ndarray, np.ndarray], random: object) -> None:
    instances, mask = grid
    before = instance_ious(mask, instances)
    added = mask.copy()
    for y, x in np.argwhere((instances == 0) & ~mask):
        if random.random() < 0.5:  # type: ignore[attr-defined]
            added[y, x] = True
    after = instance_ious(added, instances)
    assert all(after[number] <= before[number] for number in before)
    for y, x in np.argwhere(added & ~mask)[:3]:  # each one is somebody's
        one = mask.copy()
        one[y, x] = True
        changed = [n for n, value in instance_ious(one, instances).items() if value != before[n]]
        assert len(changed) <= 1 and (changed or min(before.values(), default=0.0) == 0.0)


@settings(deadline=None)
@given(grids)
def test_a_perfect_mask_is_1_and_nothing_else_is(grid: tuple[np.ndarray, np.ndarray]) -> None:
    instances, mask = grid
    assert set(instance_ious(instances > 0, instances).values()) <= {1.0}
    if instances.any() and ((instances > 0) != mask).any():
        assert np.mean(list(instance_ious(mask, instances).values())) < 1.0


@settings(deadline=None)
@given(grids)
def test_one_instance_has_the_iou_of_its_mask(grid: tuple[np.ndarray, np.ndarray]) -> None:
    alone, mask = (grid[0] > 0).astype(np.int32), grid[1]
    if alone.any():
        assert instance_ious(mask, alone) == {1: iou(mask, alone)}


@settings(deadline=None)
@given(grids, st.permutations([1, 2, 3]))
def test_numbers_only_break_ties(grid: tuple[np.ndarray, np.ndarray], order: list[int]) -> None:
    instances, mask = grid
    renamed = np.array([0, *order], np.int32)[instances]
    # pixels that have one nearest instance answer to the same under other numbers
    first, second = InstanceCells.of(instances), InstanceCells.of(renamed)
    owner = np.append(first.numbers, 0)[np.abs(first.codes) - 1]
    owner_renamed = np.append(second.numbers, 0)[np.abs(second.codes) - 1]
    tied = np.array([0, *order])[owner] != owner_renamed
    mask = mask & ~tied
    before, after = instance_ious(mask, instances), instance_ious(mask, renamed)
    assert {order[number - 1]: value for number, value in before.items()} == after
