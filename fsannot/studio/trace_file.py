"""The trace of a person's session: each step is on the disk before it is shown as done."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from fsannot.annotation.trace import TraceStep, read_trace
from fsannot.data.errors import ResultsError


class TraceFile:
    """``trace.jsonl`` of a run directory, which grows by whole lines.

    A line that was cut off when the server was killed belongs to a step nobody saw as done; it is removed.

    Args:
        path: of the file; made when missing.

    Attributes:
        steps: of earlier starts, in order.

    Raises:
        ResultsError: it cannot be read or written, is not a trace, or another server has it open.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream: BinaryIO = path.open("a+b", buffering=0)
        except OSError as error:
            raise ResultsError(
                f"{path}: cannot be written ({error.strerror}); set hydra.run.dir to a writable folder"
            ) from error
        self._lock()
        self._stream.seek(0)
        content = self._stream.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            self._stream.truncate(whole)
        self._end = whole
        self.steps = list(read_trace(path))

    def _lock(self) -> None:
        if os.name != "posix":
            return  # elsewhere two servers of one folder are left to the person
        import fcntl

        try:
            fcntl.flock(self._stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._stream.close()
            raise ResultsError(
                f"{self._path}: another studio has this session open; use its page, or stop it first"
            ) from error

    def append(self, step: TraceStep) -> None:
        """Write a step; when this returns, it survives a kill and a power cut.

        Args:
            step: the step that follows the last one.

        Raises:
            ResultsError: the disk is full or gone; the file holds the steps before.
        """
        line = step.to_json().encode() + b"\n"
        try:
            written = self._stream.write(line)
            if written != len(line):
                raise OSError("no space left on the disk")
            os.fsync(self._stream.fileno())
        except OSError as error:
            self._stream.truncate(self._end)
            raise ResultsError(
                f"{self._path}: cannot be written ({error}); free some space and start the studio again"
            ) from error
        self._end += len(line)

    def close(self) -> None:
        """Let another server have the file."""
        self._stream.close()
