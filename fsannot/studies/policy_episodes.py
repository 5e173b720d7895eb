"""Policies in the Gymnasium environment: it is made from a configuration, and episodes are played in it.

An episode leaves the files of a run behind, so that a policy stands beside robots in tables, curves and reports.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from fsannot.annotation.actions import Action
from fsannot.annotation.session import AnnotationSession, StepResult
from fsannot.annotation.state import State
from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.scorer import Scorer
from fsannot.evaluation.truth import GroundTruth
from fsannot.human.perception import Oracle
from fsannot.programs.program import build
from fsannot.robots.environment import AnnotationEnv
from fsannot.simulation.logbook import SessionLogbook
from fsannot.studies.annotation import run_record
from fsannot.studies.configured_session import configured_session

Policy = Callable[[dict[str, np.ndarray]], dict[str, Any]]
"""Observation → action of ``AnnotationEnv``."""


@dataclass(frozen=True)
class Episode:
    """How one episode went.

    Attributes:
        episode: from 0.
        score: mean IoU or agreement at its end, in [0, 1].
        human_seconds_per_image: human seconds, those lost on impossible actions included.
        total_reward: sum of the rewards.
        actions, refused: how many were taken, and how many of them were impossible.
        ended: ``"stopped"`` by the policy or ``"cut"`` at a limit.
    """

    episode: int
    score: float
    human_seconds_per_image: float
    total_reward: float
    actions: int
    refused: int
    ended: str


class WatchedSession(AnnotationSession):
    """A session that tells of each action carried out in it, whoever asked for it."""

    watcher: Callable[[Action, State, StepResult], None] | None = None
    """Called with the action, the state before it, and its result."""

    def step(self, action: Action) -> StepResult:
        before = self.state
        result = super().step(action)
        if self.watcher is not None:
            self.watcher(action, before, result)
        return result


@dataclass(frozen=True)
class Playground:
    """What episodes are played in.

    Attributes:
        env: the environment.
        session: the environment's.
        dataset: its images.
        scorer: judges the session.
        record: for ``provenance.json``.
        stage_seconds: machine seconds of edges and hierarchies, spent before any session.
    """

    env: AnnotationEnv
    session: WatchedSession
    dataset: Dataset
    scorer: Scorer
    record: dict[str, Any]
    stage_seconds: float


def make_environment(cfg: DictConfig) -> AnnotationEnv:
    """The environment ``conf/play.yaml`` describes, its images prepared; policies may be trained in it.

    Raises:
        InputError: an option the environment does not have, or a value it cannot take; names it.
    """
    return make_playground(cfg).env


def make_playground(cfg: DictConfig) -> Playground:
    """``make_environment``, and what the files of an episode need beside it; raises as that does."""
    dataset: Dataset = build(cfg, "dataset")
    perception, motor = build(cfg, "perception"), build(cfg, "motor")
    made = configured_session(cfg, dataset=dataset, kind=WatchedSession)

    truth, classes = GroundTruth(dataset), len(dataset.classes)
    scorer = Scorer(
        truth.target,
        images=len(dataset),
        classes=classes,
        task=dataset.task,
        instances=truth.instances if dataset.unit == "instance" else None,
    )
    limits: Any = OmegaConf.to_container(cfg.environment, resolve=True)
    try:
        env = AnnotationEnv(
            made.session,
            oracle=lambda seed: Oracle(truth.target, classes=classes, perception=perception, seed=seed),
            scores=scorer.scores,
            task=dataset.task,
            motor=motor,
            **limits,
        )
    except TypeError as error:
        raise InputError(f"environment: {error}; see conf/play.yaml for the options there are") from error
    spent = made.stage_seconds
    record = run_record(dataset, made.parts, stage_seconds=spent, seed=cfg.seed)
    return Playground(env, made.session, dataset, scorer, record, spent["edges"] + spent["hierarchy"])


def make_policy(cfg: DictConfig, task: str) -> Policy:
    """The policy ``cfg.policy`` describes, made for a task. Raises ``InputError`` for an option it does not have."""
    try:
        return build(cfg, "policy")(task=task)
    except TypeError as error:
        raise InputError(
            f"policy: {error}; its options are the arguments of {cfg.policy._target_}"
        ) from error


def policy_name(policy: Policy) -> str:
    """Name of a policy in results: its own ``name``, or its function's or class's."""
    for named in (policy, type(policy)):
        name = getattr(named, "name", None) or getattr(named, "__name__", None)
        if isinstance(name, str) and name:
            return name
    raise InputError(f"policy: {policy!r} has no name; set method")


def play(
    ground: Playground, policy: Policy, *, method: str, episodes: int, seed: int, folder: Path, config: str
) -> list[Episode]:
    """Play episodes and write each one's result files into ``folder/episode_<n>``.

    Args:
        method: the policy's name in the results.
        seed: of the first episode's misjudgements and slips, one more for each further one.
        config: text of ``config.yaml``.
    """
    played = []
    for number in range(episodes):
        own = folder / f"episode_{number}"
        own.mkdir(parents=True, exist_ok=True)
        write_atomically(own / "config.yaml", config.encode())
        book = SessionLogbook(
            ground.dataset,
            ground.session,
            ground.scorer,
            method=method,
            folder=own,
            stage_seconds=ground.stage_seconds,
            seed=seed + number,
        )
        played.append(_episode(ground, policy, number, book))
    return played


def _episode(ground: Playground, policy: Policy, number: int, book: SessionLogbook) -> Episode:
    env = ground.env
    observation, info = env.reset(seed=book.seed)
    book.begin(ground.session.observe())
    total, refused = 0.0, 0
    terminated = truncated = False
    ground.session.watcher = book.note
    try:
        with book:
            while not (terminated or truncated):
                observation, reward, terminated, truncated, info = env.step(policy(observation))
                total += reward
                if info["refused"] is not None:
                    refused += 1
                    book.waste(info["human_seconds"] - book.human_seconds)
            looked = int(env.oracle.looked_at.sum())
            wasted = {"refused_actions": refused, "refused_human_seconds": book.wasted}
            book.finish({**ground.record, "thumbnails_looked_at": looked, **wasted})
    finally:
        ground.session.watcher = None
    return Episode(
        episode=number,
        score=info["score"],
        human_seconds_per_image=info["human_seconds"] / env.session.image_total,
        total_reward=total,
        actions=book.actions + refused,
        refused=refused,
        ended="stopped" if terminated else "cut",
    )


def episodes_csv(episodes: list[Episode]) -> str:
    """A line for each episode."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Episode)], lineterminator="\n")
    writer.writeheader()
    for episode in episodes:
        row = asdict(episode)
        writer.writerow({k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()
