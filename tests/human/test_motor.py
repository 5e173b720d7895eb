"""Boxes drawn by a hand that slips."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation.actions import LabelBox, LabelRest, LabelSegment, RefineBox, Stop
from fsannot.annotation.observation import Observation
from fsannot.annotation.trace import TraceStep, replay
from fsannot.data.errors import InputError
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.human.screen import HEIGHT, MARGIN, WIDTH, Box, corner_room, inside
from fsannot.robots.greedy_box import GreedyBox
from fsannot.robots.zoom_box import ZoomBox
from tests.annotation.scene import annotated, session
from tests.robots.scripted import Scripted

SCREEN = session().reset()


def drawn_by(motor: Motor, box: Box, observation: Observation, step: int, seed: int) -> Box:
    shown = observation.shown
    return motor.draw(
        observation.canvas[shown],
        observation.labels[shown] < 0,
        box,
        observation.pointer,
        step=step,
        seed=seed,
    )


def taken(observation: Observation, box: Box) -> list[int]:
    rows = observation.open_segments
    return rows[inside(observation.canvas[rows], box)].tolist()


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
    drawn = drawn_by(Motor(slip), box, observation, seed % 100, seed)
    x0, y0, x1, y1 = drawn
    assert 0 <= x0 <= x1 <= WIDTH and 0 <= y0 <= y1 <= HEIGHT
    shown = observation.canvas[observation.shown]
    assert inside(shown, drawn).any() or drawn == box
    assert drawn == drawn_by(Motor(slip), box, observation, seed % 100, seed)


@settings(max_examples=60, deadline=None)
@given(boxes(), st.integers(0, 2**31))
def test_within_the_gaps_the_same_thumbnails_are_taken(
    box: tuple[float, float, float, float], seed: int
) -> None:
    observation = scattered(seed)
    drawn = drawn_by(Motor(1e-6), box, observation, 1, seed)
    assert taken(observation, drawn) == taken(observation, box)


def test_without_slip_boxes_are_as_meant_and_clicks_never_miss() -> None:
    made = session()
    meant = (LabelBox((1.0, 2.0, 300.0, 400.0), 1), RefineBox((0.0, 0.0, 900.0, 900.0), 0.1), LabelRest(0))
    assert [step.action for step in annotated(Scripted(meant), made)] == [*meant, Stop()]
    shaky = annotated(Scripted((LabelSegment(0, 1), *meant)), session(), motor=Motor(5.0))
    assert [step.meant for step in shaky] == [LabelSegment(0, 1), *meant, Stop()]
    assert [step.action == step.meant for step in shaky] == [True, False, False, True, True]


def test_as_many_corners_miss_as_the_effective_width_says() -> None:
    """Of all corners whose gap the canvas does not cut short, with 3.9 % expected."""
    missed: list[bool] = []
    for step in range(1500):
        observation = scattered(step)
        middle = np.array([WIDTH, HEIGHT]) / 2
        box = (*(middle - 250).tolist(), *(middle + 250).tolist())
        meant = DrawnBox.around(observation.canvas[observation.open_segments], box, observation.pointer)
        drawn = drawn_by(Motor(1.0), box, observation, step, 7)
        for side, room in zip((-1, 1), corner_room(meant.outside, meant.tight), strict=True):
            half = slice(0, 2) if side < 0 else slice(2, 4)
            aim, end = np.array(meant.tight[half]) + side * room / 2, np.array(drawn[half])
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
        meant = set(taken(observation, box))
        got = set(taken(observation, drawn_by(Motor(3.0), box, observation, step, 0)))
        changed = [changed[0] + bool(meant - got), changed[1] + bool(got - meant)]
    assert min(changed) > 20


@pytest.mark.parametrize("robot", [GreedyBox(), ZoomBox()], ids=lambda r: r.name)
def test_robots_finish_with_a_shaky_hand_and_the_trace_replays(robot: GreedyBox | ZoomBox) -> None:
    made = session()
    steps = annotated(
        robot, made, task="semantic", perception=Perception(), motor=Motor(2.0), max_actions=300
    )
    trace = [TraceStep(step.number, step.action, step.result.human_seconds, 0) for step in steps]
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
