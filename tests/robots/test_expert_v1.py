"""The expert's choices among the tool's actions."""

from __future__ import annotations

import numpy as np
import pytest

from fsannot.annotation.actions import (
    FocusBox,
    LabelBox,
    LabelNeighbors,
    LabelRest,
    LabelSegment,
    Stop,
    Unfocus,
)
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.features.rows import Features
from fsannot.human.clock import Clock
from fsannot.human.perception import Perception
from fsannot.projection.projector import FindNeighbors, Projector
from fsannot.robots.beliefs import BeliefModel, Beliefs
from fsannot.robots.expert_v1 import ExpertV1
from tests.annotation.scene import annotated, session, target

PERFECT = Perception(error_large=0.0, error_small=0.0)


def actions_of(robot: ExpertV1, made: AnnotationSession, task: str = "foreground") -> list[object]:
    actions: list[object] = [step.action for step in annotated(robot, made, task=task)]
    assert made.done, "it does not stop"
    return actions


def kinds(actions: list[object]) -> set[type]:
    return {type(action) for action in actions}


def test_where_boxes_are_dear_it_labels_by_radius() -> None:
    dear = Clock(box=1000.0)
    assert LabelNeighbors in kinds(actions_of(ExpertV1(), session(clock=dear)))
    assert LabelNeighbors not in kinds(actions_of(ExpertV1(centres=0), session(clock=dear)))


class Shuffled(Projector):
    """A layout that tells nothing, so that only the local re-projection of it does."""

    name = "shuffled"

    def fingerprint(self) -> str:
        return self.name

    def _project(
        self,
        features: Features,
        labels: np.ndarray | None,
        init: np.ndarray | None,
        neighbors: FindNeighbors | None,
        seed: int,
    ) -> np.ndarray:
        return np.random.default_rng(seed).random((len(features), 2)).astype(np.float32)


def test_a_region_where_classes_lie_mixed_is_focused_on_labelled_and_left() -> None:
    made = session(projector=Shuffled())
    seen = actions_of(ExpertV1(focus=1.0, open_images=False, learn_every=0, centres=0), made)
    first = next(i for i, action in enumerate(seen) if isinstance(action, FocusBox))
    last = next(i for i, action in enumerate(seen) if isinstance(action, Unfocus))
    assert last > first + 1 and kinds(seen[first + 1 : last]) <= {LabelBox, LabelSegment}
    assert LabelBox in kinds(seen[first + 1 : last])
    without = actions_of(
        ExpertV1(focus=0.0, open_images=False, learn_every=0, centres=0), session(projector=Shuffled())
    )
    assert FocusBox not in kinds(without) and len(without) > len(seen)  # one by one takes more gestures


@pytest.mark.parametrize("rest", [True, False])
def test_what_is_left_when_the_time_is_over_gets_the_commoner_class(rest: bool) -> None:
    made = session()
    ending = actions_of(ExpertV1(budget=1.0, label_rest=rest), made, "semantic")[-2:]
    assert ending[-1] == Stop() and isinstance(ending[0], LabelRest) == rest
    assert (made.state.labels[made.state.alive] >= 0).all() == rest
    assert LabelRest not in kinds(
        actions_of(ExpertV1(budget=1.0), session())
    )  # saved as background without it


@pytest.mark.parametrize("options", [{"centres": -1}, {"focus": 1.5}, {"learn_every": -1}, {"min_rate": 0.0}])
def test_an_impossible_option_is_named(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match=f"robot.{next(iter(options))}"):
        ExpertV1(**options)  # type: ignore[arg-type]


def test_on_a_large_canvas_several_gestures_are_decided_on_in_one_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def looks(gestures: int) -> tuple[int, int, float]:
        monkeypatch.setattr("fsannot.robots.expert_v1.LARGE", gestures)
        made, robot, seen = session(projector=Shuffled()), ExpertV1(learn_every=0, focus=0.0, centres=0), [0]
        survey = BeliefModel.survey

        def counted(self: BeliefModel, observation: Observation) -> Beliefs:
            seen[0] += 1
            return survey(self, observation)

        monkeypatch.setattr(BeliefModel, "survey", counted)
        actions = actions_of(robot, made)
        monkeypatch.setattr(BeliefModel, "survey", survey)
        scores = Scorer(target, images=3, classes=2, task="foreground").scores(made.state)
        return seen[0], len(actions), float(scores.mean())

    one, of_one, score = looks(20_000)
    several, of_several, same = looks(10)
    assert several < one and abs(of_several - of_one) <= 3 and same == pytest.approx(score, abs=0.02)
