"""What every robot promises, under both versions of the human model; each is found by its YAML."""

from __future__ import annotations

from pathlib import Path

import hydra
import numpy as np
import pytest
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from fsannot.annotation.actions import Action, BoxAction, FocusBox, LabelSegment, ShowUncertain, Stop
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.data.errors import InputError
from fsannot.evaluation.iou import iou
from fsannot.evaluation.scorer import Scorer
from fsannot.human.clock import Clock
from fsannot.human.confusion import PRESETS, Confusion
from fsannot.human.perception import Perception
from fsannot.robots.baseline import Baseline
from fsannot.robots.proposals import Proposal
from fsannot.robots.robot import Robot
from tests.annotation.scene import annotated, eyes, reader, session, target

CONF = Path(__file__).parents[2] / "conf" / "robot"
NAMES = sorted(path.stem for path in CONF.glob("*.yaml"))
ONLY = {"expert": 2, "expert_v1": 1}
"""Robots that live under one version of the human model."""
CASES = [(name, version) for name in NAMES for version in (1, 2) if ONLY.get(name, version) == version]
each = pytest.mark.parametrize(
    ("name", "version"), CASES, ids=[f"{name}-v{version}" for name, version in CASES]
)
SCENE = {"expert": {"learn_every": 2}, "expert_v1": {"learn_every": 2}}
"""What a robot has to be told of the drawn scene: its hierarchy's scale."""
PERCEPTIONS: dict[int, dict[str, Perception | Confusion]] = {
    1: {"perfect": Perception(error_large=0.0, error_small=0.0), "human": Perception()},
    2: dict(PRESETS),
}


def make(name: str, **options: object) -> Robot:
    settings = OmegaConf.load(CONF / f"{name}.yaml")
    robot = hydra.utils.instantiate(settings, **(SCENE.get(name, {}) | options), _convert_="all")
    assert isinstance(robot, Robot) and robot.name == name
    return robot


def finish(
    robot: Robot,
    version: int,
    task: str = "foreground",
    seed: int = 0,
    perception: str = "perfect",
    clock: Clock | None = None,
) -> tuple[list[str], float, float]:
    made = session(clock=clock, sight=version == 2)
    steps = annotated(robot, made, task=task, perception=PERCEPTIONS[version][perception], seed=seed)
    scorer = Scorer(target, images=3, classes=2, task=task)  # type: ignore[arg-type]
    return [repr(step.action) for step in steps], float(scorer.scores(made.state).mean()), made.human_seconds


@each
@pytest.mark.parametrize("task", ["foreground", "semantic"])
@pytest.mark.parametrize("perception", ["perfect", "human"])
def test_it_stops_by_itself_with_good_masks(name: str, version: int, task: str, perception: str) -> None:
    actions, score, seconds = finish(make(name), version, task, perception=perception)
    assert actions[-1] == repr(Stop()) and seconds > 0
    assert score > (0.9 if perception == "perfect" else 0.75)


@each
def test_where_time_costs_nothing_it_stops_too(name: str, version: int) -> None:
    with initialize_config_module("fsannot.conf", version_base="1.3"):
        free = hydra.utils.instantiate(compose("annotate", overrides=["clock=zero"]).clock, _convert_="all")
    actions, score, seconds = finish(make(name), version, clock=free)
    assert actions[-1] == repr(Stop()) and seconds == 0.0 and score > 0.9


@each
def test_the_same_seed_gives_the_same_actions_again_and_again(name: str, version: int) -> None:
    robot = make(name)
    assert finish(robot, version) == finish(robot, version) == finish(make(name), version)


@each
def test_a_budget_ends_the_session(name: str, version: int) -> None:
    _, _, seconds = finish(make(name, budget=1.0), version)
    assert seconds < 3 * 1.0 + 6.0  # the action that crosses the line is finished


@each
def test_a_higher_min_rate_spends_less_time(name: str, version: int) -> None:
    assert finish(make(name, min_rate=10.0), version)[2] < finish(make(name), version)[2]


BASELINES = [case for case in CASES if isinstance(make(case[0]), Baseline)]


@pytest.mark.parametrize(("name", "version"), BASELINES, ids=[f"{n}-v{v}" for n, v in BASELINES])
def test_a_proposal_costs_what_the_session_charges_beside_looks(name: str, version: int) -> None:
    robot, made = make(name), session(sight=version == 2)
    assert isinstance(robot, Baseline)
    observation = made.reset()
    oracle = reader(made) if version == 2 else eyes(made)
    robot.begin(oracle, Queries(made), clock=Clock(), task="semantic", seed=0)
    proposals: list[Proposal] = []
    choose = robot.proposal

    def remember(*args: object) -> Proposal | None:
        proposal = choose(*args)  # type: ignore[arg-type]
        proposals.extend([proposal] if proposal is not None else [])
        return proposal

    robot.proposal = remember  # type: ignore[method-assign]
    for _ in range(40):
        action: Action = robot.act(observation)
        result = made.step(action)
        observation = result.observation
        if isinstance(oracle, Reader):
            oracle.noticed(action)
        if result.done:
            break
        if proposals and proposals[-1].action is action and not isinstance(action, FocusBox | ShowUncertain):
            seconds = result.human_seconds - result.looks * made.clock.look
            told = isinstance(action, BoxAction) or version == 1
            # under version 2 one aims at what is visible of a thumbnail, and a radius holds what it holds
            slack = 1e-5 if told else 0.3 if isinstance(action, LabelSegment) else np.inf
            assert seconds == pytest.approx(proposals[-1].seconds, abs=slack)
    assert proposals


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("greedy_box", {"min_rate": -1.0}),
        ("random", {"budget": -1.0}),
        ("neighbors", {"centres": 0}),
        ("cluster_box", {"radii": []}),
        ("zoom_box", {"hope": 2.0}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_impossible_settings_are_named(name: str, options: dict[str, object]) -> None:
    with pytest.raises(Exception, match=f"robot.{next(iter(options))}") as caught:
        make(name, **options)
    assert isinstance(caught.value.__cause__ or caught.value, InputError)


def test_scores_from_counts_are_scores_of_masks() -> None:
    made = session()
    observation = made.reset()
    rng = np.random.default_rng(0)
    for row in rng.choice(observation.open_segments, 20, replace=False):
        made.step(LabelSegment(int(row), int(rng.integers(2))))
    scorer = Scorer(target, images=3, classes=2, task="foreground")
    scores = scorer.scores(made.state)
    for image in range(2):
        assert scores[image] == pytest.approx(iou(made.mask(image) == 1, target(image)))
    assert scores[2] == 0.0  # not loaded: unlabelled
    assert (scorer.bounds(made.state)[:2] >= scores[:2]).all()
