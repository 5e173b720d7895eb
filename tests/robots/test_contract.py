"""What every robot promises."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import LabelSegment, Stop
from fsannot.annotation.clock import Clock
from fsannot.evaluation.iou import iou
from fsannot.evaluation.scorer import Scorer
from fsannot.robots.expert import Expert
from fsannot.robots.greedy_box import GreedyBox
from fsannot.robots.oracle import Oracle, Perception
from fsannot.robots.robot import Robot
from tests.annotation.scene import session, target

ROBOTS = [lambda: GreedyBox(), lambda: Expert(learn_every=2, refine_thresholds=(0.1,))]


def finish(robot: Robot, task: str = "foreground", seed: int = 0) -> tuple[list[str], float, float]:
    made = session()
    perfect = Perception(error_large=0.0, error_small=0.0)
    oracle = Oracle(target, classes=2, perception=perfect, seed=seed)
    screen = made.reset()
    robot.begin(oracle, clock=Clock(), task=task, seed=seed)
    actions = []
    for _ in range(300):
        action = robot.act(screen)
        actions.append(repr(action))
        result = made.step(action)
        screen = result.observation
        if result.done:
            break
    scorer = Scorer(target, images=3, classes=2, task=task)  # type: ignore[arg-type]
    return actions, float(scorer.scores(made.state).mean()), made.human_seconds


@pytest.mark.parametrize("make", ROBOTS)
@pytest.mark.parametrize("task", ["foreground", "semantic"])
def test_it_stops_by_itself_with_good_masks(make, task: str) -> None:  # type: ignore[no-untyped-def]
    actions, score, seconds = finish(make(), task)
    assert actions[-1] == repr(Stop()) and seconds > 0
    assert score > 0.9


@pytest.mark.parametrize("make", ROBOTS)
def test_the_same_seed_gives_the_same_actions(make) -> None:  # type: ignore[no-untyped-def]
    assert finish(make()) == finish(make())


def test_a_budget_ends_the_session() -> None:
    _, _, seconds = finish(GreedyBox(budget=1.0))
    assert seconds < 3 * 1.0 + 6.0  # the action that crosses the line is finished


def test_scores_from_counts_are_scores_of_masks() -> None:
    made = session()
    screen = made.reset()
    rng = np.random.default_rng(0)
    for row in rng.choice(screen.open_segments, 20, replace=False):
        made.step(LabelSegment(int(row), int(rng.integers(2))))
    scorer = Scorer(target, images=3, classes=2, task="foreground")
    scores = scorer.scores(made.state)
    for image in range(2):
        assert scores[image] == pytest.approx(iou(made.mask(image) == 1, target(image)))
    assert scores[2] == 0.0  # not loaded: unlabelled
    assert (scorer.bounds(made.state)[:2] >= scores[:2]).all()
