"""Progress of a simulation, shown to the user of the program; neither robot nor session sees it."""

from __future__ import annotations

from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.evaluation.effort import UNMEASURED
from fsannot.progress import Progress
from fsannot.simulation.loop import Observer, Step
from fsannot.simulation.score_curve import ScoreCurve


class ShownProgress(Observer):
    """Counts actions, with human seconds and quality, as a bar or as log lines.

    Args:
        curve: an observer before this one.
    """

    def __init__(self, curve: ScoreCurve) -> None:
        self._curve = curve
        self._progress = Progress("session", unit="action")

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self._progress.start()

    def step(self, step: Step) -> None:
        point = self._curve.points[-1]
        said = f"{point.human_seconds_per_image:.1f} human seconds per image"
        if point.measure != UNMEASURED:
            said += f", {point.measure} {point.quality:.3f}"
        self._progress.advance(said=said)

    def end(self, session: AnnotationSession) -> None:
        self._progress.stop()

    def failed(self) -> None:
        self._progress.stop()
