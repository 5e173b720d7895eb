"""The session as a Gymnasium environment, for policies that are learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from fsannot.annotation.actions import Action, Stop
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.human.motor import Motor
from fsannot.robots.robot import Robot
from fsannot.simulation.eyesight import Eyesight
from fsannot.simulation.loop import Observer, SimulationLoop
from fsannot.simulation.policy import ObservationCodec, known_images


class _Outside(Robot):
    """A robot that never acts: the caller of ``step`` decides."""

    name = "outside"

    def act(self, observation: Observation) -> Action:
        return Stop()


class _Refusal(Observer):
    """The reason for which the last action was refused, or None."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def refused(self, reason: str, seconds: float) -> None:
        self.reason = reason


class AnnotationEnv(gymnasium.Env[dict[str, np.ndarray], dict[str, Any]]):
    """Label images of a session; the reward is what the masks gain, less the price of the person's time.

    Observation and action are those of :class:`~fsannot.simulation.policy.ObservationCodec`. An action that is not
    possible changes nothing and costs the time to decide; ``info["refused"]`` says why.

    Reward: gain of the mean score, minus ``price`` times human seconds per image; so the return is the final score less
    the price of the time. Terminated by ``Stop``, truncated after ``seconds`` human seconds per image or ``steps``
    actions.

    Args:
        session: started again by every ``reset``.
        oracle: ``seed → Oracle or Reader``, the person's eyes.
        scores: ``State → float64 (images,)``, from the evaluation; ground truth reaches the reward only through it.
        task: ``"foreground"`` or ``"semantic"``; told in ``info``, since it says what unlabelled means.
        motor: how well boxes are drawn; None = exactly.
        grid: cells a side.
        price: of one human second per image, in score, ≥ 0.
        seconds, steps: limits of an episode, > 0.
        coarsest: the coarsest cut a refinement can ask for, on the criterion's own scale.

    Raises:
        InputError: a negative price, or a limit that is not positive.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's own attribute

    def __init__(
        self,
        session: AnnotationSession,
        *,
        oracle: Callable[[int], Eyesight],
        scores: Callable[[State], np.ndarray],
        task: str = "foreground",
        motor: Motor | None = None,
        grid: int = 32,
        price: float = 0.01,
        seconds: float = 30.0,
        steps: int = 500,
        coarsest: float = 100.0,
    ) -> None:
        if price < 0 or seconds <= 0 or steps < 1:
            raise InputError(
                f"price={price}, seconds={seconds}, steps={steps}: a price ≥ 0 and positive limits are needed"
            )
        self.session, self._make_oracle, self._scores, self.task = session, oracle, scores, task
        self.motor, self.price, self.seconds, self.steps = motor or Motor(), price, seconds, steps
        self.codec = ObservationCodec(len(session.classes), grid=grid, coarsest=coarsest)
        self.observation_space = self.codec.observation_space  # type: ignore[assignment]
        self.action_space = self.codec.action_space

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin an episode.

        Args:
            seed: fixes what is misjudged in it; None goes on with the generator of the episode before.
            options: none are known; Gymnasium passes them.

        Returns:
            the first observation, and ``info``: ``score`` in [0, 1], ``human_seconds``, ``refused`` (None) and
            ``task``.
        """
        super().reset(seed=seed)
        own = int(self.np_random.integers(2**31))
        self.oracle = self._make_oracle(own)
        self._refusal = _Refusal()
        self._loop = SimulationLoop(
            self.session,
            _Outside(),
            oracle=self.oracle,
            motor=self.motor,
            task=self.task,
            seed=own,
            observers=(self._refusal,),
            max_actions=self.steps,
            max_seconds=self.seconds,
            charge_refusals=True,
        )
        self._observation = self._loop.begin()
        self._score = float(self._scores(self.session.state).mean())
        return self._encoded(), self._info()

    def step(self, action: dict[str, Any]) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        """Carry out an action.

        Args:
            action: as ``action_space`` describes it.

        Returns:
            observation, reward, terminated, truncated and ``info``: ``score`` in [0, 1], ``human_seconds`` so far,
            ``refused`` (the reason, or None) and ``task``.
        """
        before, self._refusal.reason = self._loop.human_seconds, None
        try:
            meant = self.codec.decode(
                action, self._observation, self.session.row_map, known_images(self.oracle)
            )
        except InputError as error:
            self._loop.refuse(str(error), error)
        else:
            self._observation = self._loop.take(meant, self._observation)
        score = float(self._scores(self.session.state).mean())
        spent = self._loop.human_seconds - before
        reward = score - self._score - self.price * spent / self.session.image_total
        self._score = score
        done = self.session.done
        return self._encoded(), reward, done, not done and self._loop.cut, self._info()

    def _encoded(self) -> dict[str, np.ndarray]:
        time = self._loop.human_seconds / (self.seconds * self.session.image_total)
        return self.codec.encode(self._observation, self.oracle, time)

    def _info(self) -> dict[str, Any]:
        return {
            "score": self._score,
            "human_seconds": self._loop.human_seconds,
            "refused": self._refusal.reason,
            "task": self.task,
        }
