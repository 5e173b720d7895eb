"""A session that somebody else decides in, a person or a script, watched and written down as a robot's is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fsannot.annotation.actions import Action, Stop
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.data.dataset import Dataset
from fsannot.data.errors import InputError
from fsannot.evaluation.image_curves import ImageCurves
from fsannot.evaluation.truth import GroundTruth
from fsannot.human.oracle import Oracle
from fsannot.human.perception import Perception
from fsannot.robots.robot import Robot
from fsannot.simulation.effort import EffortLedger
from fsannot.simulation.keyframes import Keyframes
from fsannot.simulation.loop import SimulationLoop
from fsannot.simulation.results import judged_session
from fsannot.simulation.score_curve import ScoreCurve
from fsannot.simulation.simulate import SimulationResult, session_scorer
from fsannot.simulation.trace_log import TraceLog

Decide = Callable[[Observation], Action | None]
"""What is shown → what is done; None ends the session."""


class _Outside(Robot):
    """A robot that never acts: what is done is decided outside, with eyes of its own."""

    name = "outside"

    def act(self, observation: Observation) -> Action:
        return Stop()


def record_session(
    dataset: Dataset,
    session: AnnotationSession,
    decide: Decide,
    *,
    method: str = "person",
    preparation_seconds: float = 0.0,
    seed: int = 0,
) -> SimulationResult:
    """Begin a session, carry out what is decided, and make of it what a simulation makes.

    Quality is measured where the dataset has ground truth. Nothing else reads it: who decides has eyes of their own.

    Args:
        dataset: the images of the session.
        session: begun anew.
        decide: called with what is shown until it returns None or ``Stop``.
        method: name of who decides, in the results.
        preparation_seconds: machine seconds spent before the session.
        seed: of the intervals.

    Returns:
        the session as it was left, its rows, summary, curve and trace.

    Raises:
        InputError: an action is not possible.
    """
    scorer = session_scorer(dataset, GroundTruth(dataset)) if dataset.has_truth else None
    ledger, keyframes = EffortLedger(), Keyframes()
    trace = TraceLog(ledger)
    curve = ScoreCurve(scorer, preparation_seconds=preparation_seconds)
    loop = SimulationLoop(
        session,
        _Outside(),
        oracle=Oracle(_no_truth, session.row_map, classes=len(session.classes), perception=Perception()),
        task=dataset.task,
        seed=seed,
        observers=(keyframes, ledger, trace, curve),
    )
    observation = loop.begin()
    while not session.done and (action := decide(observation)) is not None:
        observation = loop.take(action, observation)
    rows, summary = judged_session(
        dataset,
        session,
        scorer,
        method=method,
        seed=seed,
        actions=loop.actions,
        human_seconds=loop.human_seconds,
        waiting_seconds=curve.waiting_seconds,
        preparation_seconds=curve.preparation_seconds,
        image_seconds=ledger.seconds,
        image_actions=ledger.actions,
    )
    scores = np.stack(curve.of_images) if curve.of_images else None
    return SimulationResult(
        dataset=dataset,
        session=session,
        summary=summary,
        rows=tuple(rows),
        curve=tuple(curve.points),
        image_curves=None if scores is None else ImageCurves(tuple(dataset.ids), curve.image_seconds, scores),
        trace=tuple(trace.steps),
        waited=tuple(trace.machine_seconds),
        keyframes=keyframes,
        facts={},
    )


def _no_truth(image: int) -> np.ndarray:
    raise InputError("who decides in a recorded session does not ask an oracle")
