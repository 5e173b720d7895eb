"""Costs, worked out by hand."""

from __future__ import annotations

import math

import hydra
import numpy as np
import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.configuration.build import build
from fsannot.data.errors import InputError
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.gestures import BoxGesture
from fsannot.human.screen import check_box, corner_gaps, to_canvas

CLOCK = Clock()


def test_a_box_is_thought_pointed_dragged_checked_and_confirmed() -> None:
    gesture = BoxGesture(reach=300.0, diagonal=150.0, gaps=(20.0, 10.0), thumbnails=12)
    point = -0.107 + 0.223 * math.log2(300 / 20 + 1)  # 0.785
    drag = 0.135 + 0.249 * math.log2(150 / 10 + 1)  # 1.131
    expected = 1.35 + point + drag + 12 * 0.03 + 0.28
    assert CLOCK.price(gestures.box(gesture, label_changed=False)) == pytest.approx(expected)
    assert expected == pytest.approx(3.906)
    assert CLOCK.price(gestures.box(gesture, label_changed=True)) == pytest.approx(expected + 0.28)


def test_a_small_box_costs_about_three_seconds() -> None:
    gesture = BoxGesture(reach=200.0, diagonal=60.0, gaps=(20.0, 20.0), thumbnails=3)
    assert 3.0 <= CLOCK.price(gestures.box(gesture, label_changed=True)) <= 3.5


def test_the_other_actions() -> None:
    assert CLOCK.price(gestures.one_segment(0.0)) == pytest.approx(
        1.35 + 0.1 + 0.1 + 0.28
    )  # pointing has a floor
    assert CLOCK.price(gestures.split(0.0, 3)) == pytest.approx(1.35 + 0.1 + 0.1 + 2.4 + 2 * 0.9 + 0.28)
    assert CLOCK.price(gestures.in_image(1, 1)) == pytest.approx(2.4 + 0.28)
    assert CLOCK.price(gestures.in_image(4, 2)) == pytest.approx(
        2.4 + 3 * 0.9 + 2 * 0.28
    )  # two labels, three clicks more
    assert CLOCK.price(gestures.label_rest()) == pytest.approx(1.35 + 0.56)
    assert CLOCK.price(gestures.undo()) == pytest.approx(1.63)
    assert CLOCK.price(gestures.repartition()) == pytest.approx(1.35 + 0.84)


def test_a_fixed_price_replaces_the_model() -> None:
    gesture = BoxGesture(reach=1000.0, diagonal=900.0, gaps=(4.0, 4.0), thumbnails=200)
    assert Clock(box=3.0).price(gestures.box(gesture, label_changed=True)) == 3.0


def test_gaps_are_the_way_to_the_nearest_thumbnail_that_must_stay_out() -> None:
    outside = np.array([[90.0, 150.0], [230.0, 150.0], [150.0, 400.0]])
    assert corner_gaps(outside, (100.0, 100.0, 200.0, 200.0)) == (10.0, 30.0)
    assert corner_gaps(np.array([[99.0, 150.0]]), (100.0, 100.0, 200.0, 200.0))[0] == 4.0  # never below 4 px


def test_the_canvas_holds_the_whole_layout() -> None:
    canvas = to_canvas(np.array([[0.0, -5.0], [10.0, 5.0], [5.0, 0.0]], np.float32))
    np.testing.assert_allclose(canvas, [[20, 20], [1580, 1180], [800, 600]])
    assert np.isfinite(to_canvas(np.zeros((3, 2), np.float32))).all()


@pytest.mark.parametrize("box", [(0, 0, float("inf"), 1), (3, 0, 1, 1), (0, 3, 1, 1), (0, 0, 1)])
def test_a_bad_box_is_named(box: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="box"):
        check_box(box)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["human", "paper", "zero"])
def test_a_clock_read_from_yaml_is_the_clock(name: str) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        settings = compose("annotate", overrides=[f"clock={name}"]).clock
    clock = hydra.utils.instantiate(settings, _convert_="all")
    assert isinstance(clock.point, tuple) and isinstance(clock.drag, tuple)
    assert name != "human" or clock == Clock()


@pytest.mark.parametrize(
    "given", [{"decide": -1.0}, {"key": float("nan")}, {"point": (1.0, 2.0)}, {"drag": 0.1}, {"box": -3.0}]
)
def test_impossible_seconds_are_named(given: dict[str, object]) -> None:
    with pytest.raises(InputError, match=f"clock.{next(iter(given))}="):
        Clock(**given)  # type: ignore[arg-type]


def test_an_older_configuration_with_search_is_refused_with_a_sentence() -> None:
    cfg = OmegaConf.create({"clock": {"_target_": "fsannot.human.clock.Clock", "search": 0.0}})
    with pytest.raises(
        InputError, match=r"clock\.search=0\.0: clock \(Clock\) has no setting search; it has box"
    ):
        build(cfg, "clock")
