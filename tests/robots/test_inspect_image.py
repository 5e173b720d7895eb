"""Opening images where much is in doubt."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import (
    CloseImage,
    LabelBox,
    LabelInImage,
    LabelSegment,
    OpenImage,
    Repartition,
    Split,
)
from fsannot.annotation.queries import Queries
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.perception import Perception
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.robots.beliefs import BeliefModel
from fsannot.robots.inspect_image import action_in_image, images_to_inspect, label_risk
from tests.annotation.scene import eyes, session

PERFECT = Perception(error_large=0.0, error_small=0.0)
CLOCK = Clock()


def test_nothing_is_opened_where_nothing_can_be_won() -> None:
    made = session()
    observation = made.reset()
    risk = label_risk(
        observation,
        BeliefModel(eyes(made), Queries(made), "foreground").survey(observation),
        "foreground",
    )
    everywhere = np.ones(2, bool)
    proposals = images_to_inspect(observation, CLOCK, risk, min_rate=1e-3, wanted=everywhere, split=False)
    assert {proposal.action for proposal in proposals} == {
        OpenImage(0),
        OpenImage(1),
    }  # nothing is labelled yet
    assert proposals[0].rate >= proposals[1].rate
    assert images_to_inspect(observation, CLOCK, risk, min_rate=10.0, wanted=everywhere, split=False) == []
    assert images_to_inspect(observation, CLOCK, risk, min_rate=1e-3, wanted=~everywhere, split=False) == []


@pytest.mark.parametrize("several", [False, True])
def test_a_wrong_image_is_opened_put_right_and_closed(several: bool) -> None:
    made = session()
    observation = made.reset()
    oracle = eyes(made)
    belief_model = BeliefModel(oracle, Queries(made), "foreground")
    rows = observation.open_segments
    seen, _ = oracle.look(observation, rows)
    observation = made.step(
        LabelBox((0, 0, WIDTH, HEIGHT), 0)
    ).observation  # all background: objects are missing
    for row in rows[(seen == 1) & (observation.table.image[rows] == 1)].tolist():
        observation = made.step(LabelSegment(row, 1)).observation
    proposal, *_ = images_to_inspect(
        observation,
        CLOCK,
        label_risk(observation, belief_model.survey(observation), "foreground"),
        min_rate=1e-3,
        wanted=np.ones(2, bool),
        split=False,
        several=several,
    )
    assert proposal.action == OpenImage(0)
    spent = made.step(proposal.action)
    observation, seconds = spent.observation, spent.human_seconds
    clicks = 0
    for _ in range(60):
        oracle.inspect(observation)
        action = action_in_image(
            observation,
            CLOCK,
            oracle,
            label_risk(observation, belief_model.survey(observation), "foreground"),
            min_rate=1e-3,
            splittable=np.zeros(len(observation.table), bool),
            several=several,
        )
        result = made.step(action)
        observation, seconds = result.observation, seconds + result.human_seconds
        if action == CloseImage():
            break
        assert isinstance(action, LabelInImage if several else LabelSegment)
        clicks += len(action.segments) if isinstance(action, LabelInImage) else 1
    if several:  # all is in doubt with certainty, so that what is expected to be paid is paid
        assert seconds == pytest.approx(proposal.seconds)
    assert clicks == int(((seen == 1) & (observation.table.image[rows] == 0)).sum())


def test_an_inspected_segment_of_two_classes_is_split() -> None:
    made = session()
    observation = made.reset()
    oracle = eyes(made)
    with pytest.raises(InputError, match="open their image first"):
        oracle.minority(observation.open_segments)
    made.step(Repartition(0, "area", 2000.0))  # segments larger than a column: of two classes
    observation = made.step(OpenImage(0)).observation
    oracle.inspect(observation)
    belief_model = BeliefModel(oracle, Queries(made), "foreground")
    mixed = belief_model.survey(observation).select(observation.table.image[observation.open_segments] == 0)
    assert mixed.mixed.any()
    rows, actions = len(observation.table), []
    for _ in range(80):
        oracle.inspect(observation)
        risk = label_risk(observation, belief_model.survey(observation), "foreground")
        action = action_in_image(
            observation,
            CLOCK,
            oracle,
            risk,
            min_rate=1e-4,
            splittable=np.arange(len(observation.table)) < rows,
        )
        actions.append(action)
        if action == CloseImage():
            break
        observation = made.step(action).observation
    assert any(isinstance(action, Split) for action in actions) and actions[-1] == CloseImage()
