"""Progress: a bar where a person watches, log lines where nobody does."""

from __future__ import annotations

import doctest
import io
import logging
import multiprocessing
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from fcntl import ioctl
from pathlib import Path

import pytest

from fsannot import progress
from fsannot.progress import Progress, counted


class Clock:
    """Stands in for ``time`` in the module under test: a test says how long the work takes."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is logged in the test, as it grows."""

    class Kept(list[str]):
        def __iter__(self) -> Iterator[str]:
            return iter(caplog.messages)

    caplog.set_level(logging.INFO, logger="fsannot")
    return Kept()


def test_a_line_for_each_tenth_but_the_last(clock: Clock, lines: list[str]) -> None:
    with Progress("edges", unit="image", total=40) as counting:
        for _ in range(40):
            clock.now += 2
            counting.advance()
    assert len(list(lines)) == 9
    assert next(iter(lines)) == "edges: 4 of 40 images (10 %), 2.0 s per image, 01:12 left"
    assert list(lines)[8] == "edges: 36 of 40 images (90 %), 2.0 s per image, 00:08 left"


def test_quick_work_has_no_more_than_a_line_a_second(clock: Clock, lines: list[str]) -> None:
    with Progress("edges", unit="image", total=40) as counting:
        for _ in range(40):
            clock.now += 0.0625
            counting.advance()
    assert list(lines) == [
        "edges: 16 of 40 images (40 %), 16.0 images/s, 00:01 left",
        "edges: 32 of 40 images (80 %), 16.0 images/s, 00:00 left",
    ]


def test_slow_work_has_a_line_after_half_a_minute(clock: Clock, lines: list[str]) -> None:
    with Progress("edges", unit="image", total=1000) as counting:
        for _ in range(9):
            clock.now += 20
            counting.advance()
    assert [line.split(" images")[0] for line in lines] == [f"edges: {n} of 1000" for n in (2, 4, 6, 8)]


def test_work_without_a_known_end(clock: Clock, lines: list[str]) -> None:
    with Progress("session", unit="action") as counting:
        for n in range(1, 8):
            clock.now += 5
            counting.advance(said=f"{n} human seconds")
    assert list(lines) == ["session: 6 actions, 6 human seconds, 5.0 s per action"]


def test_items_are_given_as_they_are(clock: Clock, lines: list[str]) -> None:
    for _ in counted("abcd", "letters", unit="letter"):
        clock.now += 1
    assert [line.split(" letters")[0] for line in lines] == [
        "letters: 1 of 4",
        "letters: 2 of 4",
        "letters: 3 of 4",
    ]
    assert list(counted("abcd", "letters", unit="letter")) == ["a", "b", "c", "d"]
    assert list(counted([], "nothing", unit="thing")) == []


def test_a_library_is_quiet(capfd: pytest.CaptureFixture[str], clock: Clock) -> None:
    for _ in counted(range(50), "images", unit="image"):
        clock.now += 10
    assert capfd.readouterr() == ("", "")


class Terminal:
    """A pseudo-terminal that stands for standard error."""

    def __init__(self, columns: int) -> None:
        self._ours, theirs = pty.openpty()
        ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30 if columns else 0, columns, 0, 0))
        self.stream = io.TextIOWrapper(os.fdopen(theirs, "wb", buffering=0), write_through=True)

    def read(self) -> str:
        """All that was written to it."""
        self.stream.flush()
        os.set_blocking(self._ours, False)
        found = b""
        while True:
            try:
                found += os.read(self._ours, 65536)
            except BlockingIOError:
                return found.decode()


@pytest.fixture
def logger(tmp_path: Path) -> Iterator[logging.Logger]:
    """A program's root logger with a file, whose handlers are taken away again."""
    root = logging.getLogger()
    level, before = root.level, list(root.handlers)
    root.setLevel(logging.INFO)
    root.addHandler(logging.FileHandler(tmp_path / "log"))
    yield root
    root.setLevel(level)
    for handler in [handler for handler in root.handlers if handler not in before]:
        root.removeHandler(handler)


@pytest.mark.parametrize("columns", [120, 80, 0])
def test_a_terminal_has_a_bar_and_the_file_has_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock, logger: logging.Logger,
    capfd: pytest.CaptureFixture[str], columns: int,
) -> None:  # fmt: skip
    terminal = Terminal(columns)
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    console = logging.StreamHandler(terminal.stream)
    logger.addHandler(console)
    with (
        Progress("edges", unit="image", total=10) as edges,
        Progress("session", unit="action") as session,
    ):
        late = logging.StreamHandler(terminal.stream)  # as a program does that sets its log up for each run
        logger.removeHandler(console)
        logger.addHandler(late)
        runs = Progress("finished", unit="run", total=20, bar=False)
        with Progress("features", unit="image", total=10) as features, runs:
            for _ in range(10):
                clock.now += 31
                for each in (edges, session, features):
                    each.advance(said="no more")
                runs.advance()
            logging.getLogger("fsannot.store").warning("a file is damaged")
    late.emit(logging.makeLogRecord({"msg": "after", "name": "fsannot.progress"}))
    assert late.stream is terminal.stream and console.stream is terminal.stream  # and all is as before
    drawn = terminal.read()
    assert "edges:   0 % |" in drawn and "features:   0 % |" in drawn and "session: 0 actions" in drawn
    assert "10 of 10 images, no more, 31.0 s per image" in drawn and "10 actions, no more" in drawn
    assert drawn.count("a file is damaged") == 1 and "edges: 1 of 10 images (10 %)" not in drawn
    assert drawn.count("after") == 1 and drawn.count("finished: 1 of 20 runs (5 %)") == 1
    kept = (tmp_path / "log").read_text()
    assert kept.count("edges: 1 of 10 images (10 %)") == 1 and kept.count("a file is damaged") == 1
    assert capfd.readouterr().out == ""


def test_workers_of_a_sweep_draw_no_bars(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    terminal = Terminal(80)
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    for _ in counted(range(3), "images", unit="image"):
        clock.now += 31
    assert terminal.read() == ""


def test_a_failure_removes_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal(80)
    monkeypatch.setattr(sys, "stderr", terminal.stream)
    with pytest.raises(RuntimeError), Progress("edges", unit="image", total=2):
        raise RuntimeError
    assert terminal.read().endswith("\r")


def test_the_example() -> None:
    assert doctest.testmod(progress).failed == 0
