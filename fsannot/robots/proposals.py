"""Gestures a robot may choose from, each with what it is expected to gain and to cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.actions import Action, LabelBox, LabelNeighbors, LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.screen import Box
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.rectangle import RankGrid, best_rectangle


@dataclass(frozen=True)
class Proposal:
    """One possible action.

    Attributes:
        action: what would be done.
        gain: expected improvement, in images' worth of score.
        seconds: expected human seconds.
    """

    action: Action
    gain: float
    seconds: float

    @property
    def rate(self) -> float:
        """Gain per second."""
        return self.gain / max(self.seconds, 1e-9)


def box_seconds(observation: Observation, clock: Clock, points: np.ndarray, box: Box) -> float:
    """Seconds of a box among thumbnails ``points`` (M, 2), label key not counted; the session prices it the same."""
    drawn = DrawnBox.around(points, box, observation.pointer)
    return clock.price(gestures.box(drawn.gesture, label_changed=False))


def most_rewarding_box(
    observation: Observation,
    clock: Clock,
    points: np.ndarray,
    value: np.ndarray,
    *,
    rounds: int = 3,
    grid: RankGrid | None = None,
) -> tuple[Box, np.ndarray, float] | None:
    """The box with the best worth per second (Dinkelbach 1967: maximise worth − rate·time until the rate stays).

    Args:
        points: float (M, 2), unlabelled thumbnails.
        value: float (M,), gain of each if it is inside.
        grid: of the points, where it is known.

    Returns:
        box, indices inside, seconds; None where nothing is worth a box.
    """
    rate, best = 0.0, None
    grid = grid or RankGrid(points)
    for _ in range(rounds):
        found = best_rectangle(points, value - rate * clock.glance, grid=grid)
        if found is None:
            break
        box, inside = found
        seconds = box_seconds(observation, clock, points, box)
        new_rate = float(value[inside].sum()) / max(seconds, 1e-9)
        if best is not None and new_rate <= rate * (1 + 1e-6):
            break
        rate, best = new_rate, (box, inside, seconds)
    return best


def label_box(
    observation: Observation,
    clock: Clock,
    view: Beliefs,
    label: int,
    value: np.ndarray,
    grid: RankGrid | None = None,
) -> Proposal | None:
    """The best box to draw for ``label``, given what each thumbnail is worth under it."""
    found = most_rewarding_box(observation, clock, view.points, value, grid=grid)
    if found is None:
        return None
    box, inside, seconds = found
    change = clock.key if label != observation.last_label else 0.0
    return Proposal(LabelBox(box, label), float(value[inside].sum()), seconds + change)


def label_segment(observation: Observation, clock: Clock, view: Beliefs) -> Proposal | None:
    """The best single thumbnail to click, and give the class it seems to have."""
    if not len(view.segments):
        return None
    distance = np.hypot(*(view.points - np.array(observation.pointer)).T)
    i = int(np.argmax(view.certain - 1e-9 * distance))
    seconds = clock.price(gestures.one_segment(float(distance[i])))
    return Proposal(LabelSegment(int(view.segments[i]), int(view.seen[i])), float(view.certain[i]), seconds)


def label_neighbors(
    observation: Observation,
    queries: Queries,
    clock: Clock,
    view: Beliefs,
    centre: int,
    label: int,
    value: np.ndarray,
    *,
    reach: int,
    floor: float = 0.0,
) -> Proposal | None:
    """The radius of similar segments around one that gains most per second; None where it has no neighbors.

    Args:
        view: unlabelled segments.
        centre: index into ``view``.
        value: float (M,), what each of ``view`` is worth under ``label``.
        reach: most neighbors taken.
        floor: gain per second that is of interest; where even the best neighbors would not reach it, None.
    """
    segment = int(view.segments[centre])
    distance = float(np.hypot(*(view.points[centre] - np.array(observation.pointer))))
    base = clock.price(gestures.similar(distance, 0))
    hope = np.maximum(value, 0.0)
    if len(hope) > reach:
        hope = np.partition(hope, -reach)[-reach:]
    if value[centre] + hope.sum() < floor * base:
        return None
    found = queries.similar(segment, reach)
    if not len(found):
        return None
    gain = value[centre] + np.cumsum(value[np.searchsorted(view.segments, found)])  # rows rise in an outlook
    seconds = base + (clock.price(gestures.similar(distance, 1)) - base) * np.arange(1, len(gain) + 1)
    last = int((gain / np.maximum(seconds, 1e-9)).argmax())
    return Proposal(LabelNeighbors(segment, last + 1, label), float(gain[last]), float(seconds[last]))


def labelling(
    observation: Observation, clock: Clock, view: Beliefs, wrong: Beliefs, *, task: str, caution: float
) -> list[Proposal]:
    """The best box for every class that is worth labelling, the best click, and the best correction.

    Args:
        view: unlabelled segments.
        wrong: labelled ones whose label does not look right.
        task: ``"foreground"`` leaves background unlabelled, since it is saved as background anyway.
        caution: how much a wrong thumbnail in a box counts against a right one of the same weight.
    """
    first = 1 if task == "foreground" else 0
    proposals = []
    grid = RankGrid(view.points)
    for label in np.unique(view.seen[view.seen >= first]).tolist():
        proposals.append(label_box(observation, clock, view, label, view.gain(label, caution), grid))
    proposals.append(label_segment(observation, clock, view.select(view.seen >= first)))
    proposals.append(label_segment(observation, clock, wrong))
    return [proposal for proposal in proposals if proposal is not None]
