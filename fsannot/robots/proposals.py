"""Actions a robot may choose from, each with its expected gain and its expected seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsannot.annotation.actions import Action, LabelBox, LabelNeighbors, LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.human.drawn_box import DrawnBox
from fsannot.human.legibility import POINTABLE
from fsannot.human.screen import Box
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.rectangle import best_rectangle
from fsannot.robots.surface import Surface


@dataclass(frozen=True)
class Proposal:
    """One possible action.

    Attributes:
        action: what would be done.
        gain: expected gain, image scores (:mod:`fsannot.robots.beliefs`).
        seconds: expected human seconds.
    """

    action: Action
    gain: float
    seconds: float

    @property
    def rate(self) -> float:
        """Gain per second."""
        return self.gain / max(self.seconds, 1e-9)


def box_seconds(observation: Observation, clock: Clock, view: Beliefs, box: Box) -> float:
    """Seconds of drawing a box, without the key for the label; the session prices it the same way.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        view: the segments the box decides on.
        box: ``(x0, y0, x1, y1)`` in canvas pixels.

    Returns:
        human seconds.
    """
    if observation.visible is None:
        drawn = DrawnBox.around(view.points, box, observation.pointer)
    else:
        visible = observation.visible[view.segments]
        drawn = DrawnBox.in_view(view.points, box, observation.pointer, visible=visible)
    return clock.price(gestures.box(drawn.gesture, label_changed=False))


def clickable(observation: Observation, view: Beliefs) -> Beliefs:
    """Those segments that a person has read and can point at: all of them under version 1 of the human model."""
    if observation.visible is None:
        return view
    return view.select(view.read & (observation.visible[view.segments] >= POINTABLE))


def click_seconds(observation: Observation, clock: Clock, view: Beliefs, index: int) -> float:
    """Seconds of pointing at one segment and labelling it.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        view: segments.
        index: which of them.

    Returns:
        human seconds.
    """
    reach = float(np.hypot(*(view.points[index] - np.array(observation.pointer))))
    if observation.visible is None:
        return clock.price(gestures.one_segment(reach))
    width = float(np.sqrt(max(int(observation.visible[view.segments[index]]), 1)))
    return clock.price(gestures.one_segment(reach, width))


def most_rewarding_box(
    observation: Observation, clock: Clock, surface: Surface, value: np.ndarray, *, rounds: int = 3
) -> tuple[Box, np.ndarray, float, float] | None:
    """The box with the best gain per second (Dinkelbach 1967: maximise gain − rate·time until the rate stays).

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        surface: of M unlabelled segments.
        value: float (M,), gain of each if it is inside.
        rounds: most iterations.

    Returns:
        box, int (K,) indices inside, gain, seconds; None where no box gains anything.
    """
    rate, best = 0.0, None
    if not len(surface.top):
        return None
    value = surface.gathered(value)
    for _ in range(rounds):
        found = best_rectangle(surface.points, value - rate * clock.look, grid=surface.grid)
        if found is None:
            break
        box, inside = found
        seconds = box_seconds(observation, clock, surface.whole, box)
        gain = float(value[inside].sum())
        new_rate = gain / max(seconds, 1e-9)
        if best is not None and new_rate <= rate * (1 + 1e-6):
            break
        rate, best = new_rate, (box, surface.with_below(inside), gain, seconds)
    return best


def label_box(
    observation: Observation, clock: Clock, surface: Surface, label: int, value: np.ndarray
) -> Proposal | None:
    """The best box to draw for a label.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        surface: of M unlabelled segments.
        label: index of the class.
        value: float (M,), gain of each under the label.

    Returns:
        the proposal; None where no box gains anything.
    """
    found = most_rewarding_box(observation, clock, surface, value)
    if found is None:
        return None
    box, _, gain, seconds = found
    change = clock.key if label != observation.last_label else 0.0
    return Proposal(LabelBox(box, label), gain, seconds + change)


def label_segment(observation: Observation, clock: Clock, view: Beliefs) -> Proposal | None:
    """The best single thumbnail to click, to get the class it seems to have.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        view: segments to choose from.

    Returns:
        the proposal; None where there is no segment.
    """
    view = clickable(observation, view)
    if not len(view.segments):
        return None
    distance = np.hypot(*(view.points - np.array(observation.pointer)).T)
    i = int(np.argmax(view.gain_as_seen - 1e-9 * distance))
    seconds = click_seconds(observation, clock, view, i)
    return Proposal(
        LabelSegment(int(view.segments[i]), int(view.seen[i])), float(view.gain_as_seen[i]), seconds
    )


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
    """The radius of similar segments around one that gains most per second.

    Args:
        observation: what the tool shows.
        queries: finds the similar segments.
        clock: prices of actions.
        view: unlabelled segments, M of them.
        centre: index into ``view``.
        label: index of the class.
        value: float (M,), gain of each under the label.
        reach: most neighbors taken.
        floor: least gain per second; where even the best neighbors would not reach it, no radius is sought.

    Returns:
        the proposal; None where the segment has no neighbors or ``floor`` is out of reach.
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
    gain = value[centre] + np.cumsum(value[np.searchsorted(view.segments, found)])  # rows ascend
    seconds = base + (clock.price(gestures.similar(distance, 1)) - base) * np.arange(1, len(gain) + 1)
    last = int((gain / np.maximum(seconds, 1e-9)).argmax())
    return Proposal(LabelNeighbors(segment, last + 1, label), float(gain[last]), float(seconds[last]))


def labelling(
    observation: Observation,
    clock: Clock,
    view: Beliefs,
    wrong: Beliefs,
    *,
    task: str,
    caution: float,
    surface: Surface | None = None,
) -> list[Proposal]:
    """The best box for every class that is labelled, the best click, and the best correction.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        view: unlabelled segments.
        wrong: labelled segments whose label does not look right.
        task: ``"foreground"`` leaves background unlabelled, since it is saved as background anyway.
        caution: how much a wrong thumbnail in a box counts against a right one of the same weight.
        surface: of ``view``, where it is known.

    Returns:
        the proposals in this order; a box or click that does not exist is left out.
    """
    first = 1 if task == "foreground" else 0
    proposals = []
    surface = surface or Surface.of(observation, view)
    for label in np.unique(view.seen[view.seen >= first]).tolist():
        proposals.append(label_box(observation, clock, surface, label, view.gain(label, caution)))
    proposals.append(label_segment(observation, clock, view.select(view.seen >= first)))
    proposals.append(label_segment(observation, clock, wrong))
    return [proposal for proposal in proposals if proposal is not None]
