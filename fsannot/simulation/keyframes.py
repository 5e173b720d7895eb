"""Keyframes of a session for the report: a bounded number, evenly spread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from fsannot.annotation.actions import BoxAction
from fsannot.annotation.observation import Observation
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.human.screen import Box
from fsannot.runs.session_record import SessionRecord
from fsannot.runs.thumbnails import Atlas, build_atlas, segment_thumbnail
from fsannot.segments.table import SegmentTable
from fsannot.simulation.effort import changed_segments
from fsannot.simulation.loop import Observer, Step


class Keyframes(Observer):
    """Keeps what the canvas showed after some of the actions; knows no metric and changes nothing.

    When ``limit`` keyframes are full every other one is dropped, and from then on every second, fourth, …
    action is kept: a session of any length has between ``limit / 2`` and ``limit`` keyframes, evenly spread,
    with the first and the last.

    Args:
        limit: keyframes at most, ≥ 4.

    Raises:
        InputError: ``limit`` is below 4.
    """

    def __init__(self, *, limit: int = 64) -> None:
        if limit < 4:
            raise InputError(f"limit is {limit}; at least 4 keyframes are needed")
        self.limit = limit
        self._reset()

    def _reset(self) -> None:
        self._stride, self._calls, self._last_is_extra = 1, 0, False
        self._frames: list[dict[str, np.ndarray]] = []
        self._words: list[str] = []
        self._seconds = 0.0

    def begin(self, session: AnnotationSession, observation: Observation) -> None:
        self._reset()
        self.record(observation, step=0, human_seconds=0.0, action="start")

    def step(self, step: Step) -> None:
        observation = step.result.observation
        changed = int(changed_segments(step.before, step.after).sum())
        words = step.action.words(observation.classes, changed)
        box = step.action.box if isinstance(step.action, BoxAction) else None
        seconds = observation.human_seconds + self._seconds
        self.record(observation, step=step.number, human_seconds=seconds, action=words, box=box)

    def refused(self, reason: str, seconds: float) -> None:
        self._seconds += seconds

    def record(
        self,
        observation: Observation,
        *,
        step: int,
        human_seconds: float,
        action: str,
        box: Box | None = None,
    ) -> None:
        """Note the canvas after an action.

        Args:
            observation: what is shown afterwards.
            step: actions done so far.
            human_seconds: human seconds so far.
            action: what was done, in words, e.g. ``"box → car (132 segments)"``.
            box: canvas pixels, where the action drew one.
        """
        if self._last_is_extra:  # the newest frame is always kept, until a newer one comes
            self._frames.pop()
            self._words.pop()
        positions = np.where(observation.shown[:, None], observation.canvas, np.float32(np.nan))
        self._frames.append(
            {
                "step": np.array([step], np.int32),
                "seconds": np.array([human_seconds], np.float64),
                "positions": positions.astype(np.float32),
                "labels": observation.labels.astype(np.int16),
                "box": np.array(box if box is not None else [np.nan] * 4, np.float32),
            }
        )
        self._words.append(action)
        self._last_is_extra = self._calls % self._stride != 0
        self._calls += 1
        if len(self._frames) > self.limit:
            self._stride *= 2
            self._last_is_extra = (self._calls - 1) % self._stride != 0
            keep = [i for i in range(len(self._frames)) if i % 2 == 0 or i == len(self._frames) - 1]
            self._frames = [self._frames[i] for i in keep]
            self._words = [self._words[i] for i in keep]

    def finish(
        self,
        observation: Observation,
        *,
        image_ids: Sequence[str],
        image: Callable[[int], np.ndarray],
        row_map: Callable[[int], np.ndarray],
        truth: np.ndarray | None = None,
        table: SegmentTable | None = None,
    ) -> tuple[SessionRecord, Atlas]:
        """The record and the thumbnails, for ``write_record``.

        Args:
            observation: the last one.
            image_ids: of the loaded images.
            image: ``index → uint8 (H, W, 3)``.
            row_map: ``index → int32 (H, W)``, the segment of each pixel now.
            table: all segments with their geometry; None takes the observation's, which describes only what a person
                knows.
            truth: int (N,), majority class of the ground truth per segment, −1 = none; to mark what is wrong.

        Returns:
            the record, and sheets of thumbnails.

        Raises:
            InputError: nothing was recorded.
        """
        if not self._frames:
            raise InputError("nothing was recorded; call record after reset and after each step")
        table, n = table or observation.table, len(observation.table)
        frames = self._frames

        def padded(name: str, fill: float) -> np.ndarray:  # rows are only ever added
            out = np.full((len(frames), n, *frames[0][name].shape[1:]), fill, frames[0][name].dtype)
            for k, frame in enumerate(frames):
                out[k, : len(frame[name])] = frame[name]
            return out

        record = SessionRecord(
            classes=tuple(observation.classes),
            image_ids=tuple(image_ids),
            image=table.image.astype(np.int32),
            area=table.area.astype(np.int32),
            truth=np.full(n, -1, np.int16) if truth is None else truth.astype(np.int16),
            steps=np.concatenate([f["step"] for f in frames]),
            human_seconds=np.concatenate([f["seconds"] for f in frames]),
            positions=padded("positions", np.nan),
            labels=padded("labels", -1),
            boxes=np.stack([f["box"] for f in frames]),
            actions=tuple(self._words),
        )
        open_image: dict[int, tuple[np.ndarray, np.ndarray]] = {}

        def thumbnail(segment: int, size: int) -> np.ndarray:
            index = int(table.image[segment])
            if index not in open_image:
                if len(open_image) > 1:  # rows of one image mostly follow each other
                    open_image.clear()
                open_image[index] = (image(index), row_map(index))
            pixels, rows = open_image[index]
            # a segment that was cut up later has no pixels of its own any more: its box is shown whole
            row = segment if observation.alive[segment] else None
            return segment_thumbnail(pixels, table.bbox[segment], rows, row, size)

        return record, build_atlas(table.area, thumbnail)
