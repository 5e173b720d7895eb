"""The one place where a session is opened and used: requests come from many tasks, work is done by one thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from fsannot.data.errors import FsannotError, InputError
from fsannot.studio.desk import Desk

log = logging.getLogger(__name__)
T = TypeVar("T")


class Preparing(Protocol):
    """What makes images ready behind the page; see :class:`~fsannot.studio.preparation.Preparation`."""

    prepared: int
    problem: str | None

    def start(self) -> None:
        """Begin."""

    def progress(self) -> dict[str, Any]:
        """How far it is: ``prepared`` and ``total`` images, and ``stages`` of the batch in work."""


class NotReadyError(InputError):
    """The session is not open yet."""


class Office:
    """Opens a desk when the first images are prepared, and lets one request at a time use it.

    Args:
        open_desk: makes the desk; called once, in the thread that works for requests.
        preparation: ``ready → preparation``, which is started.
        meanwhile: done in the thread that works for requests, before the desk is opened.
    """

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        preparation: Callable[[Callable[[], None]], Preparing],
        meanwhile: Callable[[], object] = lambda: None,
    ) -> None:
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="session")
        self._painter = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._open_desk = open_desk
        self._desk: Desk | None = None
        self._problem: str | None = None
        self._worker.submit(meanwhile)
        self.preparation = preparation(self._begin)
        self.preparation.start()

    def _begin(self) -> None:
        self._worker.submit(self._open)

    def _open(self) -> None:
        try:
            self._desk = self._open_desk()
        except FsannotError as error:
            log.error("%s", error)
            self._problem = str(error)
        except Exception:
            log.exception("the session could not be opened")
            self._problem = "the session could not be opened; the log of the studio says why"

    def status(self) -> dict[str, Any]:
        """Whether the session is open, and how far the images are.

        Returns:
            ``phase`` (``preparing``, ``ready`` or ``failed``), ``problem``, ``version`` of the session, and the
            progress of the preparation.
        """
        problem = self._problem or self.preparation.problem
        phase = "ready" if self._desk else "failed" if problem else "preparing"
        version = self._desk.version if self._desk else 0
        return {"phase": phase, "problem": problem, "version": version, **self.preparation.progress()}

    async def use(self, work: Callable[[Desk], T]) -> T:
        """Result of ``work`` at the desk, done after what was asked before.

        Args:
            work: what is to be done.

        Returns:
            its result.

        Raises:
            NotReadyError: the desk is not open yet.
        """
        return await asyncio.get_running_loop().run_in_executor(self._worker, lambda: work(self.desk))

    async def look(self, work: Callable[[Desk], T]) -> T:
        """Like ``use``, for what only reads the present state and may be done beside actions: pictures.

        Args:
            work: what is to be done.

        Returns:
            its result.

        Raises:
            NotReadyError: the desk is not open yet.
        """
        return await asyncio.get_running_loop().run_in_executor(self._painter, lambda: work(self.desk))

    @property
    def desk(self) -> Desk:
        """The open desk; raises ``NotReadyError`` before it is open."""
        if self._desk is None:
            raise NotReadyError("the first images are being prepared; the page shows how far they are")
        return self._desk

    def close(self) -> None:
        """Wait for the work in hand and let another server have the session."""
        self._worker.shutdown(wait=True, cancel_futures=True)
        self._painter.shutdown(wait=True, cancel_futures=True)
        if self._desk:
            self._desk.close()
