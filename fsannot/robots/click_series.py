"""Several single clicks that are planned in one look."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, clickable

OPEN_PER_CLICK = 1000
"""Thumbnails on the canvas for every click planned in one look: one click among so many changes little elsewhere,
and the time to plan all clicks does not grow with the square of their number."""


def click_series(
    observation: Observation,
    clock: Clock,
    views: tuple[Beliefs, ...],
    *,
    floor: float,
    most: int | None = None,
) -> list[Proposal]:
    """Single clicks to make one after the other before the canvas is looked at again.

    Args:
        observation: what the tool shows.
        clock: prices of actions.
        views: beliefs about segments that may be clicked, to get the class they seem to have.
        floor: least gain per second of each click, in image scores.
        most: most clicks; by default one for every ``OPEN_PER_CLICK`` thumbnails shown.

    Returns:
        in the order of the pointer's way, always to the nearest.
    """
    views = tuple(clickable(observation, view) for view in views)
    segments, seen, gain, points = (
        np.concatenate([getattr(view, name) for view in views])
        for name in ("segments", "seen", "gain_as_seen", "points")
    )
    most = int(observation.shown.sum()) // OPEN_PER_CLICK if most is None else most
    left = np.argsort(-gain, kind="stable")[:most]
    proposals: list[Proposal] = []
    pointer = np.array(observation.pointer)
    while len(left):
        distance = np.hypot(*(points[left] - pointer).T)
        nearest = int(distance.argmin())
        i, reach = int(left[nearest]), float(distance[nearest])
        left = np.delete(left, nearest)
        proposal = Proposal(
            LabelSegment(int(segments[i]), int(seen[i])),
            float(gain[i]),
            clock.price(gestures.one_segment(reach, _width(observation, int(segments[i])))),
        )
        if proposal.rate >= floor:
            proposals.append(proposal)
            pointer = points[i]
    return proposals


def _width(observation: Observation, segment: int) -> float:
    visible = observation.visible
    return gestures.THUMBNAIL if visible is None else float(np.sqrt(visible[segment]))
