"""The annotation session: one step per action, with its human seconds and its machine seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.desk import Desk
from fsannot.annotation.handling import handle_labels, handle_segments, handle_tool, handle_views
from fsannot.annotation.observation import Observation, only_open_image
from fsannot.data.errors import InputError
from fsannot.projection.neighborhoods import Neighborhoods

HANDLERS: dict[type[act.Action], Callable[[Any, Any], Situation]] = {
    **handle_labels.HANDLERS,
    **handle_segments.HANDLERS,
    **handle_views.HANDLERS,
    **handle_tool.HANDLERS,
}
"""Action → what carries it out in a session and says what its price depends on."""


@dataclass(frozen=True)
class StepResult:
    """The result of one action.

    Attributes:
        observation: the screen afterwards.
        human_seconds: modelled cost to the person.
        machine_seconds: measured computing time the person waited for.
        done: whether the session is over.
        looks: thumbnails looked at before the action, which ``human_seconds`` hold.
    """

    observation: Observation
    human_seconds: float
    machine_seconds: float
    done: bool
    looks: int = 0


class AnnotationSession(Desk):
    """A user's session with the tool, as in ``dm_env``: ``reset`` once, then ``step`` until ``done``.

    The session holds no ground truth; a robot has an oracle for what a person would recognize.

    Args:
        engine: computes partitions, features, layouts and metrics.
        classes: class names by index; labels are indices into it.
        clock: human seconds of each action; None for the default clock.
        first_images: number of images open at the start, ≥ 1.
        batch_images: number of images a ``RequestBatch`` adds, ≥ 1.
        sight: what a person can see, by version 2 of the human model; None shows everything at once and free of charge,
            as version 1 does.

    Attributes:
        state: table, labels and partitions; after ``reset``.
        human_seconds: spent so far.
        done: whether the session is over.

    Raises:
        InputError: fewer than one image.

    A session with one image of sixteen square segments:

    >>> import numpy as np
    >>> from fsannot.annotation.actions import LabelBox, Stop
    >>> from fsannot.annotation.engine import Engine
    >>> from fsannot.metric_learning.learner import NoMetric
    >>> from fsannot.projection.pca import PcaProjector
    >>> class Squares:
    ...     threshold = 0.5
    ...     def __len__(self):
    ...         return 1
    ...     def partition(self, image):
    ...         return np.kron(np.arange(16).reshape(4, 4), np.ones((8, 8), int)).astype(np.int32)
    ...     def features(self, image, label_map, labels):
    ...         return np.eye(16, dtype=np.float32)[labels], 0.0
    >>> pca = PcaProjector()
    >>> engine = Engine(Squares(), projector=pca, local_projector=pca, learner=NoMetric())
    >>> session = AnnotationSession(engine, classes=("background", "object"))
    >>> observation = session.reset()
    >>> len(observation.open_segments)
    16
    >>> result = session.step(LabelBox((0.0, 0.0, 1600.0, 1200.0), label=1))
    >>> result.observation.labels.tolist() == [1] * 16
    True
    >>> result.human_seconds > 0
    True
    >>> session.step(Stop()).done
    True
    """

    # -- the loop ---------------------------------------------------------------------------------------------

    def reset(self) -> Observation:
        """Start: open the first images and lay out their segments.

        Returns:
            the screen at the start.
        """
        self.open()
        return self.lay_out()

    def open(self) -> None:
        """Start with the first images, not laid out yet; the first half of :meth:`reset`."""
        self._begin()
        self._load_images(self.first_images)

    def lay_out(self) -> Observation:
        """Lay out the segments of the first images; the second half of :meth:`reset`.

        Returns:
            the screen at the start.
        """
        self._space.lay_out(self.state.labels)
        return self.observe()

    def step(self, action: act.Action, *, looks: int | None = None) -> StepResult:
        """Carry out one action.

        Args:
            action: what the person does.
            looks: thumbnails looked at before it, for the replay of a trace; None counts those that were.

        Returns:
            the screen afterwards, the seconds of the action, and whether the session is over.

        Raises:
            InputError: the action is not possible as it is; the session is as before.
        """
        if self.done:
            raise InputError("the session is over; call reset() to begin another one")
        handler = HANDLERS.get(type(action))
        if handler is None:
            raise InputError(f"{action!r} is not an action of this session")
        before = self.engine.seconds
        marks = self.sight.marks() if self.sight is not None else None
        try:
            situation = handler(self, action)
        except InputError:
            if self.sight is not None and marks is not None:
                self.sight.put_back(marks)
            raise
        human = self.clock.price(action.operators(situation))
        looked = self._charge(looks)
        human += looked * self.clock.look
        self._zoomed = isinstance(action, act.Zoom)
        self.human_seconds += human
        return StepResult(self.observe(), human, self.engine.seconds - before, self.done, looked)

    def _charge(self, given: int | None) -> int:
        """The looks an action is charged for, which are then paid."""
        looked, sight = given, self.sight
        if looked is None:
            looked = sight.pending if sight is not None else 0
        if sight is not None:
            sight.pending = 0
        return looked

    def observe(self) -> Observation:
        """The screen as it is now.

        Returns:
            an observation that stays as it is when the session goes on.
        """
        state, view, screen = self.state, self._view, self.screen()
        table = state.table if self.sight is None else only_open_image(state.table, view.open_image)
        return Observation(
            table=table,
            alive=state.alive,
            labels=state.labels,
            shown=screen.shown,
            canvas=screen.known_points,
            visible=screen.visible,
            view=None if self.sight is None else self.sight.view,
            threshold=self.engine.images.threshold,
            image_area=np.array([m.size for m in state.label_maps], np.int64),
            classes=self.classes,
            images_loaded=len(state.label_maps),
            images_waiting=self.image_total - len(state.label_maps),
            pointer=self._pointer,
            last_label=self._last_label,
            focused=view.focus is not None,
            open_image=view.open_image,
            highlight=view.highlight,
            learned=self._space.learned,
            labels_since_learning=self._labelled_since,
            human_seconds=self.human_seconds,
        )

    @property
    def layout(self) -> np.ndarray:
        """The main projection, float32 (N, 2), in units of the projector."""
        return self._space.layout

    @property
    def neighborhoods(self) -> Neighborhoods:
        """Nearest neighbors in the embedding of all rows, dead ones included."""
        return self._space.neighborhoods

    def mask(self, image: int) -> np.ndarray:
        """Labels of a loaded image, pixel by pixel.

        Args:
            image: index of a loaded image.

        Returns:
            int16 (H, W), −1 where unlabelled.
        """
        return self.state.labels[self.row_map(image)]

    def features_of(self, rows: np.ndarray) -> np.ndarray:
        """Features of segments as the backbone gave them.

        Args:
            rows: int (M,).

        Returns:
            float16 or float32 (M, D), unit-norm rows.
        """
        order = np.argsort(rows, kind="stable")
        values = np.asarray(self._space.features.select(rows[order])[:])
        found = np.empty_like(values)
        found[order] = values
        return found

    # -- questions ----------------------------------------------------------------------------------------------

    def row_map(self, image: int) -> np.ndarray:
        """The segment each pixel of a loaded image belongs to now.

        Args:
            image: index of a loaded image.

        Returns:
            int32 (H, W), rows of the table.
        """
        return self.state.row_map(image)

    def around(self, k: int) -> np.ndarray:
        """The thumbnails nearest on the canvas to each of the M that are shown (:meth:`Canvas.around`).

        Args:
            k: number of thumbnails, the one itself included, ≥ 1.

        Returns:
            int64 (M, ≤ k), nearest first; rows and values index the shown thumbnails in order of their rows.
        """
        return self._view.canvas(self.state.alive, self._space.layout).around(k)

    def similar(self, segment: int, k: int) -> np.ndarray:
        """The unlabelled shown segments most similar to one.

        Args:
            segment: row of the segment.
            k: number of segments.

        Returns:
            int64 (≤ k,), rows, most similar first.
        """
        return self._space.similar(segment, self.observe().open_segments, k)
