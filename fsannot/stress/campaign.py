"""Many damaged files for every reader, in a process that may die."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fsannot.data.errors import InputError
from fsannot.progress import Progress
from fsannot.stress.case import Outcome, damaged_file
from fsannot.stress.readers import READERS

START_SECONDS = 120.0
"""That a worker may take to start."""


@dataclass(frozen=True)
class Limits:
    """What one damaged file may cost its reader.

    Attributes:
        seconds: of time.
        megabytes: of memory, beyond what the process has.
    """

    seconds: float = 5.0
    megabytes: int = 1024


def run_campaign(
    readers: Sequence[str], cases: Sequence[int], *, seed: int, limits: Limits, failures: Path
) -> Iterator[Outcome]:
    """Try readers on damaged files.

    Args:
        readers: names in ``READERS``; empty for all.
        cases: numbers of the cases of each.
        seed: of the damage.
        limits: of each case.
        failures: folder for the files that broke a promise; made when there is one.

    Yields:
        the outcome of each case.

    Raises:
        InputError: a reader that is not there.
    """
    unknown = [name for name in readers if name not in READERS]
    if unknown:
        raise InputError(f"only={unknown} is not valid; choose of {', '.join(READERS)}")
    work = [(name, case) for name in (readers or READERS) for case in cases]
    with (
        tempfile.TemporaryDirectory(prefix="fsannot-stress-") as folder,
        Progress("cases", unit="case", total=len(work)) as progress,
    ):
        worker = _Worker(seed, limits, Path(folder) / "files")
        try:
            for name, case in work:
                outcome = worker.try_case(name, case)
                if outcome.failed:
                    _keep(outcome, seed, failures)
                progress.advance()
                yield outcome
        finally:
            worker.stop()


class _Worker:
    """A worker process; another one takes its place when it dies or hangs."""

    def __init__(self, seed: int, limits: Limits, folder: Path) -> None:
        self._seed, self._limits, self._folder = seed, limits, folder
        self._process: subprocess.Popen[str] | None = None

    def try_case(self, reader: str, case: int) -> Outcome:
        fresh = self._process is None
        process = self._process or self._start()
        assert process.stdin is not None and process.stdout is not None
        line = ""
        try:
            process.stdin.write(f"{reader}\t{case}\n")
            process.stdin.flush()
            patience = 3 * self._limits.seconds + (START_SECONDS if fresh else 10.0)
            if select.select([process.stdout], [], [], patience)[0]:
                line = process.stdout.readline()
            kind = "died" if not line else ""
            if not line and process.poll() is None and not select.select([process.stdout], [], [], 0)[0]:
                kind = "slow"
        except BrokenPipeError:
            kind = "died"
        if line:
            return Outcome(**json.loads(line))
        self.stop()
        said = f"the process {'hung' if kind == 'slow' else f'ended with {process.returncode}'}"
        return Outcome(reader, case, "", kind, 3 * self._limits.seconds if kind == "slow" else 0.0, said)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            self._process = None

    def _start(self) -> subprocess.Popen[str]:
        arguments = (self._seed, self._limits.seconds, self._limits.megabytes, self._folder)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fsannot.stress.worker", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        return self._process


def _keep(outcome: Outcome, seed: int, failures: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, _ = damaged_file(outcome.reader, outcome.case, seed, Path(folder) / "files")
        failures.mkdir(parents=True, exist_ok=True)
        name = "".join(c if c.isalnum() else "-" for c in outcome.reader)
        shutil.copy(path, failures / f"{name}-{outcome.case}-{path.name}")
