"""Boxes drawn by a hand that slips."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation.actions import FocusBox, LabelBox, LabelRest, LabelSegment, RefineBox
from fsannot.annotation.observation import Observation
from fsannot.annotation.trace import TraceStep, replay
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.motor import Motor
from fsannot.human.perception import Oracle, Perception
from fsannot.human.screen import HEIGHT, MARGIN, WIDTH, corner_room, inside
from fsannot.robots.greedy_box import GreedyBox
from fsannot.robots.zoom_box import ZoomBox
from tests.annotation.scene import session, target

SCREEN = session().reset()


def scattered(seed: int) -> Observation:
    """The scene's thumbnails thrown anywhere on the canvas, and the pointer too."""
    rng = np.random.default_rng(seed)
    size = (WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN)
    canvas = (MARGIN + rng.random((len(SCREEN.table), 2)) * size).astype(np.float32)
    return replace(SCREEN, canvas=canvas, pointer=(rng.random() * WIDTH, rng.random() * HEIGHT))


corner = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    (a, b), (c, d) = draw(corner), draw(corner)
    return min(a, c), min(b, d), max(a, c), max(b, d)


@settings(max_examples=60, deadline=None)
@given(boxes(), st.integers(0, 2**31), st.floats(0.01, 20.0))
def test_corners_stay_in_order_and_on_the_canvas(
    box: tuple[float, float, float, float], seed: int, slip: float
) -> None:
    observation = scattered(seed)
    drawn = Motor(slip).carry_out(LabelBox(box, 1), observation, step=seed % 100, seed=seed)
    assert isinstance(drawn, LabelBox) and drawn.label == 1
    x0, y0, x1, y1 = drawn.box
    assert 0 <= x0 <= x1 <= WIDTH and 0 <= y0 <= y1 <= HEIGHT
    shown = observation.canvas[observation.shown]
    assert inside(shown, drawn.box).any() or drawn.box == box
    assert drawn == Motor(slip).carry_out(LabelBox(box, 1), observation, step=seed % 100, seed=seed)


@settings(max_examples=60, deadline=None)
@given(boxes(), st.integers(0, 2**31))
def test_within_the_gaps_the_same_thumbnails_are_taken(
    box: tuple[float, float, float, float], seed: int
) -> None:
    observation = scattered(seed)
    drawn = Motor(1e-6).carry_out(LabelBox(box, 0), observation, step=1, seed=seed)
    assert isinstance(drawn, LabelBox)
    assert (
        DrawnBox.on(observation, drawn.box).segments.tolist()
        == DrawnBox.on(observation, box).segments.tolist()
    )


def test_without_slip_nothing_changes() -> None:
    observation = scattered(0)
    for action in (LabelBox((1.0, 2.0, 300.0, 400.0), 1), RefineBox((0.0, 0.0, 9.0, 9.0), 0.1), LabelRest(0)):
        assert Motor().carry_out(action, observation, step=3, seed=0) is action
    click = LabelSegment(0, 1)
    assert Motor(1.0).carry_out(click, observation, step=3, seed=0) is click


def test_as_many_corners_miss_as_the_effective_width_says() -> None:
    """Of all corners whose gap the canvas does not cut short, with 3.9 % expected."""
    missed: list[bool] = []
    for step in range(1500):
        observation = scattered(step)
        middle = np.array([WIDTH, HEIGHT]) / 2
        box = (*(middle - 250).tolist(), *(middle + 250).tolist())
        meant = DrawnBox.on(observation, box)
        drawn = Motor(1.0).carry_out(LabelBox(box, 1), observation, step=step, seed=7)
        assert isinstance(drawn, LabelBox)
        for side, room in zip((-1, 1), corner_room(meant.outside, meant.tight), strict=True):
            half = slice(0, 2) if side < 0 else slice(2, 4)
            aim, end = np.array(meant.tight[half]) + side * room / 2, np.array(drawn.box[half])
            if room < 150:  # far from the edges even at three deviations
                missed.append(bool(np.hypot(*(end - aim)) > room / 2))
    expected = math.erfc(4.133 / 2 / math.sqrt(2))
    assert expected == pytest.approx(0.0388, abs=1e-4)
    spread = math.sqrt(expected * (1 - expected) / len(missed))
    assert len(missed) > 2000 and abs(np.mean(missed) - expected) < 4 * spread


def test_thumbnails_are_lost_and_caught_at_more_slip() -> None:
    changed = [0, 0]
    for step in range(200):
        observation = scattered(step)
        box = (400.0, 300.0, 1200.0, 900.0)
        meant = set(DrawnBox.on(observation, box).segments.tolist())
        drawn = Motor(3.0).carry_out(FocusBox(box), observation, step=step, seed=0)
        assert isinstance(drawn, FocusBox)
        got = set(DrawnBox.on(observation, drawn.box).segments.tolist())
        changed = [changed[0] + bool(meant - got), changed[1] + bool(got - meant)]
    assert min(changed) > 20


@pytest.mark.parametrize("robot", [GreedyBox(), ZoomBox()], ids=lambda r: r.name)
def test_robots_finish_with_a_shaky_hand_and_the_trace_replays(robot: GreedyBox | ZoomBox) -> None:
    made, motor = session(), Motor(2.0)
    observation = made.reset()
    robot.begin(Oracle(target, classes=2, perception=Perception()), clock=Clock(), task="semantic", seed=0)
    trace: list[TraceStep] = []
    for step in range(1, 300):
        action = motor.carry_out(robot.act(observation), observation, step=step, seed=0)
        result = made.step(action)
        trace.append(TraceStep(step, action, result.human_seconds, 0))
        observation = result.observation
        if result.done:
            break
    masks = [made.mask(image) for image in range(3)]
    assert made.done and all((mask >= 0).mean() > 0.9 for mask in masks)
    again = session()
    replay(again, iter(trace))
    for image, mask in enumerate(masks):
        np.testing.assert_array_equal(again.mask(image), mask)


@pytest.mark.parametrize("slip", [-1.0, math.nan, math.inf])
def test_an_impossible_slip_is_named(slip: float) -> None:
    with pytest.raises(InputError, match=r"motor\.slip"):
        Motor(slip)
