"""What was done, action by action, and doing it again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fsannot.annotation.actions import Action, action_from_dict
from fsannot.annotation.session import AnnotationSession, StepResult
from fsannot.data.errors import ResultsError


@dataclass(frozen=True)
class TraceStep:
    """One line of ``trace.jsonl``. Measured machine seconds are not part of it, so that a trace is reproducible.

    Attributes:
        step: from 1.
        action: what was done.
        human_seconds: its cost.
        segments: how many segments changed their label or were replaced.
    """

    step: int
    action: Action
    human_seconds: float
    segments: int

    def to_json(self) -> str:
        record = {"step": self.step, **self.action.to_dict(), "human_seconds": self.human_seconds}
        return json.dumps({**record, "segments": self.segments})


def read_trace(path: Path) -> Iterator[TraceStep]:
    """The steps of a trace.

    Raises:
        ResultsError: a line that is not a step; names file and line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ResultsError(f"{path}: no readable trace ({error})") from error
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
            step, seconds, segments = record.pop("step"), record.pop("human_seconds"), record.pop("segments")
            yield TraceStep(int(step), action_from_dict(record), float(seconds), int(segments))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(f"{path}, line {number}: not a step of a trace ({error})") from error


def replay(session: AnnotationSession, trace: Iterator[TraceStep]) -> list[StepResult]:
    """Do again what a trace says, from a fresh session; masks end up identical.

    Raises:
        ResultsError: a step costs something else than recorded, so the session is not the one traced.
    """
    session.reset()
    results = []
    for step in trace:
        result = session.step(step.action)
        if abs(result.human_seconds - step.human_seconds) > 1e-9:
            raise ResultsError(
                f"step {step.step} costs {result.human_seconds} s here and {step.human_seconds} s in the trace; "
                "replay with the configuration and data of the run's config.yaml"
            )
        results.append(result)
    return results
