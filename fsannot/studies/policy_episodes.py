"""Policies: the environment they learn in, and episodes that are measured.

An episode writes the files of a run, so that tables, curves and reports take policies as they take robots.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fsannot.annotation.session import AnnotationSession
from fsannot.configuration.build import build
from fsannot.data.dataset import Dataset, require_truth
from fsannot.data.errors import InputError
from fsannot.evaluation.rows import write_atomically
from fsannot.evaluation.truth import GroundTruth
from fsannot.human.confusion import Confusion
from fsannot.human.motor import Motor
from fsannot.human.perception import Perception
from fsannot.simulation.environment import AnnotationEnv
from fsannot.simulation.eyesight import eyesight
from fsannot.simulation.policy import ObservationCodec, Policy, PolicyRobot
from fsannot.simulation.simulate import SimulationResult, session_scorer, simulate_session
from fsannot.studies.configured_session import ConfiguredSession, configured_session
from fsannot.studies.finishing import finish_run, run_record


@dataclass(frozen=True)
class Episode:
    """How one episode went.

    Attributes:
        episode: from 0.
        score: mean IoU or agreement at its end, in [0, 1].
        human_seconds_per_image: those lost on impossible actions included.
        total_reward: sum of the rewards the environment gives.
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


@dataclass(frozen=True)
class PolicySetting:
    """What episodes take place in.

    Attributes:
        made: the session, its images and parts.
        perception, motor: how well the person sees and draws.
        codec: how observations and actions are encoded.
        price: worth of one human second per image, in score.
        max_seconds, max_actions: limits of an episode: human seconds per image, and attempts.
    """

    made: ConfiguredSession[AnnotationSession]
    perception: Perception | Confusion
    motor: Motor
    codec: ObservationCodec
    price: float
    max_seconds: float
    max_actions: int


def make_environment(cfg: DictConfig) -> AnnotationEnv:
    """The environment ``conf/play.yaml`` describes, its images prepared; policies may be trained in it.

    Args:
        cfg: composed.

    Returns:
        the environment, not begun.

    Raises:
        InputError: an option the environment does not have, or a value it cannot take; names it.
    """
    perception, motor = build(cfg, "perception"), build(cfg, "motor")
    dataset: Dataset = build(cfg, "dataset")
    return _environment(cfg, _configured(cfg, dataset), perception, motor)


def make_setting(cfg: DictConfig) -> PolicySetting:
    """What the episodes of ``conf/play.yaml`` take place in.

    Args:
        cfg: composed.

    Returns:
        session, person and limits.

    Raises:
        InputError: an option the environment does not have, or a value it cannot take; names it.
    """
    perception, motor = build(cfg, "perception"), build(cfg, "motor")
    made = _configured(cfg, build(cfg, "dataset"))
    env = _environment(cfg, made, perception, motor)
    return PolicySetting(made, perception, motor, env.codec, env.price, env.seconds, env.steps)


def make_policy(cfg: DictConfig, task: str) -> Policy:
    """The policy ``cfg.policy`` describes.

    Args:
        cfg: composed.
        task: ``"foreground"`` or ``"semantic"``, which it is made for.

    Returns:
        the policy.

    Raises:
        InputError: an option the policy does not have.
    """
    try:
        return build(cfg, "policy")(task=task)
    except TypeError as error:
        raise InputError(
            f"policy: {error}; its options are the arguments of {cfg.policy._target_}"
        ) from error


def policy_name(policy: Policy) -> str:
    """Name of a policy in results: its own ``name``, or that of its function or class.

    Args:
        policy: encoded observation → encoded action.

    Returns:
        the name.

    Raises:
        InputError: it has none.
    """
    for named in (policy, type(policy)):
        name = getattr(named, "name", None) or getattr(named, "__name__", None)
        if isinstance(name, str) and name:
            return name
    raise InputError(f"policy: {policy!r} has no name; set method")


def run_episodes(
    setting: PolicySetting,
    policy: Policy,
    *,
    method: str,
    episodes: int,
    seed: int,
    folder: Path,
    config: str,
) -> list[Episode]:
    """Let a policy annotate ``episodes`` times, and write each one's result files into ``folder/episode_<n>``.

    Args:
        setting: what they take place in.
        policy: encoded observation → encoded action.
        method: the policy's name in the results.
        episodes: how many.
        seed: of the first episode's misjudgements and slips, one more for each further one.
        folder: is made.
        config: text of ``config.yaml``.

    Returns:
        how each episode went.

    Raises:
        ResultsError: a file cannot be written.
    """
    made = setting.made
    record = run_record(made.dataset, made.parts, stage_seconds=made.stage_seconds, seed=seed)
    done = []
    for number in range(episodes):
        own = folder / f"episode_{number}"
        own.mkdir(parents=True, exist_ok=True)
        write_atomically(own / "config.yaml", config.encode())
        result = simulate_session(
            made.dataset,
            made.session.engine,
            PolicyRobot(policy, setting.codec, name=method, max_seconds=setting.max_seconds),
            clock=made.session.clock,
            perception=setting.perception,
            motor=setting.motor,
            preparation_seconds=made.stage_seconds["edges"] + made.stage_seconds["hierarchy"],
            first_images=made.session.first_images,
            batch_images=made.session.batch_images,
            max_actions=setting.max_actions,
            max_seconds=setting.max_seconds,
            charge_refusals=True,
            seed=seed + number,
            order_seed=made.session.sight.seed if made.session.sight is not None else None,
            folder=own,
        )
        finish_run(result, own, record)
        done.append(_episode(number, result, setting.price))
    return done


def episodes_csv(episodes: list[Episode]) -> str:
    """Episodes as CSV; numbers are rounded to six digits.

    Args:
        episodes: in order.

    Returns:
        a header, and a line for each episode.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Episode)], lineterminator="\n")
    writer.writeheader()
    for episode in episodes:
        row = asdict(episode)
        writer.writerow({k: round(v, 6) if isinstance(v, float) else v for k, v in row.items()})
    return text.getvalue()


def _configured(cfg: DictConfig, dataset: Dataset) -> ConfiguredSession[AnnotationSession]:
    require_truth(dataset, "environments")
    return configured_session(cfg, dataset=dataset, kind=AnnotationSession)


def _environment(
    cfg: DictConfig,
    made: ConfiguredSession[AnnotationSession],
    perception: Perception | Confusion,
    motor: Motor,
) -> AnnotationEnv:
    truth, session = GroundTruth(made.dataset), made.session
    limits: Any = OmegaConf.to_container(cfg.environment, resolve=True)
    try:
        return AnnotationEnv(
            session,
            oracle=lambda seed: eyesight(made.dataset, truth, session, perception, seed=seed),
            scores=session_scorer(made.dataset, truth).scores,
            task=made.dataset.task,
            motor=motor,
            **limits,
        )
    except TypeError as error:
        raise InputError(f"environment: {error}; see conf/play.yaml for the options there are") from error


def _episode(number: int, result: SimulationResult, price: float) -> Episode:
    first, last = result.curve[0], result.curve[-1]
    refused = int(result.facts["refused_actions"])
    spent = last.human_seconds_per_image
    return Episode(
        episode=number,
        score=last.quality,
        human_seconds_per_image=spent,
        total_reward=last.quality
        - first.quality
        - price * spent,  # what the rewards of all actions add up to
        actions=int(last.actions) + refused,
        refused=refused,
        ended="stopped" if result.session.done else "cut",
    )
