"""The session as a Gymnasium environment, for policies that are learned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from fsannot.annotation import actions as act
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.motor import Motor
from fsannot.human.perception import Oracle
from fsannot.human.screen import HEIGHT, WIDTH

KINDS = (
    "LabelBox", "LabelSegment", "LabelNeighbors", "LabelRest", "RefineBox", "FocusBox", "Unfocus",
    "RequestBatch", "LearnMetric", "Reproject", "Undo", "Stop",
)  # fmt: skip
"""What ``action["kind"]`` counts."""
NEIGHBORS = 32
"""Similar segments a ``LabelNeighbors`` takes at ``amount`` 1."""


class AnnotationEnv(gymnasium.Env[dict[str, np.ndarray], dict[str, Any]]):
    """Label images of a session; the reward is what the masks gain, less what the person's time is worth.

    Observation (what a person sees; the class of a thumbnail is what the oracle says a person would name):

    * ``canvas``: float32 (classes + 3, grid, grid) in [0, 1], the canvas in cells, first row on top. Channel c <
      classes: unlabelled thumbnails seen as class c; then unlabelled ones that look mixed, all unlabelled, all
      labelled. A count n is shown as n / (n + 1).
    * ``status``: float32 (8,) in [0, 1]: pointer x and y, focused, share of images loaded, share of shown thumbnails
      labelled, whether an image waits, learned n times as n / (n + 1), share of the time that is over.

    Action: ``kind`` (``KINDS``), ``box`` float32 (4,) in [0, 1] (two corners in any order, x before y, in units of the
    canvas), ``label``, ``amount`` float32 (1,) in [0, 1]. ``LabelSegment`` and ``LabelNeighbors`` take the unlabelled
    thumbnail nearest to the box's first corner, the latter with ``amount`` · 32 of its neighbors; ``RefineBox`` cuts
    at ``coarsest · 10^(−3·amount)``. What is not possible changes nothing and costs the time to decide;
    ``info["refused"]`` says why.

    Reward: gain of the mean score, minus ``price`` times human seconds per image; so the return is the final score
    less the price of the time. Terminated by ``Stop``, truncated after ``seconds`` human seconds per image or
    ``steps`` actions.

    Args:
        session: made anew by every ``reset``.
        oracle: ``seed → Oracle``, the person's eyes.
        scores: ``State → float64 (images,)``, from the evaluation: the door by which the reward meets ground truth.
        task: ``"foreground"`` or ``"semantic"``; told in ``info``, since it says what unlabelled means.
        clock: the session's.
        motor: how well boxes are drawn; None = exactly.
        grid: cells a side.
        price: worth of one human second per image, in score.
        seconds, steps: limits of an episode.
        coarsest: the coarsest cut ``RefineBox`` can ask for, on the criterion's own scale.
    """

    metadata: dict[str, Any] = {"render_modes": []}  # noqa: RUF012 - Gymnasium's own attribute

    def __init__(
        self,
        session: AnnotationSession,
        *,
        oracle: Callable[[int], Oracle],
        scores: Callable[[State], np.ndarray],
        task: str = "foreground",
        clock: Clock | None = None,
        motor: Motor | None = None,
        grid: int = 32,
        price: float = 0.01,
        seconds: float = 30.0,
        steps: int = 500,
        coarsest: float = 100.0,
    ) -> None:
        if grid < 2 or price < 0 or seconds <= 0 or steps < 1 or coarsest <= 0:
            raise InputError(
                f"grid={grid}, price={price}, seconds={seconds}, steps={steps}, coarsest={coarsest}: a grid of at "
                "least 2, a price ≥ 0, and positive limits and cut are needed"
            )
        self.session, self._make_oracle, self._scores, self.task = session, oracle, scores, task
        self.clock = clock or session.clock
        self.motor = motor or Motor()
        self.grid, self.price, self.seconds, self.steps, self.coarsest = grid, price, seconds, steps, coarsest
        classes = len(session.classes)
        self.observation_space = spaces.Dict(  # type: ignore[assignment]
            {
                "canvas": spaces.Box(0.0, 1.0, (classes + 3, grid, grid), np.float32),
                "status": spaces.Box(0.0, 1.0, (8,), np.float32),
            }
        )
        self.action_space = spaces.Dict(
            {
                "kind": spaces.Discrete(len(KINDS)),
                "box": spaces.Box(0.0, 1.0, (4,), np.float32),
                "label": spaces.Discrete(classes),
                "amount": spaces.Box(0.0, 1.0, (1,), np.float32),
            }
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Begin an episode; ``seed`` fixes what is misjudged in it."""
        super().reset(seed=seed)
        self._seed = int(self.np_random.integers(2**31))
        self.oracle = self._make_oracle(self._seed)
        self._observation = self.session.reset()
        self._score = float(self._scores(self.session.state).mean())
        self._taken, self._lost = 0, 0.0
        return self._observe(), self._info(None)

    def step(self, action: dict[str, Any]) -> tuple[dict[str, np.ndarray], float, bool, bool, dict[str, Any]]:
        refused = None
        try:
            meant = self.translate(action)
            drawn = self.motor.carry_out(meant, self._observation, step=self._taken, seed=self._seed)
            result = self.session.step(drawn)
            self._observation, human, done = result.observation, result.human_seconds, result.done
        except InputError as error:
            refused, human, done = str(error), self.clock.decide, False
            self._lost += human
        self._taken += 1
        score = float(self._scores(self.session.state).mean())
        reward = score - self._score - self.price * human / self.session.image_total
        self._score = score
        truncated = not done and (self._time() >= 1.0 or self._taken >= self.steps)
        return self._observe(), reward, done, truncated, self._info(refused)

    def translate(self, action: dict[str, Any]) -> act.Action:
        """The session's action.

        Raises:
            InputError: it needs an unlabelled thumbnail and there is none.
        """
        x0, y0, x1, y1 = (np.asarray(action["box"], float) * [WIDTH, HEIGHT, WIDTH, HEIGHT]).tolist()
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        label, amount = int(action["label"]), float(np.asarray(action["amount"]).reshape(-1)[0])
        match KINDS[int(action["kind"])]:
            case "LabelBox":
                return act.LabelBox(box, label)
            case "LabelSegment":
                return act.LabelSegment(self._nearest(x0, y0), label)
            case "LabelNeighbors":
                return act.LabelNeighbors(self._nearest(x0, y0), max(1, round(amount * NEIGHBORS)), label)
            case "LabelRest":
                return act.LabelRest(label)
            case "RefineBox":
                return act.RefineBox(box, self.coarsest * 10 ** (-3 * amount))
            case "FocusBox":
                return act.FocusBox(box)
            case name:
                return act.ACTIONS[name]()

    def _nearest(self, x: float, y: float) -> int:
        rows = self._observation.open_segments
        if not len(rows):
            raise InputError("nothing on the canvas is unlabelled")
        return int(rows[np.hypot(*(self._observation.canvas[rows] - np.array([x, y])).T).argmin()])

    def _time(self) -> float:
        return (self.session.human_seconds + self._lost) / (self.seconds * self.session.image_total)

    def _observe(self) -> dict[str, np.ndarray]:
        observation = self._observation
        rows = np.flatnonzero(observation.shown)
        seen, mixed = self.oracle.look(observation, rows)
        unlabelled = observation.labels[rows] < 0
        kinds = [unlabelled & (seen == c) for c in range(len(observation.classes))]
        kinds += [unlabelled & mixed, unlabelled, ~unlabelled]
        column, line = (observation.canvas[rows] * self.grid / [WIDTH, HEIGHT]).astype(int).T
        cell = np.minimum(line, self.grid - 1) * self.grid + np.minimum(column, self.grid - 1)
        counts = np.stack([np.bincount(cell[kind], minlength=self.grid**2) for kind in kinds])
        canvas = (counts / (counts + 1)).astype(np.float32).reshape(-1, self.grid, self.grid)
        return {"canvas": canvas, "status": self._status(observation, float((~unlabelled).mean()))}

    def _status(self, observation: Observation, labelled: float) -> np.ndarray:
        x, y = observation.pointer
        values = [
            x / WIDTH,
            y / HEIGHT,
            observation.focused,
            observation.images_loaded / self.session.image_total,
            labelled,
        ]
        values += [
            observation.images_waiting > 0,
            observation.learned / (observation.learned + 1),
            self._time(),
        ]
        return np.clip(np.array(values, np.float32), 0, 1)

    def _info(self, refused: str | None) -> dict[str, Any]:
        human = self.session.human_seconds + self._lost
        return {
            "score": self._score,
            "human_seconds": human,
            "refused": refused,
            "task": self.task,
        }
