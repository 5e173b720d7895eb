"""The Gymnasium environment and its example policy."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.human.clock import Clock
from fsannot.human.confusion import Confusion
from fsannot.human.perception import Perception
from fsannot.simulation.environment import AnnotationEnv
from fsannot.simulation.grid_policy import GridPolicy
from fsannot.simulation.policy import KINDS
from tests.annotation.scene import eyes, reader, session, target


def environment(*, sight: bool = False, **options: float) -> AnnotationEnv:
    scorer = Scorer(target, images=3, classes=2, task="foreground")
    made = session(sight=sight)
    return AnnotationEnv(
        made,
        oracle=lambda seed: reader(made, Confusion(), seed) if sight else eyes(made, Perception(), seed),
        scores=scorer.scores,
        **options,  # type: ignore[arg-type]
    )


def action(kind: str, **fields: object) -> dict[str, object]:
    plain = {"box": np.array([0, 0, 1, 1], np.float32), "label": 1, "amount": np.array([0.5], np.float32)}
    return {"kind": KINDS.index(kind), **plain, **fields}


@pytest.mark.parametrize("sight", [False, True], ids=["v1", "v2"])
def test_gymnasium_finds_nothing_wrong(sight: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*render modes.*")  # none are offered
        check_env(environment(sight=sight, steps=50), skip_render_check=True)


def test_rewards_add_up_to_the_score_less_the_time() -> None:
    env = environment(price=0.02)
    env.reset(seed=0)
    start = env.session.human_seconds
    total, info = 0.0, {}
    for step in (
        action("RequestBatch"),
        action("LabelBox"),
        action("Undo"),
        action("LabelRest"),
        action("Stop"),
    ):
        _, reward, terminated, _, info = env.step(step)
        total += reward
    assert terminated and start == 0.0
    assert total == pytest.approx(info["score"] - 0.02 * info["human_seconds"] / 3)
    assert info["score"] == pytest.approx(0.5) and info["refused"] is None


def test_what_is_impossible_costs_time_and_changes_nothing() -> None:
    env = environment()
    before, _ = env.reset(seed=1)
    state = env.session.state
    after, reward, terminated, truncated, info = env.step(action("LearnMetric"))
    assert "two classes" in info["refused"] and env.session.state is state
    assert reward == pytest.approx(-0.01 * Clock().decide / 3) and not (terminated or truncated)
    np.testing.assert_array_equal(before["canvas"], after["canvas"])


ONLY = {"LabelNeighbors": False} | dict.fromkeys(
    ("Zoom", "ZoomOut", "SetView", "Grid", "GridBox", "Hover"), True
)
ONLY |= {"Confirm": True}
"""Actions of sessions with sight alone, and of those without."""
POSSIBLE = [(kind, sight) for kind in KINDS for sight in (False, True) if ONLY.get(kind, sight) == sight]


@pytest.mark.parametrize(("kind", "sight"), POSSIBLE, ids=[f"{k}-v{1 + s}" for k, s in POSSIBLE])
def test_every_kind_of_action_can_be_taken(kind: str, sight: bool) -> None:
    env = environment(sight=sight)
    env.reset(seed=0)
    env.step(action("LabelSegment", label=0))
    some = "LabelRadius" if sight else "LabelNeighbors"
    env.step(action(some, box=np.array([0.9, 0.9, 0, 0], np.float32)))
    if kind in {"LabelInImage", "Split", "Repartition", "Confirm"}:
        assert env.step(action("OpenImage"))[4]["refused"] is None
    clicks = {"box": np.array([0.02, 0.02, 0.1, 0.1], np.float32)} if kind == "Split" else {}
    observation, _, terminated, _, info = env.step(action(kind, **clicks))
    assert env.observation_space.contains(observation)
    assert terminated == (kind == "Stop") and info["refused"] is None


@pytest.mark.parametrize("kind", sorted(ONLY))
def test_what_the_other_version_of_the_human_model_has_is_refused(kind: str) -> None:
    env = environment(sight=not ONLY[kind])
    env.reset(seed=0)
    assert "human_model=v1" in env.step(action(kind))[4]["refused"]


def test_a_policy_pays_for_what_it_is_shown() -> None:
    env = environment(sight=True)
    env.reset(seed=0)
    readable = int(env.session.observe().readable.sum())
    _, _, _, _, info = env.step(action("RequestBatch"))
    assert 0 < readable < 72 and info["human_seconds"] == pytest.approx(0.28 + 0.03 * readable)


def test_an_episode_is_cut_at_its_limits() -> None:
    env = environment(steps=2)
    env.reset(seed=0)
    assert not env.step(action("Reproject"))[3] and env.step(action("Reproject"))[3]
    env = environment(seconds=0.5)
    env.reset(seed=0)
    assert env.step(action("LabelRest"))[3]
    with pytest.raises(InputError, match="grid=1"):
        environment(grid=1)


def test_the_example_policy_labels_well_and_stops() -> None:
    env = environment()
    policy = GridPolicy(task="foreground")
    observation, _ = env.reset(seed=0)
    for _ in range(100):
        observation, _, terminated, truncated, info = env.step(policy(observation))  # type: ignore[arg-type]
        if terminated or truncated:
            break
    assert terminated and info["score"] > 0.7
