"""Quality of the masks against human seconds, while a simulation runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.evaluation.effort import CurvePoint
from fsannot.evaluation.scorer import Scorer
from fsannot.runs.loggers import RunLogger
from fsannot.simulation.loop import Observer, Step


class ScoreCurve(Observer):
    """Scores the session after every action; the score is told to loggers and to nobody in the session.

    Args:
        scorer: of the session's images; None where they have no ground truth: the points are then without quality.
        preparation_seconds: machine seconds spent before the session.
        loggers: receive each point; they are begun and, if the simulation fails, finished here.
        folder, config, name: of the run, for the loggers.

    Attributes:
        points: the curve, its first point before the first action.
        of_images: float32 (images,) a point, the scores it is the mean of; empty without a scorer.
    """

    def __init__(
        self,
        scorer: Scorer | None,
        *,
        preparation_seconds: float = 0.0,
        loggers: Sequence[RunLogger] = (),
        folder: Path | None = None,
        config: Mapping[str, Any] | None = None,
        name: str = "",
    ) -> None:
        self._scorer, self._preparation = scorer, preparation_seconds
        self._loggers = tuple(loggers) if folder is not None else ()
        self._folder, self._config, self._name = folder, config or {}, name

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self._session = session
        self._first_screen = session.engine.seconds
        self._refused = 0.0
        self._actions = 0
        self.points: list[CurvePoint] = []
        self.of_images: list[np.ndarray] = []
        for logger in self._loggers:
            assert self._folder is not None
            logger.begin(self._folder, self._config, self._name)
        self._add()

    def step(self, step: Step) -> None:
        self._actions = step.number
        self._add()

    def refused(self, reason: str, seconds: float) -> None:
        self._refused += seconds
        self._add()

    def failed(self) -> None:
        for logger in self._loggers:
            logger.finish({}, failed=True)

    @property
    def image_seconds(self) -> np.ndarray:
        """float64 (points,): human seconds per image of each point."""
        return np.array([point.human_seconds_per_image for point in self.points])

    @property
    def waiting_seconds(self) -> float:
        """Measured seconds since the first screen, of the whole session."""
        return self._session.engine.seconds - self._first_screen

    @property
    def preparation_seconds(self) -> float:
        """Measured seconds before the first screen, of the whole session: edges, hierarchies, features, layout."""
        return self._preparation + self._first_screen

    def _add(self) -> None:
        session = self._session
        images = session.image_total
        quality: dict[str, Any] = {}
        if self._scorer is not None:
            scores = self._scorer.scores(session.state)
            self.of_images.append(scores.astype(np.float32))
            measure = "iou" if self._scorer.task == "foreground" else "agreement"
            quality = {measure: self._scorer.overall(scores)}
        seconds = {
            "human_seconds_per_image": (session.human_seconds + self._refused) / images,
            "waiting_seconds_per_image": self.waiting_seconds / images,
        }
        columns = {"iou": None, "agreement": None, **quality}
        self.points.append(CurvePoint(**seconds, **columns, actions=self._actions))
        for logger in self._loggers:
            logger.log(self._actions, {**quality, **seconds})
