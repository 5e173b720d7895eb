"""The trace of a session, action by action, and its replay.

``trace.jsonl`` is one JSON object a line, one line a step, and nothing else. Its keys are ``version`` (of this format),
``step`` (from 1), ``action`` (the action's name), the action's own fields, ``human_seconds``, ``changed``, and
``looks`` where thumbnails were looked at before the action.

Version 1, written before there was a version, had the count under ``segments``. That is also a field of
``LabelInImage``, whose segments are lost in such files; all other steps of them are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fsannot.annotation.actions import Action, action_from_dict
from fsannot.annotation.session import AnnotationSession, StepResult
from fsannot.data.errors import InputError, ResultsError

VERSION = 2
"""Of the format that is written; read are this one and those before it."""
REMEDY = "the file was changed or damaged after the run: restore it, or run again"
OWN_KEYS = ("version", "step", "action", "human_seconds", "changed", "looks")
"""Keys of a line that are not the action's; no action may have a field of that name."""


@dataclass(frozen=True)
class TraceStep:
    """One line of ``trace.jsonl``. Measured machine seconds are not part of it, so that a trace is reproducible.

    Attributes:
        step: from 1.
        action: the action.
        human_seconds: its cost.
        changed: number of segments that changed their label or were replaced.
        looks: thumbnails looked at before it, which ``human_seconds`` hold.
    """

    step: int
    action: Action
    human_seconds: float
    changed: int
    looks: int = 0

    def to_json(self) -> str:
        """The step as one line of JSON.

        Returns:
            the line, without a line break.
        """
        record = {"version": VERSION, "step": self.step, **self.action.to_dict()}
        record |= {"human_seconds": self.human_seconds, "changed": self.changed}
        return json.dumps(record | ({"looks": self.looks} if self.looks else {}))


def read_trace(path: Path) -> Iterator[TraceStep]:
    """The steps of a trace, of this version or an earlier one.

    Args:
        path: the ``trace.jsonl``.

    Yields:
        the steps in order.

    Raises:
        ResultsError: the file cannot be read; a line is cut off, is not a step, is of a later version, or is a step
            that version 1 does not hold whole. The message names file, line and remedy.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise ResultsError(
            f"{path}: there is no trace; an annotation session writes one (annotate.py, or an episode of play.py)"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{path}: not a readable trace ({error}); {REMEDY}") from error
    if lines[-1] == "":
        lines.pop()
        unfinished = None
    else:
        unfinished = len(lines)
    for number, line in enumerate(lines, 1):
        where = f"{path}, line {number}"
        try:
            yield _step(json.loads(line), where)
        except json.JSONDecodeError as error:
            if number == unfinished:
                raise ResultsError(
                    f"{where}: cut off, the run was stopped while it wrote this step; start it again with the same "
                    "hydra.run.dir, or delete the line to replay the steps before it"
                ) from error
            raise ResultsError(f"{where}: not a step of a trace ({error}); {REMEDY}") from error
        except (
            InputError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
        ) as error:  # fmt: skip
            raise ResultsError(f"{where}: not a step of a trace ({str(error)[:200]}); {REMEDY}") from error


def _step(record: dict[str, Any], where: str) -> TraceStep:
    version = record.pop("version", 1)
    if version not in range(1, VERSION + 1):
        raise ResultsError(
            f"{where}: version {version!r} of the format is not known, 1 to {VERSION} are; "
            "read it with the fsannot that wrote it (commit in provenance.json)"
        )
    if version == 1 and record.get("action") == "LabelInImage":
        raise ResultsError(
            f"{where}: a trace of version 1 does not hold which segments LabelInImage clicked, only how many "
            f"({record.get('segments')}), so it cannot be replayed; run again with this version of fsannot"
        )
    count = record.pop("changed" if version > 1 else "segments")
    step, seconds = record.pop("step"), record.pop("human_seconds")
    if not float("-inf") < seconds < float("inf"):
        raise ValueError(f"human_seconds is {seconds}")
    looks = int(record.pop("looks", 0))
    return TraceStep(int(step), action_from_dict(record), float(seconds), int(count), looks)


def replay(session: AnnotationSession, trace: Iterable[TraceStep]) -> list[StepResult]:
    """Replay a trace in a fresh session; the masks end up identical.

    Args:
        session: made with the configuration and data of the traced one; it is reset.
        trace: the steps.

    Returns:
        the result of each step.

    Raises:
        ResultsError: a step is not possible or costs another number of seconds than recorded, so the session is not the
            one traced.
    """
    session.reset()
    results = []
    remedy = "replay with the configuration, the data and the version of fsannot of the run"
    for step in trace:
        try:
            result = session.step(step.action, looks=step.looks)
        except InputError as error:
            raise ResultsError(f"step {step.step} is not possible here ({error}); {remedy}") from error
        if abs(result.human_seconds - step.human_seconds) > 1e-9:
            raise ResultsError(
                f"step {step.step} costs {result.human_seconds} s here and {step.human_seconds} s in the trace; "
                f"{remedy}"
            )
        results.append(result)
    return results
