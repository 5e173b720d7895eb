"""How far a long computation is: a bar where a person watches, log lines where nobody does."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Collection, Iterator
from typing import Any, TextIO, TypeVar

from tqdm import tqdm

log = logging.getLogger(__name__)
Item = TypeVar("Item")

SHOWN_BY_BAR = "shown_by_bar"
"""Attribute of the log records of progress that a bar shows too."""
SHARE = 0.1
"""Share of the whole after which there is another line."""
LONGEST = 30.0
"""Seconds after which there is another line, if there is progress."""
SHORTEST = 1.0
"""Seconds that pass between two lines at least, and before the first: shorter work is not worth one."""


class Progress:
    """Counts what is done, as a context around the work.

    Where standard error is a terminal, a bar is drawn there, and removed at the end; log lines of other modules
    appear above it. Log lines (level INFO, logger ``fsannot.progress``) go to every other handler: one for each
    tenth that is done, but not more than one a second, and at least one in 30 seconds with progress. The end
    itself has no line, as callers log the result of the work.

    Args:
        name: of the work, e.g. ``"edges"``.
        unit: what is counted, in the singular.
        total: how many there are; None where nobody knows.
        bar: whether there may be a bar; without, lines go to terminals too. For work of other processes, or of
            programs that set their log up meanwhile, whose lines would run into the bar.

    Example:
        >>> with Progress("edges", unit="image", total=2) as progress:
        ...     progress.advance()
        ...     progress.advance(said="nothing left")
        >>> progress.done
        2
    """

    def __init__(self, name: str, *, unit: str, total: int | None = None, bar: bool = True) -> None:
        self.name, self.unit, self.total, self.bar = name, unit, total, bar
        self.done = 0
        """How many are done."""
        self._bar: _Bar | None = None

    def __enter__(self) -> Progress:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin; what a ``with`` does first."""
        self._started = self._said_at = time.monotonic()
        self._said = 0
        if self.bar and self.total != 0 and _watched():
            shown = "{percentage:3.0f} % |{bar:12}| {n_fmt} of {total_fmt}" if self.total else "{n_fmt}"
            size = _size(sys.stderr)
            self._bar = _Bar(
                total=self.total, file=sys.stderr, leave=False, miniters=1,
                ncols=size[0], nrows=size[1], dynamic_ncols=size == (None, None),
                bar_format=f"{self.name}: {shown} {self.unit}s{{postfix}}",
            )  # fmt: skip
            _consoles.give_way()

    def stop(self) -> None:
        """End, finished or not; what a ``with`` does last. Once more does nothing."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
            _consoles.take_over()

    def advance(self, count: int = 1, *, said: str = "") -> None:
        """Count what has just been done.

        Args:
            count: how many.
            said: what else to show, e.g. ``"3.1 human seconds per image"``.
        """
        self.done += count
        now = time.monotonic()
        news = ", ".join(text for text in (said, self._pace(now)) if text)
        if self._bar is not None:
            self._bar.set_postfix_str(news, refresh=False)
            self._bar.update(count)
        since = now - self._said_at
        tenth = self.total is not None and self.done - self._said >= SHARE * self.total
        if self.done != self.total and ((tenth and since >= SHORTEST) or since >= LONGEST):
            self._said, self._said_at = self.done, now
            counted = f"{self.done}" if self.total is None else f"{self.done} of {self.total}"
            things = self.unit if self.done == 1 and self.total is None else f"{self.unit}s"
            share = "" if self.total is None else f" ({100 * self.done // self.total} %)"
            shown = {SHOWN_BY_BAR: self._bar is not None}
            log.info("%s: %s %s%s, %s", self.name, counted, things, share, news, extra=shown)

    def _pace(self, now: float) -> str:
        """Rate and time left, in words."""
        each = max((now - self._started) / self.done, 1e-9)
        pace = f"{1 / each:.1f} {self.unit}s/s" if each < 1 else f"{each:.1f} s per {self.unit}"
        if self.total is None:
            return pace
        return f"{pace}, {tqdm.format_interval(each * max(self.total - self.done, 0))} left"


def counted(items: Collection[Item], name: str, *, unit: str) -> Iterator[Item]:
    """Go through items, and show how far that is; see :class:`Progress`.

    Args:
        items: one is done when the next one is asked for.
        name, unit: as of :class:`Progress`.
    """
    with Progress(name, unit=unit, total=len(items)) as progress:
        for item in items:
            yield item
            progress.advance()


class _Bar(tqdm):
    monitor_interval = 0  # no thread of its own: the work may fork


_Bar.set_lock(threading.RLock())  # one process draws, so none between processes


class _Consoles:
    """Log handlers that write to a terminal, while bars are drawn there.

    Their lines appear above the bars, and lines about progress, which the bars show, are left out.
    """

    def __init__(self) -> None:
        self._open = 0
        self._streams: dict[logging.StreamHandler[Any], TextIO] = {}

    def give_way(self) -> None:
        """Call when a bar opens; also finds handlers that came since the last one."""
        self._open += 1
        for logger in (logging.getLogger(), logging.getLogger("fsannot")):
            for handler in logger.handlers:
                if not isinstance(handler, logging.StreamHandler) or handler in self._streams:
                    continue
                if _is_terminal(handler.stream):
                    self._streams[handler] = handler.stream
                    handler.setStream(_AboveBars(handler.stream))
                    handler.addFilter(_no_bar_shows)

    def take_over(self) -> None:
        """Call when a bar has closed."""
        self._open -= 1
        if self._open == 0:
            for handler, stream in self._streams.items():
                handler.setStream(stream)
                handler.removeFilter(_no_bar_shows)
            self._streams.clear()


class _AboveBars:
    """A terminal whose lines push the bars down."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with _Bar.external_write_mode(file=sys.stderr):
            self._stream.write(text)
            self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_consoles = _Consoles()


def _no_bar_shows(record: logging.LogRecord) -> bool:
    return not getattr(record, SHOWN_BY_BAR, False)


def _watched() -> bool:
    """Whether a person sees this process's standard error; workers of a sweep share one terminal."""
    return _is_terminal(sys.stderr) and multiprocessing.parent_process() is None


def _size(terminal: TextIO) -> tuple[int | None, int | None]:
    """Columns and rows of a terminal that does not tell them; Nones where tqdm can ask, each time it draws."""
    try:
        told = all(os.get_terminal_size(terminal.fileno()))
    except OSError:
        told = False
    return (None, None) if told else (80, 24)


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    return isatty is not None and bool(isatty())
