"""Labels what the tool is least certain of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fsannot.annotation.actions import LabelSegment, ShowUncertain
from fsannot.annotation.observation import Observation
from fsannot.annotation.reader import Reader
from fsannot.human import gestures
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, clickable


class Uncertainty(Baseline):
    """Active learning by single labels: asks for the most uncertain segment, labels it, asks again.

    It begins with one segment of every class it sees, since uncertainty is disagreement of labels. Background is
    labelled too, and a segment that shows nothing gets the last label, because the tool would highlight it again; for
    foreground that gains nothing by itself. It stops when a segment that may be
    highlighted is expected to gain less than ``min_rate``.

    Args:
        min_rate, budget: as for every ``Baseline``.
    """

    name = "uncertainty"

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        if not len(view.segments):
            return None
        if isinstance(self.oracle, Reader):
            view = self._highlight_read(self.oracle, observation, view)
            if not len(view.segments):
                return None
        gain = np.where(view.seen >= self.first_class, view.gain_as_seen, 0.0)
        reach = np.hypot(*(view.points - np.array(observation.pointer)).T)
        given = np.unique(observation.labels[observation.alive & (observation.labels >= 0)])
        new = (view.seen >= 0) & ~np.isin(view.seen, given)
        shown = view.segments == observation.highlight
        if new.any():
            pick = int(np.where(new, gain, -1.0).argmax())
        elif shown.any():
            pick = int(shown.argmax())
        else:
            seconds = self.clock.key + self.clock.price(gestures.one_segment(float(reach.mean())))
            return Proposal(ShowUncertain(), float(gain.mean()), seconds)
        label = int(view.seen[pick]) if view.seen[pick] >= 0 else observation.last_label or 0
        expected = max(float(gain[pick]), float(gain.mean()))
        return Proposal(
            LabelSegment(int(view.segments[pick]), label),
            expected,
            self.clock.price(gestures.one_segment(float(reach[pick]))),
        )

    @staticmethod
    def _highlight_read(reader: Reader, observation: Observation, view: Beliefs) -> Beliefs:
        """What can be clicked, with the highlighted segment read where it shows enough."""
        pointed = np.flatnonzero((view.segments == observation.highlight) & ~view.read)
        if len(pointed) and observation.readable[view.segments[pointed[0]]]:
            name, _ = reader.look(view.segments[pointed])
            seen, read = view.seen.copy(), view.read.copy()
            seen[pointed], read[pointed] = name, True
            view = replace(view, seen=seen, read=read)
        return clickable(observation, view)
