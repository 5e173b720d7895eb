"""Several single clicks decided on in one look."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.actions import LabelSegment
from fsannot.annotation.observation import Observation
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal

OPEN_PER_CLICK = 1000
"""Thumbnails on the canvas for every click decided on in one look: one click in so many changes nothing elsewhere,
and the time to decide on all of them does not grow with the square of their number."""


def click_series(
    observation: Observation,
    clock: Clock,
    views: tuple[Beliefs, ...],
    *,
    floor: float,
    most: int | None = None,
) -> list[Proposal]:
    """The single clicks worth doing one after the other before the canvas is looked at again.

    Args:
        views: segments that may be clicked, to get the class they seem to have.
        floor: least gain per second of each, in images' worth of score.
        most: clicks at the most; by default one for every ``OPEN_PER_CLICK`` thumbnails shown.

    Returns:
        by way, nearest first.
    """
    segments, seen, gain, points = (
        np.concatenate([getattr(view, name) for view in views])
        for name in ("segments", "seen", "certain", "points")
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
            clock.price(gestures.one_segment(reach)),
        )
        if proposal.rate >= floor:
            proposals.append(proposal)
            pointer = points[i]
    return proposals
