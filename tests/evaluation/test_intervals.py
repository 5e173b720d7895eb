"""Bootstrap intervals that can be worked out by hand, and their coverage on data whose mean is known."""

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.evaluation.intervals import bootstrap_interval, paired_interval, seed_interval


def test_one_value_has_no_width() -> None:
    assert bootstrap_interval([0.7]) == (0.7, 0.7, 0.7)


def test_two_values_by_hand() -> None:
    # resamples of {0, 1}: 00, 01, 10, 11 with means 0, ½, ½, 1, a quarter each for the ends
    value, low, high = bootstrap_interval([0.0, 1.0])
    assert (value, low, high) == (0.5, 0.0, 1.0)
    assert bootstrap_interval([0.0, 1.0], level=0.4)[1:] == (0.5, 0.5)  # percentiles 30 and 70 fall inside ½


def test_the_mean_of_many_follows_the_normal_law() -> None:
    values = np.random.default_rng(0).normal(0.6, 0.1, 400)
    value, low, high = bootstrap_interval(values, resamples=4000)
    standard_error = values.std() / 20
    assert (high - low) / 2 == pytest.approx(1.96 * standard_error, rel=0.06)
    assert (high + low) / 2 == pytest.approx(value, abs=0.1 * standard_error)


def test_coverage_is_what_it_says() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for trial in range(300):
        _, low, high = bootstrap_interval(rng.uniform(0, 1, 40), seed=trial, resamples=400)
        hits += low <= 0.5 <= high
    assert 0.90 <= hits / 300 <= 0.98


def test_the_same_seed_gives_the_same_interval_and_zero_is_a_seed() -> None:
    values = np.linspace(0, 1, 23) ** 2
    assert bootstrap_interval(values, seed=0) == bootstrap_interval(values, seed=0)
    assert bootstrap_interval(values, seed=0) != bootstrap_interval(values, seed=1)


def test_instances_of_one_image_are_drawn_together() -> None:
    values = [0.0, 0.0, 0.0, 1.0]
    # images a (three instances) and b (one): aa → 0, ab → ¼, bb → 1
    assert bootstrap_interval(values, units=["a", "a", "a", "b"]) == (0.25, 0.0, 1.0)
    # with every value a unit of its own, all ones (1/256) is outside the 95 %
    assert bootstrap_interval(values)[2] < 1.0


def test_seeds_are_resampled_too() -> None:
    # no image differs from another: whatever width there is comes from the seeds
    runs = [[0.4] * 5, [0.6] * 5]
    assert seed_interval(runs) == pytest.approx((0.5, 0.4, 0.6))
    assert seed_interval([runs[0]]) == pytest.approx((0.4, 0.4, 0.4))


def test_groups_and_seeds_are_resampled_together() -> None:
    runs = [[0.0, 0.2, 1.0], [0.0, 0.2, 1.0]]
    # groups a (two images) and b (one): aa → 0.1, ab → 0.4, bb → 1; the seeds agree
    assert seed_interval(runs, units=["a", "a", "b"]) == pytest.approx((0.4, 0.1, 1.0))
    with pytest.raises(InputError, match="one per value"):
        seed_interval(runs, units=["a", "b"])


def test_a_paired_difference_draws_groups() -> None:
    first, second = [0.5, 0.5, 0.9], [0.4, 0.3, 0.9]
    # differences 0.1, 0.2 in a and 0 in b: aa → 0.15, ab → 0.1, bb → 0
    assert paired_interval(first, second, units=["a", "a", "b"]) == pytest.approx((0.1, 0.0, 0.15))


def test_paired_difference_is_narrower_than_the_two_apart() -> None:
    rng = np.random.default_rng(2)
    hardness = rng.uniform(0, 1, 60)
    first, second = hardness + 0.05 + rng.normal(0, 0.01, 60), hardness
    value, low, high = paired_interval(first, second)
    assert low < value < high
    assert low > 0.04
    apart = bootstrap_interval(first)
    assert high - low < (apart.high - apart.low) / 5


def test_the_median_is_a_statistic_too() -> None:
    assert bootstrap_interval([1.0, 1.0, 1.0, 1.0, 0.0], statistic=np.median).value == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: bootstrap_interval([]),
        lambda: bootstrap_interval([0.5, float("nan")]),
        lambda: bootstrap_interval([0.5], level=95),
        lambda: bootstrap_interval([0.5, 0.6], units=["a"]),
        lambda: seed_interval([0.5, 0.6]),
        lambda: paired_interval([0.5], [0.5, 0.6]),
    ],
)
def test_bad_input_is_refused(call: object) -> None:
    with pytest.raises(InputError):
        call()  # type: ignore[operator]
