"""Radii of similar segments under version 2 of the human model: how far to drag is learned from what came along."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from fsannot.annotation.actions import LabelRadius
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import Reader
from fsannot.human import gestures
from fsannot.human.clock import Clock
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, clickable

SHORTEST, FIRST, LONGEST = 10, 40, 400
"""Drags in pixels: nobody drags less than a third of a thumbnail; 400 px are a cosine distance of 0.5."""
TOLERATED = 0.1
"""Share of wrong ones among those that can be read at which the next drag is as long as the last."""
FASTER, SLOWER = 1.5, 0.6
"""The next drag is so many times as long where fewer, or more, were wrong."""


class RadiusDragger:
    """A person who drags radii without seeing beforehand what they will hold.

    The next drag is longer where nearly all that came along was right, and shorter where it was not. How many
    segments come along is expected to be what it was last time, and they are taken to lie near on the canvas.
    """

    def __init__(self) -> None:
        self.pixels, self.expected = FIRST, 4
        self._last: tuple[int, np.ndarray] | None = None

    def proposal(
        self, observation: Observation, clock: Clock, view: Beliefs, centre: int, value: np.ndarray
    ) -> Proposal | None:
        """The radius around one segment.

        Args:
            observation: what the tool shows.
            clock: prices of actions.
            view: unlabelled segments, M of them.
            centre: index into ``view``.
            value: float (M,), gain of each under the label that the segment seems to have.

        Returns:
            the proposal; None where the segment cannot be pointed at.
        """
        assert observation.visible is not None
        one = view.select(np.array([centre]))
        if not len(clickable(observation, one).segments):
            return None
        count = min(self.expected + 1, len(view.segments))
        _, near = cKDTree(view.points).query(view.points[centre], k=np.arange(1, count + 1))
        gain = float(value[centre] + value[near[near != centre]].sum())
        reach = float(np.hypot(*(view.points[centre] - np.array(observation.pointer))))
        width = float(np.sqrt(observation.visible[one.segments[0]]))
        seconds = clock.price(gestures.radius(reach, width, self.pixels, count - 1))
        return Proposal(LabelRadius(int(one.segments[0]), self.pixels, int(one.seen[0])), gain, seconds)

    def accept(self, observation: Observation, action: LabelRadius) -> None:
        """Note that a radius is dragged now.

        Args:
            observation: before it.
            action: what is done.
        """
        self._last = action.label, observation.labels < 0

    def learn(self, observation: Observation, reader: Reader) -> None:
        """Take in what the last drag has labelled, as far as it can be read.

        Args:
            observation: after it.
            reader: the person's eyes.
        """
        if self._last is None:
            return
        (label, before), self._last = self._last, None
        before = np.append(before, np.zeros(len(observation.labels) - len(before), bool))
        new = np.flatnonzero(before & (observation.labels == label))
        self.expected = max(len(new) - 1, 1)
        named = new[reader.name[new] >= 0]
        wrong = float((reader.name[named] != label).mean()) if len(named) else 0.0
        pixels = self.pixels * (FASTER if wrong < TOLERATED else SLOWER if wrong > TOLERATED else 1.0)
        self.pixels = int(min(max(round(pixels), SHORTEST), LONGEST))
