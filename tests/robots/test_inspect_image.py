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
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.human.clock import Clock
from fsannot.data.errors import InputError
from fsannot.human.perception import Oracle, Perception
from fsannot.robots.inspect_image import doubts, images_to_study, in_the_image
from fsannot.robots.beliefs import Judgement
from tests.annotation.scene import session, target

PERFECT = Perception(error_large=0.0, error_small=0.0)
CLOCK = Clock()


def test_nothing_is_opened_where_nothing_can_be_won() -> None:
    made = session()
    screen = made.reset()
    doubt = doubts(
        screen,
        Judgement(Oracle(target, classes=2, perception=PERFECT), "foreground").survey(screen),
        "foreground",
    )
    everywhere = np.ones(2, bool)
    offers = images_to_study(screen, CLOCK, doubt, price=1e-3, wanted=everywhere, split=False)
    assert {offer.action for offer in offers} == {OpenImage(0), OpenImage(1)}  # nothing is labelled yet
    assert offers[0].rate >= offers[1].rate
    assert images_to_study(screen, CLOCK, doubt, price=10.0, wanted=everywhere, split=False) == []
    assert images_to_study(screen, CLOCK, doubt, price=1e-3, wanted=~everywhere, split=False) == []


@pytest.mark.parametrize("series", [False, True])
def test_a_wrong_image_is_opened_put_right_and_closed(series: bool) -> None:
    made = session()
    screen = made.reset()
    oracle = Oracle(target, classes=2, perception=PERFECT)
    judgement = Judgement(oracle, "foreground")
    rows = screen.open_segments
    seen, _ = oracle.look(screen, rows)
    screen = made.step(LabelBox((0, 0, WIDTH, HEIGHT), 0)).observation  # all background: objects are missing
    for row in rows[(seen == 1) & (screen.table.image[rows] == 1)].tolist():
        screen = made.step(LabelSegment(row, 1)).observation
    offer, *_ = images_to_study(
        screen,
        CLOCK,
        doubts(screen, judgement.survey(screen), "foreground"),
        price=1e-3,
        wanted=np.ones(2, bool),
        split=False,
        series=series,
    )
    assert offer.action == OpenImage(0)
    spent = made.step(offer.action)
    screen, seconds = spent.observation, spent.human_seconds
    clicks = 0
    for _ in range(60):
        oracle.inspect(screen)
        action = in_the_image(
            screen,
            CLOCK,
            oracle,
            doubts(screen, judgement.survey(screen), "foreground"),
            price=1e-3,
            whole=np.zeros(len(screen.table), bool),
            series=series,
        )
        result = made.step(action)
        screen, seconds = result.observation, seconds + result.human_seconds
        if action == CloseImage():
            break
        assert isinstance(action, LabelInImage if series else LabelSegment)
        clicks += len(action.segments) if isinstance(action, LabelInImage) else 1
    if series:  # all is in doubt with certainty, so that what is expected to be paid is paid
        assert seconds == pytest.approx(offer.seconds)
    assert clicks == int(((seen == 1) & (screen.table.image[rows] == 0)).sum())


def test_a_studied_segment_of_two_classes_is_split() -> None:
    made = session()
    screen = made.reset()
    oracle = Oracle(target, classes=2, perception=PERFECT)
    with pytest.raises(InputError, match="open their image first"):
        oracle.minority(screen.open_segments)
    made.step(Repartition(0, "area", 2000.0))  # segments larger than a column: of two classes
    screen = made.step(OpenImage(0)).observation
    oracle.inspect(screen)
    judgement = Judgement(oracle, "foreground")
    mixed = judgement.survey(screen).select(screen.table.image[screen.open_segments] == 0)
    assert mixed.mixed.any()
    rows, actions = len(screen.table), []
    for _ in range(80):
        oracle.inspect(screen)
        doubt = doubts(screen, judgement.survey(screen), "foreground")
        action = in_the_image(
            screen, CLOCK, oracle, doubt, price=1e-4, whole=np.arange(len(screen.table)) < rows
        )
        actions.append(action)
        if action == CloseImage():
            break
        screen = made.step(action).observation
    assert any(isinstance(action, Split) for action in actions) and actions[-1] == CloseImage()
