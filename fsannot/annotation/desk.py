"""What an annotation session stands on: its state, its layouts and its view, and the parts of all actions."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.annotation.checks import check_segment
from fsannot.annotation.engine import Engine
from fsannot.annotation.segment_space import SegmentSpace
from fsannot.annotation.sight import Shown, Sight
from fsannot.annotation.state import State
from fsannot.annotation.view import View, overview
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.gestures import THUMBNAIL
from fsannot.human.screen import HEIGHT, WIDTH, Box, inside

UNDO_DEPTH = 20


class Desk:
    """The base of a session: everything that several actions do. What an action does is in ``annotation.handling``.

    Args:
        engine, classes, clock, first_images, batch_images, sight: of the session.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        classes: tuple[str, ...],
        clock: Clock | None = None,
        first_images: int = 15,
        batch_images: int = 15,
        sight: Sight | None = None,
    ) -> None:
        if first_images < 1 or batch_images < 1:
            raise InputError(
                f"first_images={first_images}, batch_images={batch_images}: both must be at least 1"
            )
        self.engine = engine
        self.classes = classes
        self.clock = clock or Clock()
        self.first_images = first_images
        self.batch_images = batch_images
        self.sight = sight
        self.image_total = len(engine.images)

    def _begin(self) -> None:
        """Start without images."""
        self.engine.seconds = 0.0
        self.state = State.empty()
        self._undo_states: list[State] = []
        self._space = SegmentSpace(self.engine)
        if self.sight is not None:
            self.sight.reset()
        self._view = View(self.sight)
        self._newest = 0
        self._zoomed = False
        self._pointer = (WIDTH / 2, HEIGHT / 2)
        self._last_label: int | None = None
        self._labelled_since = 0
        self.human_seconds = 0.0
        self.done = False

    def screen(self) -> Shown:
        """What is on the canvas now, with true places; a robot gets :meth:`observe`."""
        return self._view.shown(self.state, self._space.layout)

    def _load_images(self, count: int) -> None:
        blocks = []
        self._newest = len(self.state.label_maps)
        for image in range(
            len(self.state.label_maps), min(len(self.state.label_maps) + count, self.image_total)
        ):
            label_map = self.engine.images.partition(image)
            start = len(self.state.table)
            self.state = self.state.with_image(label_map)
            blocks.append(self.engine.features(image, label_map, self.state.table.label[start:]))
        self._space.extend(blocks, self.state)
        self._undo_states = []  # undoing across a batch would take images away again

    def _set_labels(self, segments: np.ndarray, label: int | np.ndarray) -> None:
        self._save_for_undo()
        self.state = self.state.with_labels(segments, label)
        self._last_label = int(np.ravel(label)[-1])
        self._labelled_since += len(segments)

    def _replace_segments(self, state: State, image: int) -> None:
        """Replace the state by one in which an image has new segments; compute their features and place them."""
        start = len(self.state.table)
        self.state = state
        if len(state.table) > start:
            labels = state.table.label[start:]
            self._space.extend([self.engine.features(image, state.label_maps[image], labels)], state)
            self._space.place_new()

    def _refit(self, shown: np.ndarray | None = None) -> None:
        """Compute the main layout anew; ``shown``: bool (n,), segments laid out before, None = the living."""
        alive = self.state.alive if shown is None else shown
        before = overview(alive, self._space.layout[: len(alive)])
        self._space.refit(self.state)
        self._view.focus = None
        if self.sight is not None:
            self.sight.new_layout(before, overview(self.state.alive, self._space.layout), alive)

    def _point_at(self, segment: int) -> tuple[float, float]:
        """Where a segment is on the screen."""
        check_segment(segment, self.state)
        place = self._view.place_in_image(self.state, segment)
        if place is not None:
            return place
        screen = self.screen()
        if not screen.shown[segment]:
            raise InputError(f"segment={segment} is not on the canvas now; Unfocus or ZoomOut first")
        if self.sight is not None and screen.visible is not None:
            self.sight.require_pointable(segment, screen.visible)
            return self.sight.aim(segment)
        x, y = screen.points[segment]
        return float(x), float(y)

    def _pointing(self, segment: int, at: tuple[float, float]) -> dict[str, Any]:
        """What the price of pointing at a segment depends on; ``at`` is its place on the screen."""
        visible = self.screen().visible
        searched = self.sight is not None and self._view.place_in_image(self.state, segment) is not None
        width = THUMBNAIL if visible is None or searched else float(np.sqrt(visible[segment]))
        return {"reach": self._reach(at), "width": width, "searched": searched}

    def _reach(self, at: tuple[float, float]) -> float:
        return float(np.hypot(at[0] - self._pointer[0], at[1] - self._pointer[1]))

    def _draw(self, box: Box, *, unlabelled: bool = True) -> tuple[np.ndarray, DrawnBox]:
        """The segments int64 (M,) in a box, those without a label unless all are wanted; and the box as it is drawn."""
        screen = self.screen()
        of_box = screen.shown & (self.state.labels < 0)
        if self.sight is None or screen.visible is None:
            candidates = np.flatnonzero(of_box)
            drawn = DrawnBox.around(screen.points[candidates], box, self._pointer)
            if not unlabelled:
                candidates = np.flatnonzero(screen.shown)
                return candidates[inside(screen.points[candidates], drawn.box)], drawn
            return candidates[drawn.inside], drawn
        candidates = np.flatnonzero(of_box if unlabelled else screen.shown)
        drawn = DrawnBox.in_view(
            screen.points[candidates], box, self._pointer, visible=screen.visible[candidates]
        )
        chosen = candidates[drawn.inside]
        self.sight.check_box(chosen, screen.visible)
        return chosen, drawn

    def _save_for_undo(self) -> None:
        self._undo_states = [*self._undo_states[1 - UNDO_DEPTH :], self.state]
