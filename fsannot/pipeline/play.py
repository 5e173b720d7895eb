"""Policies in the Gymnasium environment: it is made from a configuration, and episodes are played in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig, OmegaConf

from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError
from fsannot.evaluation.scorer import Scorer
from fsannot.pipeline.assemble import prepare
from fsannot.pipeline.program import build
from fsannot.robots.environment import AnnotationEnv
from fsannot.robots.oracle import Oracle
from fsannot.store import Store

Policy = Callable[[dict[str, np.ndarray]], dict[str, Any]]
"""Observation → action of ``AnnotationEnv``."""


@dataclass(frozen=True)
class Episode:
    """How one episode went.

    Attributes:
        episode: from 0.
        score: mean IoU or agreement at its end, in [0, 1].
        user_seconds_per_image: human seconds, those lost on impossible actions included.
        total_reward: sum of the rewards.
        actions, refused: how many were taken, and how many of them were impossible.
        ended: ``"stopped"`` by the policy or ``"cut"`` at a limit.
    """

    episode: int
    score: float
    user_seconds_per_image: float
    total_reward: float
    actions: int
    refused: int
    ended: str


def make_environment(cfg: DictConfig) -> AnnotationEnv:
    """The environment ``conf/play.yaml`` describes, its images prepared; policies may be trained in it.

    Raises:
        InputError: an option the environment does not have, or a value it cannot take; names it.
    """
    dataset: Dataset = build(cfg, "dataset")
    clock, perception, motor = (build(cfg, name) for name in ("clock", "perception", "motor"))
    names = ("edges", "hierarchy", "features", "projection", "local_projection", "metric")
    settings = ("workers", "batch_size", "constrained", "semi_supervised", "seed")
    machine, _ = prepare(
        dataset=dataset,
        store=Store(Path(cfg.cache)),
        **{name: build(cfg, name) for name in names},
        **{name: cfg[name] for name in settings},
    )
    session = AnnotationSession(
        machine,
        classes=dataset.classes,
        clock=clock,
        first_images=cfg.first_images,
        batch_images=cfg.batch_images,
    )

    @lru_cache(maxsize=256)
    def target(image: int) -> np.ndarray:
        return dataset[image].target

    classes = len(dataset.classes)
    scorer = Scorer(target, images=len(dataset), classes=classes, task=dataset.task)
    limits: Any = OmegaConf.to_container(cfg.environment, resolve=True)
    try:
        return AnnotationEnv(
            session,
            oracle=lambda seed: Oracle(target, classes=classes, perception=perception, seed=seed),
            scores=scorer.scores,
            task=dataset.task,
            motor=motor,
            **limits,
        )
    except TypeError as error:
        raise InputError(f"environment: {error}; see conf/play.yaml for the options there are") from error


def make_policy(cfg: DictConfig, task: str) -> Policy:
    """The policy ``cfg.policy`` describes, made for a task. Raises ``InputError`` for an option it does not have."""
    try:
        return build(cfg, "policy")(task=task)
    except TypeError as error:
        raise InputError(
            f"policy: {error}; its options are the arguments of {cfg.policy._target_}"
        ) from error


def play(env: AnnotationEnv, policy: Policy, *, episodes: int, seed: int) -> list[Episode]:
    """Play episodes; the first is seeded, and each goes on with the random numbers of the one before."""
    return [_episode(env, policy, number, seed if number == 0 else None) for number in range(episodes)]


def _episode(env: AnnotationEnv, policy: Policy, number: int, seed: int | None) -> Episode:
    observation, info = env.reset(seed=seed)
    total, actions, refused = 0.0, 0, 0
    terminated = truncated = False
    while not (terminated or truncated):
        observation, reward, terminated, truncated, info = env.step(policy(observation))
        total, actions, refused = total + reward, actions + 1, refused + (info["refused"] is not None)
    return Episode(
        episode=number,
        score=info["score"],
        user_seconds_per_image=info["human_seconds"] / env.session.image_total,
        total_reward=total,
        actions=actions,
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
