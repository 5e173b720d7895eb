"""Policies for the Gymnasium environment: how an observation is encoded for them, and an action decoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium import spaces

from fsannot.annotation.actions import ACTIONS, Action, Signal
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import Reader
from fsannot.annotation.sight import IN_SEARCH
from fsannot.data.errors import InputError
from fsannot.human.legibility import POINTABLE
from fsannot.human.screen import HEIGHT, WIDTH
from fsannot.robots.robot import Robot
from fsannot.simulation.eyesight import Eyesight

Policy = Callable[[dict[str, np.ndarray]], dict[str, Any]]
"""Encoded observation → encoded action."""

KINDS = tuple(ACTIONS)
"""What ``action["kind"]`` counts: every action of the session."""
OPTIONS = 8
"""How many values ``action["option"]`` has; the action that reads it takes it modulo its own choices."""


class ObservationCodec:
    """Encodes what a person sees as arrays, and decodes an action from numbers.

    Observation (the class of a thumbnail is what the oracle says a person would name):

    * ``canvas``: float32 (classes + 3, grid, grid) in [0, 1], the canvas in cells, first row on top. Channel c <
      classes: unlabelled thumbnails seen as class c; then unlabelled ones that look mixed, all unlabelled, all
      labelled. A count n is shown as n / (n + 1).
    * ``image``: the same of the segments of the open image, each at its centre; zeros where none is open.
    * ``status``: float32 (9,) in [0, 1]: pointer x and y, focused, image open, share of images loaded, share of shown
      thumbnails labelled, whether an image waits, learned n times as n / (n + 1), share of the time that is over.

    Action: ``kind`` (``KINDS``), ``box`` float32 (4,) in [0, 1] (two corners in any order, x before y, in units of the
    canvas, or of the open image for what is done there), ``label``, ``amount`` float32 (1,) in [0, 1], ``option``.
    What names one segment takes the unlabelled thumbnail nearest to the box's first corner; a radius holds up to
    ``amount`` · 32 similar ones; thresholds are ``coarsest · 10^(−3·amount)``; in an open image the corners are two
    clicks.

    Args:
        classes: number of classes.
        grid: cells a side, ≥ 2.
        coarsest: the coarsest cut a refinement can ask for, on the criterion's own scale.

    Raises:
        InputError: ``grid`` is below 2, or ``coarsest`` is not positive.
    """

    def __init__(self, classes: int, *, grid: int = 32, coarsest: float = 100.0) -> None:
        if grid < 2 or not coarsest > 0:
            raise InputError(
                f"grid={grid}, coarsest={coarsest}: a grid of at least 2 and a positive cut are needed"
            )
        self.grid, self.coarsest = grid, coarsest
        counts = spaces.Box(0.0, 1.0, (classes + 3, grid, grid), np.float32)
        self.observation_space = spaces.Dict(
            {"canvas": counts, "image": counts, "status": spaces.Box(0.0, 1.0, (9,), np.float32)}
        )
        self.action_space = spaces.Dict(
            {
                "kind": spaces.Discrete(len(KINDS)),
                "box": spaces.Box(0.0, 1.0, (4,), np.float32),
                "label": spaces.Discrete(classes),
                "amount": spaces.Box(0.0, 1.0, (1,), np.float32),
                "option": spaces.Discrete(OPTIONS),
            }
        )

    def encode(self, observation: Observation, oracle: Eyesight, time: float) -> dict[str, np.ndarray]:
        """An observation as ``observation_space`` describes it.

        Args:
            observation: of the session.
            oracle: the person's eyes.
            time: share of the time that is over, in [0, 1].

        Returns:
            ``canvas``, ``image`` and ``status``, float32, in [0, 1].
        """
        rows = np.flatnonzero(observation.shown)
        at = observation.canvas[rows] / np.array([WIDTH, HEIGHT], np.float32)
        image = np.zeros((len(observation.classes) + 3, self.grid, self.grid), np.float32)
        if observation.open_image is not None:
            here = np.flatnonzero(observation.alive & (observation.table.image == observation.open_image))
            image = self._counts(observation, oracle, here, self._in_image(observation, here))
        labelled = float((observation.labels[rows] >= 0).mean()) if len(rows) else 1.0
        x, y = observation.pointer
        total = observation.images_loaded + observation.images_waiting
        status = [x / WIDTH, y / HEIGHT, observation.focused, observation.open_image is not None]
        status += [observation.images_loaded / total, labelled, observation.images_waiting > 0]
        status += [observation.learned / (observation.learned + 1), time]
        return {
            "canvas": self._counts(observation, oracle, rows, at),
            "image": image,
            "status": np.clip(np.array(status, np.float32), 0, 1),
        }

    def decode(
        self,
        action: dict[str, Any],
        observation: Observation,
        row_map: Callable[[int], np.ndarray],
        images: np.ndarray | None = None,
    ) -> Action:
        """The session's action.

        Args:
            action: as ``action_space`` describes it; ``option`` may be missing.
            observation: what is shown.
            row_map: ``image → int32 (H, W)``, the segment of each pixel; asked for the open image only.
            images: int (N,), image of each segment as far as the person knows it, −1 = not known; None takes those of
                the observation.

        Returns:
            the action.

        Raises:
            InputError: what it points at is not there.
        """
        corners = np.asarray(action["box"], float)
        x0, y0, x1, y1 = (corners * [WIDTH, HEIGHT, WIDTH, HEIGHT]).tolist()
        amount = float(np.asarray(action["amount"]).reshape(-1)[0])
        pixels: tuple[tuple[int, int], ...] = ()
        under: tuple[int, ...] = ()
        if observation.open_image is not None:
            rows = row_map(observation.open_image)
            h, w = rows.shape
            pixels = tuple(
                (min(int(y * h), h - 1), min(int(x * w), w - 1)) for x, y in corners.reshape(2, 2).tolist()
            )
            under = tuple(int(rows[pixel]) for pixel in pixels)
        nearest = _nearest(observation, np.flatnonzero(observation.shown), x0, y0)
        known = observation.table.image if images is None else images
        signal = Signal(
            box=(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)),
            label=int(action["label"]),
            amount=amount,
            option=int(action.get("option", 0)),
            threshold=self.coarsest * 10 ** (-3 * amount),
            segment=_nearest(observation, observation.open_segments, x0, y0),
            image=None if nearest is None or known[nearest] < 0 else int(known[nearest]),
            open_image=observation.open_image,
            pixels=pixels,
            under=under,
        )
        return ACTIONS[KINDS[int(action["kind"])]].decode(signal)

    def _in_image(self, observation: Observation, rows: np.ndarray) -> np.ndarray:
        """float32 (M, 2): where segments of one image lie in it, ``x, y`` in [0, 1]; their boxes give its size."""
        bbox = observation.table.bbox[rows]
        height, width = bbox[:, 2].max(initial=1), bbox[:, 3].max(initial=1)
        return observation.table.centroid[rows][:, ::-1] / np.array([width, height], np.float32)

    def _counts(
        self, observation: Observation, oracle: Eyesight, rows: np.ndarray, at: np.ndarray
    ) -> np.ndarray:
        seen, mixed = _names(observation, oracle, rows)
        unlabelled = observation.labels[rows] < 0
        kinds = [unlabelled & (seen == c) for c in range(len(observation.classes))]
        kinds += [unlabelled & mixed, unlabelled, ~unlabelled]
        column, line = (at * self.grid).astype(int).T if len(rows) else np.zeros((2, 0), int)
        cell = np.minimum(line, self.grid - 1) * self.grid + np.minimum(column, self.grid - 1)
        counts = np.stack([np.bincount(cell[kind], minlength=self.grid**2) for kind in kinds])
        return (counts / (counts + 1)).astype(np.float32).reshape(-1, self.grid, self.grid)


class PolicyRobot(Robot):
    """A policy as a robot: any simulation takes it.

    Args:
        policy: encoded observation → encoded action.
        codec: how they are encoded.
        name: in results.
        max_seconds: human seconds per image that the policy is told it has.
    """

    def __init__(self, policy: Policy, codec: ObservationCodec, *, name: str, max_seconds: float) -> None:
        self.policy, self.codec, self.name, self.max_seconds = policy, codec, name, max_seconds

    def act(self, observation: Observation) -> Action:
        """The action the policy chooses.

        Args:
            observation: of the session.

        Returns:
            the action.

        Raises:
            InputError: what it points at is not there.
        """
        images = observation.images_loaded + observation.images_waiting
        time = observation.human_seconds / (self.max_seconds * images)
        encoded = self.codec.encode(observation, self.oracle, time)
        return self.codec.decode(
            self.policy(encoded), observation, self.queries.row_map, known_images(self.oracle)
        )


def _nearest(observation: Observation, rows: np.ndarray, x: float, y: float) -> int | None:
    """The row among ``rows`` whose thumbnail is nearest to a place on the canvas."""
    if observation.visible is not None:
        rows = rows[observation.visible[rows] >= POINTABLE]
    if not len(rows):
        return None
    return int(rows[np.hypot(*(observation.canvas[rows] - np.array([x, y])).T).argmin()])


def _names(observation: Observation, oracle: Eyesight, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Names and mixtures of rows (M,); under version 2 those that can be read are read and paid, others are unnamed."""
    if not isinstance(oracle, Reader):
        return oracle.look(observation, rows)
    if observation.open_image is not None and (observation.table.image[rows] == observation.open_image).all():
        area = observation.table.area[rows]
        oracle.inspect(rows[np.argsort(-area, kind="stable")[:IN_SEARCH]])
        return oracle.open_name[rows], np.zeros(len(rows), bool)
    readable = rows[observation.readable[rows] & (observation.labels[rows] < 0)]
    if len(readable):
        oracle.look(readable)
    return oracle.name[rows], oracle.mixed[rows]


def known_images(oracle: Eyesight) -> np.ndarray | None:
    """int32 (N,): the image of each segment a person has read, −1 for others; None where all are known."""
    return oracle.image if isinstance(oracle, Reader) else None
