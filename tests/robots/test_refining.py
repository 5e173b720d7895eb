"""Refining before labelling: what is mixed is asked for once, and its parts are labelled apart."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import LabelRest, RefineBox, RequestBatch
from fsannot.human.screen import inside
from fsannot.human.clock import Clock
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.robots.expert import Expert
from fsannot.human.perception import Oracle, Perception
from fsannot.robots.refining import Refining
from fsannot.robots.beliefs import Judgement
from tests.annotation.scene import CELL, HEIGHT, session, target

EYES = Oracle(target, classes=2, perception=Perception(error_large=0.0, error_small=0.0))
Y, X = np.indices((HEIGHT, HEIGHT), np.int32)
BLOCKS = Y // (2 * CELL) * 3 + X // (2 * CELL)
"""Nine blocks of two columns, one of them object: all are mixed."""
PURE = Y // (2 * CELL) * 6 + X // CELL


def drawn(label_map: np.ndarray) -> AnnotationSession:
    made = session()
    made.machine.images.partition = lambda image: label_map  # type: ignore[method-assign]
    EYES.reset()
    return made


def test_mixed_segments_are_boxed_once_and_those_of_new_images_again() -> None:
    made, refining, judgement = drawn(BLOCKS), Refining(0.9), Judgement(EYES, "foreground")
    screen = made.reset()
    offer = refining.offer(screen, Clock(), judgement.outlook(screen)[0])
    assert offer is not None and isinstance(offer.action, RefineBox)
    assert offer.action.threshold == pytest.approx(0.9 * screen.threshold)
    assert inside(screen.canvas, offer.action.box).all()  # all are mixed
    refining.take()
    result = made.step(offer.action)
    assert result.human_seconds == pytest.approx(offer.seconds)
    assert refining.offer(result.observation, Clock(), judgement.outlook(result.observation)[0]) is None
    screen = made.step(RequestBatch()).observation
    offer = refining.offer(screen, Clock(), judgement.outlook(screen)[0])
    assert offer is not None and offer.gain > 0


def test_nothing_is_refined_where_nothing_is_mixed_or_all_is_labelled() -> None:
    made, judgement = drawn(PURE), Judgement(EYES, "foreground")
    screen = made.reset()
    assert Refining(0.5).offer(screen, Clock(), judgement.outlook(screen)[0]) is None
    made, judgement = drawn(BLOCKS), Judgement(EYES, "foreground")
    made.reset()
    screen = made.step(LabelRest(0)).observation
    assert Refining(0.5).offer(screen, Clock(), judgement.outlook(screen)[0]) is None


@pytest.mark.parametrize("task", ["foreground", "semantic"])
def test_an_expert_that_refines_passes_the_bound_of_the_partition(task: str) -> None:
    scores = {}
    for share in (0.9, None):
        made, robot = drawn(BLOCKS), Expert(refine=share, learn_every=0)
        robot.begin(EYES, clock=Clock(), task=task, seed=0)
        screen = made.reset()
        for _ in range(100):
            result = made.step(robot.act(screen))
            screen = result.observation
            if result.done:
                break
        scorer = Scorer(target, images=3, classes=2, task=task)  # type: ignore[arg-type]
        scores[share] = float(scorer.scores(made.state).mean())
    assert scores[None] <= 0.51 and scores[0.9] > 0.95


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_that_is_none_is_named(share: float) -> None:
    with pytest.raises(InputError, match=r"robot\.refine"):
        Expert(refine=share)
