"""Methods over groups and seeds by hand: what a resample draws, and what a paired difference leaves out."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.data.errors import InputError
from fsannot.evaluation.click_paths import ClickPaths
from fsannot.evaluation.image_curves import ImageCurves
from fsannot.evaluation.methods import HULL, Clicks, EffortCurve, Measures, Sessions, resample

IMAGES = ("goat/0", "goat/1", "cows/0", "cows/1")
UNITS = ("goat", "goat", "cows", "cows")
AT_4 = Measures((4.0,), 10.0, (0.5,))


def session(*end: float) -> ImageCurves:
    """Every image at 0 until second 4, then at its end."""
    quality = np.array([np.zeros(len(end)), end], np.float32)
    return ImageCurves(IMAGES, np.array([0.0, 4.0]), quality)


def clicks(*end: float) -> ClickPaths:
    quality = np.array([[[0.0, value] for value in end]])
    return ClickPaths(IMAGES, ("clicks",), quality, np.tile([0.0, 2.0], (1, len(end), 1)))


def test_a_session_is_a_step_and_clicks_are_linear() -> None:
    step, line = (EffortCurve(np.array([0.0, 4.0]), np.array([0.0, 0.8]), linear) for linear in (False, True))
    assert step.at(np.array([2.0, 4.0])).tolist() == [0.0, 0.8]
    assert line.at(np.array([2.0, 4.0, 9.0])).tolist() == [0.4, 0.8, 0.8]
    assert step.area(8.0) == pytest.approx(0.4) and line.area(8.0) == pytest.approx(0.6)
    assert step.seconds_to(0.4) == 4.0 and line.seconds_to(0.4) == 2.0
    assert step.seconds_to(0.9) == line.seconds_to(0.9) == np.inf


def test_an_interval_draws_groups_and_seeds_together() -> None:
    # groups differ by 0.4, seeds by 0.2; images of a group are alike
    seeds = [session(0.8, 0.8, 0.4, 0.4), session(0.6, 0.6, 0.2, 0.2)]
    both = resample({"m": Sessions(seeds, IMAGES)}, UNITS, AT_4)["m", ""].interval(0)
    one = resample({"m": Sessions(seeds[:1], IMAGES)}, UNITS, AT_4)["m", ""].interval(0)
    assert both.value == pytest.approx(0.5) and (both.low, both.high) == pytest.approx((0.2, 0.8))
    assert one.value == pytest.approx(0.6) and (one.low, one.high) == pytest.approx((0.4, 0.8))
    # frames drawn one by one would give a narrower one
    alone = resample({"m": Sessions(seeds[:1], IMAGES)}, IMAGES, AT_4, resamples=500)["m", ""].drawn[:, 0]
    whole = resample({"m": Sessions(seeds[:1], IMAGES)}, UNITS, AT_4, resamples=500)["m", ""].drawn[:, 0]
    assert alone.std() < whole.std()


def test_a_difference_is_paired_by_group() -> None:
    methods = {
        "robot": Sessions([session(0.9, 0.9, 0.5, 0.5)], IMAGES),
        "clicks": Clicks([clicks(0.8, 0.8, 0.4, 0.4)], IMAGES, until=10.0),
    }
    found = resample(methods, UNITS, AT_4)
    difference = found["robot", ""].less(found["clicks", ""]).interval(0)
    assert tuple(difference) == pytest.approx((0.1, 0.1, 0.1))  # though each of them moves by 0.4
    assert ("clicks", HULL) in found and ("robot", HULL) not in found


def test_order_of_the_images_is_that_asked_for() -> None:
    turned = IMAGES[::-1]
    weights = np.array([1.0, 0.0, 0.0, 0.0])
    for method in (
        Sessions([session(0.1, 0.2, 0.3, 0.4)], turned),
        Clicks([clicks(0.1, 0.2, 0.3, 0.4)], turned, until=10.0, hull=False),
    ):
        assert method.images == turned
        assert method.curves(weights)[""].quality[-1] == pytest.approx(0.4)


def test_other_images_and_other_numbers_of_units_are_refused() -> None:
    with pytest.raises(InputError, match="other images"):
        Clicks([clicks(0.1, 0.2, 0.3, 0.4)], IMAGES[:2], until=10.0)
    with pytest.raises(InputError, match="no curve of image"):
        Sessions([session(0.1, 0.2, 0.3, 0.4)], ("x",))
    with pytest.raises(InputError, match="one unit each"):
        resample({"m": Sessions([session(0.1, 0.2, 0.3, 0.4)], IMAGES)}, UNITS[:2], AT_4)
