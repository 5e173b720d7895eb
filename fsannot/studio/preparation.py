"""Images are prepared behind the page, in batches; the first one opens the session."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any

from fsannot.data.errors import FsannotError
from fsannot.precompute.runner import prepare
from fsannot.precompute.stages import STAGES, Stages

log = logging.getLogger(__name__)


class Preparation:
    """Prepares the images of a session in a thread of its own.

    Args:
        stages: of the dataset; not those of the session, so that the two never use one network at once.
        first_images: images of the first batch.
        batch_images: images of each further one.
        ready: called in that thread when the first batch is prepared.

    Attributes:
        prepared: images that are prepared, from the first one on.
        problem: why it ended before the last image; None as long as it goes well.
    """

    def __init__(
        self, stages: Stages, *, first_images: int, batch_images: int, ready: Callable[[], None]
    ) -> None:
        self._stages, self._ready = stages, ready
        self._sizes = (first_images, batch_images)
        self.total = len(stages.dataset)
        self.prepared = 0
        self.problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="preparation", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def progress(self) -> dict[str, Any]:
        """How far the batch in work is.

        Returns:
            ``prepared`` and ``total`` images, and ``stages``: of each stage how many images of the batch are done and
            how many there are.
        """
        batch = self._batch(self.prepared)
        return {
            "prepared": self.prepared,
            "total": self.total,
            "stages": {
                name: [sum(self._stored(name, image) for image in batch), len(batch)] for name in STAGES
            },
        }

    def _batch(self, start: int) -> range:
        return range(start, min(self.total, start + self._sizes[1 if start else 0]))

    def _stored(self, name: Any, image: int) -> bool:
        return self._stages.store.peek(name, self._stages.key(name, image)) is not None

    def _run(self) -> None:
        try:
            while self.prepared < self.total:
                batch = self._batch(self.prepared)
                prepare(self._stages, batch)
                first = self.prepared == 0
                self.prepared = batch.stop
                if first:
                    self._ready()
        except FsannotError as error:
            log.error("%s", error)
            self.problem = str(error)
        except Exception:
            log.exception("preparation failed")
            self.problem = "the images could not be prepared; the log of the studio says why"
            raise
