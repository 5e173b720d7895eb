"""The trace of a simulation, kept in memory and written while it grows."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.trace import TraceStep
from fsannot.simulation.effort import EffortLedger
from fsannot.simulation.loop import Observer, Step


class TraceLog(Observer):
    """Remembers every step, and the machine seconds a person waited for it.

    Args:
        ledger: counts what each step changed; an observer before this one.
        path: of ``trace.jsonl``, which gets a line as soon as a step is done; None = none is written.

    Attributes:
        steps: so far.
        machine_seconds: measured, one a step.
    """

    def __init__(self, ledger: EffortLedger, path: Path | None = None) -> None:
        self._ledger, self._path = ledger, path
        self._stream: TextIO | None = None

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self.steps: list[TraceStep] = []
        self.machine_seconds: list[float] = []
        if self._path is not None:
            self._stream = self._path.open("w", encoding="utf-8")

    def step(self, step: Step) -> None:
        cost = step.result.human_seconds
        done = TraceStep(step.number, step.action, cost, self._ledger.changed, step.result.looks)
        self.steps.append(done)
        self.machine_seconds.append(step.result.machine_seconds)
        if self._stream is not None:
            self._stream.write(done.to_json() + "\n")
            self._stream.flush()

    def end(self, session: AnnotationSession) -> None:
        self._close()

    def failed(self) -> None:
        self._close()

    def _close(self) -> None:
        if self._stream is not None:
            self._stream.close()
