"""Refining before labelling: what is mixed is asked for once, and its parts are labelled apart."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import LabelRest, RefineBox, RequestBatch
from fsannot.annotation.queries import Queries
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.human.clock import Clock
from fsannot.human.screen import inside
from fsannot.robots.beliefs import BeliefModel
from fsannot.robots.expert_v1 import ExpertV1
from fsannot.robots.refining import Refining
from tests.annotation.scene import CELL, HEIGHT, annotated, eyes, session, target

Y, X = np.indices((HEIGHT, HEIGHT), np.int32)
BLOCKS = Y // (2 * CELL) * 3 + X // (2 * CELL)
"""Nine blocks of two columns, one of them object: all are mixed."""
PURE = Y // (2 * CELL) * 6 + X // CELL


def drawn(label_map: np.ndarray) -> AnnotationSession:
    made = session()
    made.engine.images.partition = lambda image: label_map  # type: ignore[method-assign]
    return made


def test_mixed_segments_are_boxed_once_and_those_of_new_images_again() -> None:
    made, refining = drawn(BLOCKS), Refining(0.9)
    belief_model = BeliefModel(eyes(made), Queries(made), "foreground")
    observation = made.reset()
    proposal = refining.proposal(observation, Clock(), belief_model.beliefs(observation)[0])
    assert proposal is not None and isinstance(proposal.action, RefineBox)
    assert proposal.action.threshold == pytest.approx(0.9 * observation.threshold)
    assert inside(observation.canvas, proposal.action.box).all()  # all are mixed
    refining.accept()
    result = made.step(proposal.action)
    assert result.human_seconds == pytest.approx(proposal.seconds)
    assert refining.proposal(result.observation, Clock(), belief_model.beliefs(result.observation)[0]) is None
    observation = made.step(RequestBatch()).observation
    proposal = refining.proposal(observation, Clock(), belief_model.beliefs(observation)[0])
    assert proposal is not None and proposal.gain > 0


def test_nothing_is_refined_where_nothing_is_mixed_or_all_is_labelled() -> None:
    made = drawn(PURE)
    belief_model = BeliefModel(eyes(made), Queries(made), "foreground")
    observation = made.reset()
    assert Refining(0.5).proposal(observation, Clock(), belief_model.beliefs(observation)[0]) is None
    made = drawn(BLOCKS)
    belief_model = BeliefModel(eyes(made), Queries(made), "foreground")
    made.reset()
    observation = made.step(LabelRest(0)).observation
    assert Refining(0.5).proposal(observation, Clock(), belief_model.beliefs(observation)[0]) is None


@pytest.mark.parametrize("task", ["foreground", "semantic"])
def test_an_expert_that_refines_passes_the_bound_of_the_partition(task: str) -> None:
    scores = {}
    for share in (0.9, None):
        made, robot = drawn(BLOCKS), ExpertV1(refine=share, learn_every=0)
        annotated(robot, made, task=task, max_actions=100)
        scorer = Scorer(target, images=3, classes=2, task=task)  # type: ignore[arg-type]
        scores[share] = float(scorer.scores(made.state).mean())
    assert scores[None] <= 0.51 and scores[0.9] > 0.95


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, float("nan")])
def test_a_share_that_is_none_is_named(share: float) -> None:
    with pytest.raises(InputError, match=r"robot\.refine"):
        ExpertV1(refine=share)
