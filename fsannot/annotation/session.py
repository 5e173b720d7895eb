"""The annotation session: one step per action, with what it costs a person and what it cost the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fsannot.annotation import actions as act
from fsannot.annotation.canvas import HEIGHT, WIDTH, Canvas, check_box, corner_gaps, inside
from fsannot.annotation.clock import Clock, Gesture
from fsannot.annotation.located import LocatedSegments
from fsannot.annotation.machine import Machine
from fsannot.annotation.observation import Observation
from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.features.metric import Embedding
from fsannot.features.rows import FeatureRows, Features
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.cut import check_threshold
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.placement import NEIGHBOURS, beside
from fsannot.segments.parts import refine
from fsannot.segments.relabel import carry_labels
from fsannot.segments.split import split_segment

UNDO_DEPTH = 20


@dataclass(frozen=True)
class StepResult:
    """What one action led to.

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
    """A user's session with the tool, in the manner of ``dm_env``: ``reset`` once, then ``step`` until ``done``.

    It never holds ground truth: what a person would recognise is the robot's business.

    Args:
        machine: computes partitions, features, layouts and metrics.
        classes: class names by index; labels are indices into it.
        clock: human seconds of each action.
        first_images: images open at the start.
        batch_images: images a ``RequestBatch`` adds.
    """

    def __init__(
        self,
        machine: Machine,
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
        self.machine = machine
        self.classes = classes
        self.clock = clock or Clock()
        self.first_images = first_images
        self.batch_images = batch_images
        self.image_total = len(machine.images)
        self._drawn: tuple[tuple[object, ...], Canvas] | None = None
        self._handlers: dict[type[act.Action], Callable[[Any], float]] = {
            act.LabelBox: self._label_box,
            act.LabelSegment: self._label_segment,
            act.LabelRest: self._label_rest,
            act.LabelNeighbours: self._label_neighbours,
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
        """Open the first images and lay out their segments."""
        self.open()
        return self.lay_out()

    def open(self) -> None:
        """Begin anew with the first images, of which nothing is laid out yet; the first half of :meth:`reset`."""
        self.machine.seconds = 0.0
        self.state = State.empty()
        self._undo_states: list[State] = []
        self._features: FeatureRows | None = None
        self._hoods: Neighborhoods | None = None
        self._layout = np.zeros((0, 2), np.float32)
        self._metric: Embedding | None = None
        self._lesson = np.zeros(0, np.int16)
        self._focus: tuple[np.ndarray, np.ndarray] | None = None
        self._pointer = (WIDTH / 2, HEIGHT / 2)
        self._last_label: int | None = None
        self._open: int | None = None
        self._highlight: int | None = None
        self._learned = 0
        self._labelled_since = 0
        self.human_seconds = 0.0
        self.done = False
        self._load_images(self.first_images)

    def lay_out(self) -> Observation:
        """Lay out the segments of the images that :meth:`open` opened."""
        hoods = self.neighborhoods
        hoods.settle()
        self._layout = self.machine.project(hoods.features, self.state.labels, None, hoods.table)
        return self.observe()

    def step(self, action: act.Action) -> StepResult:
        """Carry out one action.

        Raises:
            InputError: the action is not possible as it is; the session is as before.
        """
        if self.done:
            raise InputError("the session is over; call reset() to begin another one")
        handler = self._handlers.get(type(action))
        if handler is None:
            raise InputError(f"{action!r} is not an action of this session")
        before = self.machine.seconds
        human = handler(action)
        self.human_seconds += human
        return StepResult(self.observe(), human, self.machine.seconds - before, self.done)

    def observe(self) -> Observation:
        """The screen as it is now."""
        state, canvas = self.state, self._canvas()
        return Observation(
            table=state.table,
            alive=state.alive,
            labels=state.labels,
            shown=canvas.shown,
            canvas=canvas.points,
            threshold=self.machine.images.threshold,
            image_area=np.array([m.size for m in state.label_maps], np.int64),
            classes=self.classes,
            images_loaded=len(state.label_maps),
            images_waiting=self.image_total - len(state.label_maps),
            pointer=self._pointer,
            last_label=self._last_label,
            focused=self._focus is not None,
            open_image=self._open,
            highlight=self._highlight,
            learned=self._learned,
            labels_since_learning=self._labelled_since,
            human_seconds=self.human_seconds,
            around=canvas.around,
            neighbours=self._neighbours,
            row_map=state.row_map,
        )

    def _canvas(self) -> Canvas:
        """The canvas, made anew only when something on it changed: a step among 100,000 thumbnails has to be quick."""
        key = (self.state.alive, self._layout, self._focus)
        if self._drawn is None or any(a is not b for a, b in zip(key, self._drawn[0], strict=True)):
            shown, layout = self.state.alive, self._layout
            if self._focus is not None:
                members, local = self._focus
                shown = np.zeros_like(self.state.alive)
                shown[members] = self.state.alive[members]
                layout = np.zeros_like(self._layout)
                layout[members] = local
            self._drawn = (key, Canvas(layout, shown))
        return self._drawn[1]

    @property
    def layout(self) -> np.ndarray:
        """float32 (N, 2): the main projection, in its own units."""
        return self._layout

    def mask(self, image: int) -> np.ndarray:
        """int16 (H, W): labels of a loaded image, −1 where unlabelled."""
        return self.state.labels[self.state.row_map(image)]

    # -- labelling --------------------------------------------------------------------------------------------

    def _label_box(self, action: act.LabelBox) -> float:
        self._check_label(action.label)
        chosen, gesture, end = self._box_gesture(action.box)
        seconds = self.clock.boxed(gesture, label_changed=action.label != self._last_label)
        self._give(chosen, action.label)
        self._pointer = end
        return seconds

    def _label_segment(self, action: act.LabelSegment) -> float:
        self._check_label(action.label)
        at = self._point_at(action.segment)
        seconds = self.clock.one_segment(self._reach(at))
        self._give(np.array([action.segment]), action.label)
        self._pointer = at
        return seconds

    def _label_rest(self, action: act.LabelRest) -> float:
        self._check_label(action.label)
        self._give(np.flatnonzero(self.state.alive & (self.state.labels < 0)), action.label)
        return self.clock.label_rest()

    def _label_neighbours(self, action: act.LabelNeighbours) -> float:
        self._check_label(action.label)
        if not _counts(action.count, 2**31) or action.count < 1:
            raise InputError(f"count={action.count!r}: a whole number is needed, at least one neighbour")
        at = self._point_at(action.segment)
        found = self._neighbours(action.segment, action.count)
        seconds = self.clock.neighbours(self._reach(at), len(found))
        chosen = np.union1d(found, [action.segment] if self.state.labels[action.segment] < 0 else [])
        self._give(chosen.astype(np.int64), action.label)
        self._pointer = at
        return seconds

    def _give(self, segments: np.ndarray, label: int) -> None:
        self._remember()
        self.state = self.state.with_labels(segments, label)
        self._last_label = label
        self._labelled_since += len(segments)

    # -- other segments ---------------------------------------------------------------------------------------

    def _refine_box(self, action: act.RefineBox) -> float:
        check_threshold(action.threshold)
        chosen, gesture, end = self._box_gesture(action.box)
        seconds = self.clock.boxed_without_label(gesture)
        self._remember()
        table = self.state.table
        for image in np.unique(table.image[chosen]):
            members = chosen[table.image[chosen] == image]
            finer = self.machine.images.hierarchy(int(image)).cut(action.threshold)
            label_map, parents = refine(self.state.label_maps[image], table.label[members], finer)
            self._replace_parts(int(image), label_map, parents)
        self._pointer = end
        return seconds

    def _split(self, action: act.Split) -> float:
        if action.label is not None:
            self._check_label(action.label)
        at = self._point_at(action.segment)
        table = self.state.table
        image, label = int(table.image[action.segment]), int(table.label[action.segment])
        old = self.state.label_maps[image]
        mask = old == label
        part = split_segment(
            self.machine.images.edge_map(image), mask, _pixels(action.positive), _pixels(action.negative)
        )
        seconds = self.clock.split(self._reach(at), len(action.positive) + len(action.negative))
        self._remember()
        first = int(old.max()) + 1
        label_map = old.copy()
        label_map[mask] = first + 1
        label_map[part] = first
        self._replace_parts(image, label_map, {first: label, first + 1: label})
        if action.label is not None:
            positive = self.state.rows[image][first]
            self.state = self.state.with_labels(np.array([positive]), action.label)
            self._last_label = action.label
            self._labelled_since += 1
        self._pointer = at
        return seconds

    def _repartition(self, action: act.Repartition) -> float:
        self._check_image(action.image)
        if action.criterion not in CRITERIA:
            raise InputError(f"criterion={action.criterion!r}: choose one of {', '.join(sorted(CRITERIA))}")
        label_map = self.machine.images.hierarchy(action.image, action.criterion).cut(action.threshold)
        old = self.state.label_maps[action.image]
        same = carry_labels(old, label_map)
        self._remember()
        kept = np.where(same >= 0, self.state.rows[action.image][np.maximum(same, 0)], -1).astype(np.int32)
        self._append(action.image, label_map, kept, np.full(len(kept), -1, np.int16))
        return self.clock.repartition()

    def _replace_parts(self, image: int, label_map: np.ndarray, replaced: dict[int, int]) -> None:
        """A partition in which some segments gave way to parts; ``replaced``: part → label of what it was in."""
        rows = self.state.rows[image]
        kept = np.full(int(label_map.max()) + 1, -1, np.int32)
        inherited = np.full(len(kept), -1, np.int16)
        old = np.setdiff1d(np.unique(label_map), list(replaced))
        kept[old] = rows[old]
        for part, label in replaced.items():
            inherited[part] = self.state.labels[rows[label]]
        self._append(image, label_map, kept, inherited)

    def _append(self, image: int, label_map: np.ndarray, kept: np.ndarray, inherited: np.ndarray) -> None:
        start = len(self.state.table)
        self.state = self.state.with_partition(image, label_map, kept, inherited)
        new = self.state.table.select(np.arange(start, len(self.state.table)))
        if not len(new):
            return
        self._add_features([self.machine.features(image, label_map, new.label)])
        self._layout = np.concatenate([self._layout, self._beside_neighbours()])

    # -- views ------------------------------------------------------------------------------------------------

    def _focus_box(self, action: act.FocusBox) -> float:
        box = check_box(action.box)
        screen = self.observe()
        members = np.flatnonzero(screen.shown & inside(screen.canvas, box))
        if not len(members):
            raise InputError(f"box {action.box}: no thumbnail inside; draw it around what is to be focused")
        _, gesture, end = self._box_gesture(box)
        self._focus = (members, self._project_locally(members))
        self._pointer = end
        return self.clock.boxed_without_label(gesture)

    def _project_locally(self, members: np.ndarray) -> np.ndarray:
        hoods = self.neighborhoods
        return self.machine.project_locally(hoods.rows(members), lambda k: hoods.among(members, k))

    def _unfocus(self, _: act.Unfocus) -> float:
        self._focus = None
        return self.clock.key

    def _show_uncertain(self, _: act.ShowUncertain) -> float:
        self._highlight = self._most_uncertain()
        return self.clock.key

    def _open_image(self, action: act.OpenImage) -> float:
        self._check_image(action.image)
        screen = self.observe()
        thumbnails = screen.canvas[screen.shown & (screen.table.image == action.image)]
        if not len(thumbnails):
            raise InputError(f"image={action.image}: none of its thumbnails is on the canvas now")
        reach = float(np.hypot(*(thumbnails - np.array(self._pointer)).T).min())
        self._open = action.image
        return self.clock.open_image(reach)

    def _close_image(self, _: act.CloseImage) -> float:
        self._open = None
        return self.clock.key

    # -- learning, images, ending -----------------------------------------------------------------------------

    def _request_batch(self, _: act.RequestBatch) -> float:
        if len(self.state.label_maps) < self.image_total:
            self._load_images(self.batch_images)
            self._refit(np.concatenate([self._layout, self._beside_neighbours()]))
        return self.clock.key

    def _learn_metric(self, _: act.LearnMetric) -> float:
        alive = self.state.alive
        labels = np.where(alive, self.state.labels, -1).astype(np.int16)
        if len(np.unique(labels[labels >= 0])) < 2:
            raise InputError(
                "learning needs segments of at least two classes; label some of another class first"
            )
        self._metric, embedding = self._taught(labels, self._learned)
        self._hoods = self.machine.neighborhoods(embedding)
        self._lesson = labels
        self._learned += 1
        self._labelled_since = 0
        self._refit(self._layout)
        return self.clock.key

    def _taught(self, labels: np.ndarray, round_: int) -> tuple[Embedding, Features]:
        """Metric learned from ``labels`` (n ≤ N,) of the first n rows, and those rows in it."""
        rows = np.arange(len(labels))
        segments = LocatedSegments(self.machine.images, self.state, 0, len(rows))
        return self.machine.learn(self._all_features.select(rows), labels, segments, round_)

    def _reproject(self, _: act.Reproject) -> float:
        self._refit(self._layout)
        return self.clock.key

    def _refit(self, init: np.ndarray) -> None:
        hoods, members = self.neighborhoods, np.flatnonzero(self.state.alive)
        hoods.settle()
        self._layout = init.copy()
        self._layout[members] = self.machine.project(
            hoods.rows(members), self.state.labels[members], init[members], lambda k: hoods.among(members, k)
        )
        self._focus = None

    def _undo(self, _: act.Undo) -> float:
        if self._undo_states:
            self.state = self._revive(self._undo_states.pop())
        return self.clock.undo()

    def _revive(self, earlier: State) -> State:
        """An earlier state, with rows made since then kept as dead ones: a row is a name for good."""
        missing = len(self.state.table) - len(earlier.table)
        return State(
            self.state.table,
            np.concatenate([earlier.alive, np.zeros(missing, bool)]),
            np.concatenate([earlier.labels, np.full(missing, -1, np.int16)]),
            (*earlier.label_maps, *self.state.label_maps[len(earlier.label_maps) :]),
            (*earlier.rows, *self.state.rows[len(earlier.rows) :]),
        )

    def _stop(self, _: act.Stop) -> float:
        self.done = True
        return 0.0

    # -- parts of the above -----------------------------------------------------------------------------------

    def _load_images(self, count: int) -> None:
        blocks = []
        for image in range(
            len(self.state.label_maps), min(len(self.state.label_maps) + count, self.image_total)
        ):
            label_map = self.machine.images.partition(image)
            start = len(self.state.table)
            self.state = self.state.with_image(label_map)
            blocks.append(self.machine.features(image, label_map, self.state.table.label[start:]))
        self._add_features(blocks)
        self._undo_states = []  # undoing across a batch would take images away again

    def _add_features(self, blocks: list[np.ndarray]) -> None:
        """Features of the newest rows of the table, and their place in the embedding."""
        new = FeatureRows(blocks)
        self._features = new if self._features is None else self._features.extended(blocks)
        embedded: Features = new
        if self._metric is not None:
            stop = len(self._features)
            segments = LocatedSegments(self.machine.images, self.state, stop - len(new), stop)
            embedded = self._metric.embed(new, segments)
        if self._hoods is None:
            self._hoods = self.machine.neighborhoods(embedded)
        else:
            self._hoods.extend(embedded)

    @property
    def _all_features(self) -> FeatureRows:
        if self._features is None:
            raise InputError("the session has not begun; call reset()")
        return self._features

    @property
    def neighborhoods(self) -> Neighborhoods:
        """Of the embedding of all rows, dead ones included."""
        if self._hoods is None:
            raise InputError("the session has not begun; call reset()")
        return self._hoods

    def _beside_neighbours(self) -> np.ndarray:
        """Positions of the points that the layout does not have yet."""
        hoods, placed = self.neighborhoods, len(self._layout)
        candidates = np.arange(len(hoods.features)) < placed
        new = np.flatnonzero(~candidates)
        return beside(*hoods.nearest(new, candidates, min(NEIGHBOURS, placed)), self._layout)

    def _box_gesture(self, box: act.Box) -> tuple[np.ndarray, Gesture, tuple[float, float]]:
        """Unlabelled segments inside, what the clock has to know, and where the pointer ends."""
        box = check_box(box)
        screen = self.observe()
        candidates = screen.open_segments
        points = screen.canvas[candidates]
        within = inside(points, box)
        if (
            within.any()
        ):  # a person may hit the corners anywhere between the outermost in and the next one out
            low, high = points[within].min(0), points[within].max(0)
            tight = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        else:
            tight = box
        gaps = corner_gaps(points[~within], tight)
        reach = float(np.hypot(box[0] - self._pointer[0], box[1] - self._pointer[1]))
        diagonal = float(np.hypot(box[2] - box[0], box[3] - box[1]))
        return candidates[within], Gesture(reach, diagonal, gaps, int(within.sum())), (box[2], box[3])

    def _point_at(self, segment: int) -> tuple[float, float]:
        """Where a segment is on the screen."""
        if not _counts(segment, len(self.state.table)) or not self.state.alive[segment]:
            raise InputError(
                f"segment={segment} does not exist; rows of living segments are in observation.alive"
            )
        table = self.state.table
        if self._open is not None and self._open == table.image[segment]:
            h, w = self.state.label_maps[self._open].shape
            y, x = table.centroid[segment]
            scale = min(WIDTH / w, HEIGHT / h)
            return float(x * scale), float(y * scale)
        screen = self.observe()
        if not screen.shown[segment]:
            raise InputError(f"segment={segment} is not on the canvas now; Unfocus first")
        x, y = screen.canvas[segment]
        return float(x), float(y)

    def _reach(self, at: tuple[float, float]) -> float:
        return float(np.hypot(at[0] - self._pointer[0], at[1] - self._pointer[1]))

    def _neighbours(self, segment: int, k: int) -> np.ndarray:
        candidates = self.observe().open_segments
        candidates = candidates[candidates != segment]
        if not len(candidates) or k < 1:
            return candidates[:0]
        among = np.zeros(len(self.state.table), bool)
        among[candidates] = True
        index, _ = self.neighborhoods.nearest(np.array([segment]), among, min(k, len(candidates)))
        return index[0].astype(np.int64)

    def _most_uncertain(self, k: int = 15) -> int | None:
        """Unlabelled segment with the highest entropy of its k most similar labelled segments' labels."""
        given = self.state.alive & (self.state.labels >= 0)
        open_ = np.flatnonzero(self.state.alive & (self.state.labels < 0))
        if not given.any() or not len(open_):
            return None
        index, similarity = self.neighborhoods.nearest(open_, given, min(k, int(given.sum())))
        weight = np.maximum(similarity, 0) + 1e-6
        share = np.zeros((len(open_), len(self.classes)))
        np.add.at(share, (np.arange(len(open_))[:, None], self.state.labels[index]), weight)
        share /= share.sum(1, keepdims=True)
        entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(1)
        return int(open_[entropy.argmax()])

    def _check_label(self, label: int) -> None:
        if not _counts(label, len(self.classes)):
            raise InputError(f"label={label} does not exist; labels are 0..{len(self.classes) - 1}")

    def _check_image(self, image: int) -> None:
        if not _counts(image, len(self.state.label_maps)):
            raise InputError(f"image={image} is not loaded; loaded are 0..{len(self.state.label_maps) - 1}")

    def _remember(self) -> None:
        self._undo_states = [*self._undo_states[1 - UNDO_DEPTH :], self.state]


def _counts(value: object, below: int) -> bool:
    """Whether ``value`` is a whole number from 0 on and less than ``below``."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(0 <= value < below)


def _pixels(clicks: object) -> np.ndarray:
    """Clicks as an array; what shape and place they must have is the split's to say."""
    try:
        return np.array(clicks)
    except ValueError as error:
        raise InputError(f"split: clicks {clicks!r} are not pixels (y, x)") from error
