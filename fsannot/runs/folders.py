"""Finding finished run directories: by name, in sweep folders, and by patterns such as ``outputs/*``."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fsannot.data.errors import InputError, ResultsError
from fsannot.runs.config_text import parsed_config
from fsannot.runs.directory import REQUIRED

BEGUN = (*REQUIRED, "config.yaml", "trace.jsonl")
"""A folder that has one of these and not all of ``REQUIRED`` holds a run that was not finished."""
MAGIC = "*?["
SESSIONS = "seed-*"
"""Folders of a trial's further sessions, in its run directory."""
MAKES_MANY = frozenset({"datasets", "change", "robots", "baselines"})
"""Settings of programs that make runs in folders of their own, and none in theirs."""


@dataclass(frozen=True)
class FoundRuns:
    """What was found.

    Attributes:
        finished: run directories, each once; in the order named, those of a folder by name.
        unfinished: ``{"what": <folder>, "why": …}`` of runs in named folders that were not finished.
    """

    finished: tuple[Path, ...]
    unfinished: tuple[dict[str, str], ...]

    @property
    def skipped_line(self) -> str:
        """The unfinished runs with their count, in one line; empty where there are none."""
        if not self.unfinished:
            return ""
        count = len(self.unfinished)
        total = count + len(self.finished)
        each = "; ".join(f"{entry['what']}: {entry['why']}" for entry in self.unfinished)
        return f"skipped {count} of {total} runs, not finished: {each}"


def find_runs(named: Sequence[Path | str]) -> FoundRuns:
    """Finished run directories among and below what is named.

    Args:
        named: run directories, folders with run directories at any depth such as ``multirun/<time>``, and patterns
            of either with ``*``, ``?`` or ``[…]``. A run directory that is named itself is taken as it is, finished
            or not, so that reading it says what it lacks.

    Returns:
        the finished runs, and the unfinished ones with the reason.

    Raises:
        InputError: nothing is named, a pattern fits no folder, or no run in a folder is finished; names it.
    """
    if not named:
        raise InputError(
            "runs is empty; name run directories, the folder of a sweep or a pattern: "
            "runs=[outputs/a,multirun/b,outputs/*]"
        )
    finished: dict[Path, Path] = {}
    unfinished: dict[Path, str] = {}
    for entry in map(str, named):
        for run in _runs_named(entry):
            missing = [name for name in REQUIRED if not (run / name).is_file()]
            if missing and run != Path(entry):
                unfinished.setdefault(run.resolve(), f"{', '.join(missing)} is missing")
            else:
                finished.setdefault(run.resolve(), run)
    found = FoundRuns(
        tuple(finished.values()),
        tuple({"what": _short(path), "why": why} for path, why in unfinished.items()),
    )
    if not found.finished:
        raise InputError(
            f"runs: no finished run in {', '.join(map(str, named))}; {found.skipped_line or 'nor one that was begun'}. "
            "Start a run that was cut off again with the same hydra.run.dir, it resumes"
        )
    return found


def _runs_named(entry: str) -> list[Path]:
    """Runs, finished or begun, of one entry."""
    folder = Path(entry)
    if any(sign in entry for sign in MAGIC) and not folder.exists():
        folders = sorted((p for p in map(Path, glob.glob(entry)) if p.is_dir()), key=_by_number)
        if not folders:
            raise InputError(
                f"runs: {entry} fits no folder in {Path.cwd()}; name a run directory or another pattern"
            )
        return [run for one in folders for run in _runs_below(one)]
    if not folder.is_dir():
        return [folder]  # reading it says that it is not there
    runs = list(_runs_below(folder))
    if not runs:
        raise InputError(f"runs: {entry} is no run directory and holds none; {_contents(folder)}")
    return runs


def _runs_below(folder: Path) -> Iterator[Path]:
    """Runs at or below a folder, begun or finished, by name. In a finished run only further sessions are looked for."""
    finished = all((folder / name).is_file() for name in REQUIRED)
    if finished:
        yield folder
    children = folder.glob(SESSIONS) if finished else folder.iterdir()
    inner = [
        run
        for child in sorted(children, key=_by_number)
        if child.is_dir() and not child.is_symlink() and not child.name.startswith(".")
        for run in _runs_below(child)
    ]
    yield from inner
    if not finished and not inner and _is_begun(folder):
        yield folder


def _is_begun(folder: Path) -> bool:
    return any((folder / name).is_file() for name in BEGUN) or _program_was_started(folder)


def _program_was_started(folder: Path) -> bool:
    """Whether Hydra noted here a job that makes a run, even if the job then wrote nothing."""
    noted = folder / ".hydra" / "config.yaml"
    if not noted.is_file():
        return False
    try:
        config = parsed_config(noted.read_text(encoding="utf-8"), noted)
    except (ResultsError, OSError, ValueError):
        return False
    keys = config.keys() if isinstance(config, dict) else set()
    return "dataset" in keys and bool({"robot", "baseline"} & keys) and not MAKES_MANY & keys


def _by_number(path: Path) -> tuple[int, int, str]:
    """Jobs 0, 1, …, 10 in this order; other names after them."""
    number = path.name.rpartition("-")[2] if path.name.startswith("seed-") else path.name
    return (0, int(number), path.name) if number.isdecimal() else (1, 0, path.name)


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _contents(folder: Path) -> str:
    names = sorted(path.name for path in folder.iterdir())[:5]
    return f"it holds {', '.join(names)}" if names else "it is empty"
