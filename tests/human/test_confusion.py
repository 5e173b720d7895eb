"""Error rates of version 2."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.human.confusion import PRESETS, Confusion, preset

CONF = Path(__file__).parents[2] / "conf" / "perception"


def rate(area: float, majority: float, others: float, looking: float = 1.0, **kwargs: float) -> float:
    made = Confusion(**kwargs)  # type: ignore[arg-type]
    return float(made.rate(np.array([area]), np.array([majority]), np.array([others]), looking)[0])


@pytest.mark.parametrize(
    ("area", "majority", "others", "looking", "expected"),
    [
        (0.5, 1.0, 0.0, 1.0, 0.03),
        (0.01, 1.0, 0.0, 1.0, 0.03),
        (0.0005, 1.0, 0.0, 1.0, 0.30),
        (1e-7, 1.0, 0.0, 1.0, 0.30),
        (np.sqrt(0.01 * 0.0005), 1.0, 0.0, 1.0, 0.165),  # halfway in the logarithm
        (0.5, 0.69, 0.0, 1.0, 0.06),  # mixed
        (0.5, 0.70, 0.0, 1.0, 0.03),  # not under 70 %
        (1e-7, 0.6, 0.0, 1.0, 0.5),  # 0.60, but no rate is higher than 0.5
        (0.5, 1.0, 0.4, 1.0, 0.2),  # four of ten look-alikes are of another class
        (0.5, 1.0, 1.0, 1.0, 0.5),
        (0.0005, 1.0, 0.4, 1.0, 0.30),  # the larger of the two
        (0.5, 1.0, 0.0, 2.0, 0.06),  # dim
        (0.0005, 1.0, 0.0, 2.0, 0.5),  # 0.60, but no rate is higher than 0.5
        (0.0005, 1.0, 0.0, 0.5, 0.15),  # pointed at
        (0.0005, 1.0, 0.0, 0.25, 0.075),  # in the opened image
        (1e-7, 0.6, 0.0, 0.25, 0.125),  # a quarter of 0.5, not of 0.6
    ],
)
def test_rates_worked_out_by_hand(
    area: float, majority: float, others: float, looking: float, expected: float
) -> None:
    assert rate(area, majority, others, looking) == pytest.approx(expected)


def test_ways_of_looking_are_ordered() -> None:
    made = Confusion()
    assert (made.dim, made.hover, made.opened) == (2.0, 0.5, 0.25)


def test_scaled_multiplies_every_rate_and_can_be_taken_back() -> None:
    area, majority, others = np.array([0.5, 1e-7, 0.5]), np.array([1.0, 1.0, 1.0]), np.array([0.0, 0.0, 0.6])
    plain = Confusion().rate(area, majority, others)
    np.testing.assert_allclose(plain, [0.03, 0.30, 0.30])
    np.testing.assert_allclose(PRESETS["human_fast"].rate(area, majority, others), plain * 0.5)
    np.testing.assert_allclose(PRESETS["human_slow"].rate(area, majority, others), plain * 1.5)
    assert Confusion().scaled(1.5).scaled(2.0).factor == 3.0
    assert (PRESETS["human_slow"].rate(area * 0, majority, others + 1) == 0.5).all()


def test_perfect_never_errs() -> None:
    made = preset("perfect")
    assert not made.rate(np.array([1e-9]), np.array([0.1]), np.array([1.0]), made.dim).any()
    assert made.jitter == 0


def test_a_share_is_known_to_quarters() -> None:
    share = np.array([0.0, 0.12, 0.125, 0.37, 0.375, 0.5])
    np.testing.assert_array_equal(Confusion().step(share), [0, 0, 0.25, 0.25, 0.5, 0.5])


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("error_large", 1.5), ("error_small", -0.1), ("error_small", float("nan")), ("area_large", 0.0),
        ("area_small", 0.02), ("mixed_share", 2.0), ("mixed_factor", 0.5), ("alike", -1.0), ("neighbors", 0),
        ("neighbors", 2.5), ("highest", 1.1), ("dim", 0.5), ("hover", 1.5), ("opened", -0.25), ("shared", 1.2),
        ("visible_mixture", 0.0), ("share_steps", True), ("jitter", float("inf")), ("factor", -1.0),
        ("factor", "fast"),
    ],
)  # fmt: skip
def test_an_impossible_constant_is_named(key: str, value: object) -> None:
    with pytest.raises(InputError, match=rf"perception\.{key}="):
        Confusion(**{key: value})  # type: ignore[arg-type]


def test_scaling_by_a_negative_factor_and_an_unknown_preset_are_refused() -> None:
    with pytest.raises(InputError, match=r"perception\.factor=-1"):
        Confusion().scaled(-1)
    with pytest.raises(InputError, match="human_fast"):
        preset("superhuman")
