"""What a person believes of thumbnails that can be misjudged."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsannot.annotation.actions import OpenImage
from fsannot.annotation.queries import Queries
from fsannot.human.perception import Perception
from fsannot.robots.beliefs import AGREEMENT, GLANCES, MIXED_GAIN, SURPRISE, BeliefModel, Beliefs, believe
from tests.annotation.scene import eyes, session

PERFECT = Perception(error_large=0.0, error_small=0.0)


def ring(count: int, k: int) -> np.ndarray:
    """Each of ``count`` thumbnails in a circle with the k − 1 on both sides of it."""
    return (np.arange(count)[:, None] + np.arange(k) - k // 2) % count


def test_one_thumbnail_that_looks_different_is_taken_for_a_mistake_if_mistakes_are_common() -> None:
    named = np.zeros(60, np.int64)
    named[30] = 1
    rare, common = (believe(ring(60, 11), named, np.full(60, e), 2)[30, 1] for e in (1e-6, 0.2))
    assert common < 0.1 < rare


def test_what_all_see_alike_is_believed() -> None:
    belief = believe(ring(60, 11), np.repeat([0, 1], 30), np.full(60, 0.3), 2)
    assert belief[:30, 0].min() > 0.7 and belief[30:, 1].min() > 0.7


def test_two_thumbnails_by_hand() -> None:
    named, error = np.array([0, 1]), np.array([0.1, 0.4])
    glance = np.array([[0.9, 0.1], [0.4, 0.6]])
    belief = glance.copy()
    for _ in range(GLANCES):
        prior = (1 - SURPRISE) * belief[::-1] + SURPRISE * belief.mean(0)
        belief = glance * prior**AGREEMENT
        belief = belief / belief.sum(1, keepdims=True)
    found = believe(np.array([[0, 1], [1, 0]]), named, error, 2)
    np.testing.assert_allclose(found, belief, atol=1e-6)
    assert found[1, 0] > 0.5  # the surer glance wins


def test_what_was_inspected_is_certain() -> None:
    named = np.zeros(60, np.int64)
    named[30] = 1
    error = np.full(60, 0.2)
    error[30] = 0.0
    assert believe(ring(60, 11), named, error, 2)[30, 1] > 0.99


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 30), st.integers(2, 5))
def test_beliefs_are_probabilities(seed: int, count: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    k = min(11, count)
    around = np.stack([rng.permutation(count)[:k] for _ in range(count)])
    belief = believe(around, rng.integers(-1, classes, count), rng.random(count), classes)
    assert (belief >= 0).all()
    np.testing.assert_allclose(belief.sum(1), 1)


def test_gain_by_hand() -> None:
    view = Beliefs(
        segments=np.arange(2),
        points=np.zeros((2, 2), np.float32),
        seen=np.array([1, 1], np.int16),
        mixed=np.array([False, True]),
        weight=np.array([0.5, 0.5]),
        belief=np.array([[0.1, 0.9], [0.1, 0.9]]),
        read=np.array([True, True]),
    )
    np.testing.assert_allclose(view.gain(1, caution=2.0), [0.5 * (0.9 - 0.2), MIXED_GAIN * 0.5 * 0.7])
    np.testing.assert_allclose(view.gain(np.array([0, 1])), [0.5 * (0.1 - 0.9), MIXED_GAIN * 0.5 * 0.8])
    assert view.gain_as_seen[0] == pytest.approx(0.4)


def test_an_opinion_is_formed_once_until_something_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    made = session()
    observation = made.reset()
    belief_model = BeliefModel(eyes(made), Queries(made), "foreground")
    formed = []
    monkeypatch.setattr(
        "fsannot.robots.beliefs.believe",
        lambda *args: formed.append(1) or believe(*args),  # type: ignore[func-returns-value]
    )
    view, wrong = belief_model.beliefs(observation)
    belief_model.survey(observation)
    assert len(formed) == 1 and not len(wrong.segments)
    np.testing.assert_array_equal(view.segments, observation.open_segments)


@pytest.mark.parametrize("task", ["foreground", "semantic"])
def test_an_open_image_is_seen_alone_as_it_is_seen_among_all(task: str) -> None:
    made = session()
    observation = made.reset()
    oracle = eyes(made, Perception())
    belief_model = BeliefModel(oracle, Queries(made), task)
    belief_model.survey(observation)
    observation = made.step(OpenImage(1)).observation
    oracle.inspect(observation)
    alone = belief_model.survey_of_open_image(observation)
    among = belief_model.survey(observation)
    among = among.select(observation.table.image[among.segments] == 1)
    for name in ("segments", "points", "seen", "mixed"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(among, name))
    np.testing.assert_allclose(alone.belief, among.belief, atol=1e-6)
    np.testing.assert_allclose(alone.weight, among.weight, rtol=1e-5)
