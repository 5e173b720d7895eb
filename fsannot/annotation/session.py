"""The annotation session: one step per action, with its human seconds and its machine seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.actions import Situation
from fsannot.annotation.checks import (
    check_count,
    check_image,
    check_in_image,
    check_label,
    check_segment,
)
from fsannot.annotation.engine import Engine
from fsannot.annotation.new_partition import with_new_cut, with_refined, with_split
from fsannot.annotation.observation import Observation
from fsannot.annotation.segment_space import SegmentSpace
from fsannot.annotation.state import State
from fsannot.annotation.view import View
from fsannot.data.errors import InputError
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.cut import check_threshold
from fsannot.human.clock import Clock
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.screen import HEIGHT, WIDTH, Box, inside
from fsannot.projection.neighborhoods import Neighborhoods

UNDO_DEPTH = 20


@dataclass(frozen=True)
class StepResult:
    """The result of one action.

    Attributes:
        observation: the screen afterwards.
        human_seconds: modelled cost to the person.
        machine_seconds: measured computing time the person waited for.
        done: whether the session is over.
    """

    observation: Observation
    human_seconds: float
    machine_seconds: float
    done: bool


class AnnotationSession:
    """A user's session with the tool, as in ``dm_env``: ``reset`` once, then ``step`` until ``done``.

    The session holds no ground truth; a robot has an oracle for what a person would recognize.

    Args:
        engine: computes partitions, features, layouts and metrics.
        classes: class names by index; labels are indices into it.
        clock: human seconds of each action; None for the default clock.
        first_images: number of images open at the start, ≥ 1.
        batch_images: number of images a ``RequestBatch`` adds, ≥ 1.

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

    def __init__(
        self,
        engine: Engine,
        *,
        classes: tuple[str, ...],
        clock: Clock | None = None,
        first_images: int = 15,
        batch_images: int = 15,
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
        self.image_total = len(engine.images)
        self._handlers: dict[type[act.Action], Callable[[Any], Situation]] = {
            act.LabelBox: self._label_box,
            act.LabelSegment: self._label_segment,
            act.LabelInImage: self._label_in_image,
            act.LabelRest: self._label_rest,
            act.LabelNeighbors: self._label_neighbors,
            act.RefineBox: self._refine_box,
            act.FocusBox: self._focus_box,
            act.Unfocus: self._unfocus,
            act.ShowUncertain: self._show_uncertain,
            act.OpenImage: self._open_image,
            act.CloseImage: self._close_image,
            act.Split: self._split,
            act.Repartition: self._repartition,
            act.RequestBatch: self._request_batch,
            act.LearnMetric: self._learn_metric,
            act.Reproject: self._reproject,
            act.Undo: self._undo,
            act.Stop: self._stop,
        }

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
        self.engine.seconds = 0.0
        self.state = State.empty()
        self._undo_states: list[State] = []
        self._space = SegmentSpace(self.engine)
        self._view = View()
        self._pointer = (WIDTH / 2, HEIGHT / 2)
        self._last_label: int | None = None
        self._labelled_since = 0
        self.human_seconds = 0.0
        self.done = False
        self._load_images(self.first_images)

    def lay_out(self) -> Observation:
        """Lay out the segments of the first images; the second half of :meth:`reset`.

        Returns:
            the screen at the start.
        """
        self._space.lay_out(self.state.labels)
        return self.observe()

    def step(self, action: act.Action) -> StepResult:
        """Carry out one action.

        Args:
            action: what the person does.

        Returns:
            the screen afterwards, the seconds of the action, and whether the session is over.

        Raises:
            InputError: the action is not possible as it is; the session is as before.
        """
        if self.done:
            raise InputError("the session is over; call reset() to begin another one")
        handler = self._handlers.get(type(action))
        if handler is None:
            raise InputError(f"{action!r} is not an action of this session")
        before = self.engine.seconds
        human = self.clock.price(action.operators(handler(action)))
        self.human_seconds += human
        return StepResult(self.observe(), human, self.engine.seconds - before, self.done)

    def observe(self) -> Observation:
        """The screen as it is now.

        Returns:
            an observation that stays as it is when the session goes on.
        """
        state, view = self.state, self._view
        canvas = view.canvas(state.alive, self._space.layout)
        return Observation(
            table=state.table,
            alive=state.alive,
            labels=state.labels,
            shown=canvas.shown,
            canvas=canvas.points,
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

    # -- labelling --------------------------------------------------------------------------------------------

    def _label_box(self, action: act.LabelBox) -> Situation:
        check_label(action.label, len(self.classes))
        inside, drawn = self._draw(action.box)
        situation = Situation(box=drawn.gesture, label_changed=action.label != self._last_label)
        self._set_labels(inside, action.label)
        self._pointer = drawn.box[2:]
        return situation

    def _label_segment(self, action: act.LabelSegment) -> Situation:
        check_label(action.label, len(self.classes))
        at = self._point_at(action.segment)
        situation = Situation(reach=self._reach(at))
        self._set_labels(np.array([action.segment]), action.label)
        self._pointer = at
        return situation

    def _label_in_image(self, action: act.LabelInImage) -> Situation:
        check_in_image(action.segments, action.labels, self._view.open_image, self.state)
        for label in action.labels:
            check_label(label, len(self.classes))
        labels = np.array(action.labels, np.int16)
        at = self._point_at(action.segments[-1])
        self._set_labels(np.array(action.segments), labels)
        self._pointer = at
        return Situation()

    def _label_rest(self, action: act.LabelRest) -> Situation:
        check_label(action.label, len(self.classes))
        self._set_labels(np.flatnonzero(self.state.alive & (self.state.labels < 0)), action.label)
        return Situation()

    def _label_neighbors(self, action: act.LabelNeighbors) -> Situation:
        check_label(action.label, len(self.classes))
        check_count(action.count)
        at = self._point_at(action.segment)
        found = self.similar(action.segment, action.count)
        situation = Situation(reach=self._reach(at), found=len(found))
        chosen = np.union1d(found, [action.segment] if self.state.labels[action.segment] < 0 else [])
        self._set_labels(chosen.astype(np.int64), action.label)
        self._pointer = at
        return situation

    def _set_labels(self, segments: np.ndarray, label: int | np.ndarray) -> None:
        self._save_for_undo()
        self.state = self.state.with_labels(segments, label)
        self._last_label = int(np.ravel(label)[-1])
        self._labelled_since += len(segments)

    # -- other segments ---------------------------------------------------------------------------------------

    def _refine_box(self, action: act.RefineBox) -> Situation:
        check_threshold(action.threshold)
        inside, drawn = self._draw(action.box)
        self._save_for_undo()
        image_of = self.state.table.image[inside]
        for image in np.unique(image_of).tolist():
            members, finer = inside[image_of == image], self.engine.images.hierarchy(image)
            self._replace_segments(with_refined(self.state, image, members, finer, action.threshold), image)
        self._pointer = drawn.box[2:]
        return Situation(box=drawn.gesture)

    def _split(self, action: act.Split) -> Situation:
        if action.label is not None:
            check_label(action.label, len(self.classes))
        at = self._point_at(action.segment)
        image = int(self.state.table.image[action.segment])
        edge_map = self.engine.images.edge_map(image)
        divided, positive = with_split(self.state, action.segment, edge_map, action.positive, action.negative)
        situation = Situation(reach=self._reach(at))
        self._save_for_undo()
        self._replace_segments(divided, image)
        if action.label is not None:
            self.state = self.state.with_labels(np.array([positive]), action.label)
            self._last_label = action.label
            self._labelled_since += 1
        self._pointer = at
        return situation

    def _repartition(self, action: act.Repartition) -> Situation:
        check_image(action.image, self.state)
        if action.criterion not in CRITERIA:
            raise InputError(f"criterion={action.criterion!r}: choose one of {', '.join(sorted(CRITERIA))}")
        label_map = self.engine.images.hierarchy(action.image, action.criterion).cut(action.threshold)
        changed = with_new_cut(self.state, action.image, label_map)
        self._save_for_undo()
        self._replace_segments(changed, action.image)
        return Situation()

    def _replace_segments(self, state: State, image: int) -> None:
        """Replace the state by one in which an image has new segments; compute their features and place them."""
        start = len(self.state.table)
        self.state = state
        if len(state.table) > start:
            labels = state.table.label[start:]
            self._space.extend([self.engine.features(image, state.label_maps[image], labels)], state)
            self._space.place_new()

    # -- views ------------------------------------------------------------------------------------------------

    def _focus_box(self, action: act.FocusBox) -> Situation:
        _, drawn = self._draw(action.box)
        observation = self.observe()
        members = np.flatnonzero(observation.shown & inside(observation.canvas, drawn.box))
        if not len(members):
            raise InputError(f"box {action.box}: no thumbnail inside; draw it around what is to be focused")
        self._view.focus = (members, self._space.project_locally(members))
        self._pointer = drawn.box[2:]
        return Situation(box=drawn.gesture)

    def _unfocus(self, _: act.Unfocus) -> Situation:
        self._view.focus = None
        return Situation()

    def _show_uncertain(self, _: act.ShowUncertain) -> Situation:
        self._view.highlight = self._space.most_uncertain(self.state, len(self.classes))
        return Situation()

    def _open_image(self, action: act.OpenImage) -> Situation:
        check_image(action.image, self.state)
        observation = self.observe()
        thumbnails = observation.canvas[observation.shown & (observation.table.image == action.image)]
        if not len(thumbnails):
            raise InputError(f"image={action.image}: none of its thumbnails is on the canvas now")
        reach = float(np.hypot(*(thumbnails - np.array(self._pointer)).T).min())
        self._view.open_image = action.image
        return Situation(reach=reach)

    def _close_image(self, _: act.CloseImage) -> Situation:
        self._view.open_image = None
        return Situation()

    # -- learning, images, ending -----------------------------------------------------------------------------

    def _request_batch(self, _: act.RequestBatch) -> Situation:
        if len(self.state.label_maps) < self.image_total:
            self._load_images(self.batch_images)
            self._space.place_new()
            self._refit()
        return Situation()

    def _learn_metric(self, _: act.LearnMetric) -> Situation:
        self._space.learn(self.state)
        self._labelled_since = 0
        self._refit()
        return Situation()

    def _reproject(self, _: act.Reproject) -> Situation:
        self._refit()
        return Situation()

    def _refit(self) -> None:
        self._space.refit(self.state)
        self._view.focus = None

    def _undo(self, _: act.Undo) -> Situation:
        if self._undo_states:
            self.state = self._undo_states.pop().grown_like(self.state)
        return Situation()

    def _stop(self, _: act.Stop) -> Situation:
        self.done = True
        return Situation()

    # -- parts of the above -----------------------------------------------------------------------------------

    def _load_images(self, count: int) -> None:
        blocks = []
        for image in range(
            len(self.state.label_maps), min(len(self.state.label_maps) + count, self.image_total)
        ):
            label_map = self.engine.images.partition(image)
            start = len(self.state.table)
            self.state = self.state.with_image(label_map)
            blocks.append(self.engine.features(image, label_map, self.state.table.label[start:]))
        self._space.extend(blocks, self.state)
        self._undo_states = []  # undoing across a batch would take images away again

    def _point_at(self, segment: int) -> tuple[float, float]:
        """Where a segment is on the screen."""
        check_segment(segment, self.state)
        place = self._view.place_in_image(self.state, segment)
        if place is not None:
            return place
        observation = self.observe()
        if not observation.shown[segment]:
            raise InputError(f"segment={segment} is not on the canvas now; Unfocus first")
        x, y = observation.canvas[segment]
        return float(x), float(y)

    def _reach(self, at: tuple[float, float]) -> float:
        return float(np.hypot(at[0] - self._pointer[0], at[1] - self._pointer[1]))

    def _draw(self, box: Box) -> tuple[np.ndarray, DrawnBox]:
        """The unlabelled segments int64 (M,) in a box, and the box as it is drawn."""
        observation = self.observe()
        candidates = observation.open_segments
        drawn = DrawnBox.around(observation.canvas[candidates], box, observation.pointer)
        return candidates[drawn.inside], drawn

    def _save_for_undo(self) -> None:
        self._undo_states = [*self._undo_states[1 - UNDO_DEPTH :], self.state]
