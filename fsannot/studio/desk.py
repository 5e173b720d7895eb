"""A person's session: actions are carried out, written to the disk, and only then shown as done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Action, action_from_dict
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.state import State
from fsannot.annotation.trace import TraceStep, replay
from fsannot.data.errors import FsannotError, InputError, ResultsError
from fsannot.simulation.effort import changed_segments
from fsannot.studio.class_names import ClassNames
from fsannot.studio.columns import changes, whole_screen
from fsannot.studio.frames import encode_frame
from fsannot.studio.previews import check_finer
from fsannot.studio.saving import Saving
from fsannot.studio.screen import Screen
from fsannot.studio.tiles import Tiles
from fsannot.studio.trace_file import TraceFile

CHANGING = (
    act.LabelBox,
    act.LabelSegment,
    act.LabelInImage,
    act.LabelRest,
    act.LabelNeighbors,
    act.RefineBox,
    act.Split,
    act.Repartition,
)
"""Actions that Undo takes back."""


class StaleError(FsannotError):
    """The page had another screen than the session has now: another window, or an answer that was lost."""


class Desk:
    """One session at which one person works; one thread at a time may use it.

    Args:
        session: not begun yet; its classes are replaced by the stored ones.
        folder: run directory, for ``trace.jsonl`` and ``classes.json``.
        image_names: names of all images, which are text.
        seed: of the session.
        saving: writes masks; None where nothing can be saved but the trace.

    Attributes:
        session: the session, as far as the trace goes.
        version: number of steps and names so far, by which a page knows whether its screen is the present one.

    Raises:
        ResultsError: the folder holds the trace of another session, or cannot be used.
    """

    def __init__(
        self,
        session: AnnotationSession,
        *,
        folder: Path,
        image_names: Sequence[str],
        seed: int,
        saving: Saving | None = None,
    ) -> None:
        self.session = session
        self._names = ClassNames(folder / "classes.json", session.classes)
        session.classes = self._names.names
        self._trace = TraceFile(folder / "trace.jsonl")
        self._image_names = tuple(image_names)
        self._seed = seed
        self._saving = saving
        self._broken: str | None = None
        self._done: list[Action] = []
        self._undone: list[Action] = []
        self.version = 0
        if self._trace.steps:
            try:
                replay(session, self._trace.steps)
            except ResultsError as error:
                raise ResultsError(
                    f"{folder}: {error}; move the folder away to begin anew, or start with the settings of its "
                    "config.yaml"
                ) from error
        else:
            session.reset()
        self._steps = len(self._trace.steps)
        for step in self._trace.steps:
            self._remember(step.action)
        self._forget()
        self.version = self._steps
        self._shown = Screen.of(session)
        self.tiles = Tiles(session)

    # -- what the page gets -----------------------------------------------------------------------------------

    def screen(self) -> bytes:
        """The whole screen as a frame."""
        self._shown = Screen.of(self.session)
        header, columns = whole_screen(self._shown, self._seed)
        return encode_frame({**header, **self._more()}, columns)

    def row_map(self, image: int) -> bytes:
        """The segment of each pixel of a loaded image, as a frame."""
        if not 0 <= image < len(self.session.state.label_maps):
            raise InputError(f"image={image} is not loaded")
        return encode_frame({"image": image}, {"rows": self.session.row_map(image)})

    def similar(self, segment: int, most: int) -> bytes:
        """The unlabelled shown segments most similar to one, nearest first, with their cosine distances, as a frame."""
        if not 0 <= segment < len(self._shown.shown) or not self._shown.shown[segment]:
            raise InputError(f"segment={segment} is not on the canvas")
        found = self.session.similar(segment, most)
        features = self.session.neighborhoods.features
        own = np.asarray(features[segment : segment + 1], np.float32)[0]
        others = (
            np.asarray(features[:], np.float32)[found] if len(found) else np.zeros((0, len(own)), np.float32)
        )
        return encode_frame(
            {"segment": segment},
            {"rows": found.astype(np.int32), "distances": (1 - others @ own).astype(np.float32)},
        )

    def _answer(self, before: Screen, **more: Any) -> bytes:
        self._shown = Screen.of(self.session)
        header, columns = changes(before, self._shown, self._seed)
        return encode_frame({**header, **self._more(), **more}, columns)

    def _more(self) -> dict[str, Any]:
        state = self.session.state
        return {
            "version": self.version,
            "image_names": list(self._image_names[: len(state.label_maps)]),
            "image_sizes": [[int(v) for v in label_map.shape] for label_map in state.label_maps],
            "undoable": len(self._done),
            "redoable": len(self._undone),
        }

    # -- what the page asks for -------------------------------------------------------------------------------

    def act(self, record: object, version: int, prepared: int) -> bytes:
        """Carry out an action.

        Args:
            record: ``{"action": name, **fields}``.
            version: of the screen the person saw.
            prepared: images whose stages are on the disk.

        Returns:
            what changed, as a frame.

        Raises:
            InputError: the action is not possible; the session is as before.
            StaleError: the screen was another one.
            ResultsError: it could not be written to the disk; the session takes no more actions.
        """
        self._check(version)
        if not isinstance(record, dict) or not isinstance(record.get("action"), str):
            raise InputError("action: an object with the name of an action is needed")
        action = action_from_dict(record)
        if isinstance(action, act.Undo) and not self._done:
            raise InputError("there is nothing to undo since the last images were loaded")
        self._check_possible(action, prepared)
        return self._carry_out(action, redone=False)

    def redo(self, version: int) -> bytes:
        """Carry out again what was undone last; arguments, result and errors are those of ``act``."""
        self._check(version)
        if not self._undone:
            raise InputError("there is nothing to redo")
        return self._carry_out(self._undone[-1], redone=True)

    def name_class(self, index: int | None, name: str, version: int) -> bytes:
        """Rename a class, or add one where ``index`` is None; raises like ``act``."""
        self._check(version)
        before = self._shown
        if index is None:
            self._names.add(name)
        else:
            self._names.rename(index, name)
        self.session.classes = self._names.names
        self.version += 1
        return self._answer(before)

    def _carry_out(self, action: Action, *, redone: bool) -> bytes:
        before, state = self._shown, self.session.state
        result = self.session.step(action)
        changed = int(changed_segments(state, self.session.state).sum())
        step = TraceStep(self._steps + 1, action, result.human_seconds, changed, result.looks)
        try:
            self._trace.append(step)
        except ResultsError as error:
            self._broken = str(error)  # what the session did is not on the disk
            raise
        self._steps += 1
        self.version += 1
        others = self._undone[:-1]
        self._remember(action)
        self._forget()
        if redone:
            self._undone = others
        return self._answer(
            before, changed=changed, seconds=result.human_seconds, waited=result.machine_seconds
        )

    def _remember(self, action: Action) -> None:
        if isinstance(action, act.Undo):
            if self._done:
                self._undone.append(self._done.pop())
        elif isinstance(action, CHANGING):
            self._done.append(action)
            self._undone = []
        elif isinstance(action, act.RequestBatch):
            self._done, self._undone = [], []

    def _forget(self) -> None:
        """Forget what the session has forgotten: what was long ago."""
        self._done = self._done[max(0, len(self._done) - len(self.session._undo_states)) :]

    def _check(self, version: int) -> None:
        if self._broken:
            raise ResultsError(self._broken)
        if version != self.version:
            raise StaleError(
                "the session went on in another window; this page shows the present state now, do it again"
            )

    def _check_possible(self, action: Action, prepared: int) -> None:
        session = self.session
        if isinstance(action, act.Stop):
            raise InputError(
                "a session here has no end: close the page, it goes on when the studio starts again"
            )
        if isinstance(action, act.RequestBatch):
            loaded = len(session.state.label_maps)
            wanted = min(loaded + session.batch_images, session.image_total)
            if loaded == session.image_total:
                raise InputError("all images are open")
            if prepared < wanted:
                raise InputError(
                    f"the next images are being prepared: {prepared - loaded} of {wanted - loaded}"
                )
        if isinstance(action, act.Repartition):
            check_finer(session, action.image, action.criterion, action.threshold)

    def save(self) -> dict[str, object]:
        """Write masks of the present state; see :meth:`Saving.save`."""
        if self._saving is None:
            raise InputError("there is nowhere to save masks to")
        return self._saving.save(self.session)

    @property
    def state(self) -> State:
        """Of the session, read-only."""
        return self.session.state

    def close(self) -> None:
        """Let another server have the session."""
        self._trace.close()
