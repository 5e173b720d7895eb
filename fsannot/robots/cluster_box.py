"""Finds clusters on the canvas and draws a box around one after the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN

from fsannot.annotation.actions import LabelBox
from fsannot.annotation.observation import Observation
from fsannot.annotation.queries import Queries
from fsannot.annotation.reader import Reader
from fsannot.data.errors import InputError
from fsannot.human.clock import Clock
from fsannot.human.oracle import Oracle
from fsannot.human.screen import inside
from fsannot.robots.baseline import Baseline
from fsannot.robots.beliefs import Beliefs
from fsannot.robots.proposals import Proposal, box_seconds, label_segment

TRIED = 24
"""Number of clusters, best by their own members, whose boxes are evaluated with all that lies inside."""


class ClusterBox(Baseline):
    """Draws boxes around density clusters (DBSCAN, Ester et al., KDD 1996) at several radii.

    The label is the class with most weight in the cluster; everything else in the box counts against it.
    Thumbnails outside clusters, and labels that look wrong, get single clicks.

    Args:
        min_rate, budget: as for every ``Baseline``.
        caution: how much a wrong thumbnail in the box counts against a right one of the same weight.
        radii: of neighborhoods, in multiples of the median distance to the ``min_points``-th thumbnail; > 0.
        min_points: thumbnails a neighborhood must hold to be dense; ≥ 2.

    Raises:
        InputError: no radius, a radius that is not positive, fewer than 2 points, or what ``Baseline`` refuses.
    """

    name = "cluster_box"

    def __init__(
        self,
        *,
        min_rate: float = 1e-3,
        budget: float | None = None,
        caution: float = 2.0,
        radii: Sequence[float] = (2.0, 1.0, 0.5),
        min_points: int = 5,
    ) -> None:
        super().__init__(min_rate=min_rate, budget=budget)
        if not radii or min(radii) <= 0 or min_points < 2:
            raise InputError(
                f"robot.radii={list(radii)}, robot.min_points={min_points}: positive radii and at least 2 points"
            )
        self.caution, self.radii, self.min_points = caution, tuple(radii), min_points

    def begin(self, oracle: Oracle | Reader, queries: Queries, *, clock: Clock, task: str, seed: int) -> None:
        super().begin(oracle, queries, clock=clock, task=task, seed=seed)
        self._canvas = np.zeros((0, 2), np.float32)

    def proposal(self, observation: Observation, view: Beliefs, wrong: Beliefs) -> Proposal | None:
        if not np.array_equal(self._canvas, observation.canvas):  # a layout is clustered once
            self._canvas, self._clusters = observation.canvas, self._find(observation)
        wanted = view.select(view.seen >= self.first_class)
        proposals = [label_segment(observation, self.clock, v) for v in (wanted, wrong)]
        for clusters in self._clusters:
            proposals += self._boxes(observation, view, clusters[view.segments])
        return max((o for o in proposals if o is not None), key=lambda proposal: proposal.rate, default=None)

    def _find(self, observation: Observation) -> list[np.ndarray]:
        """int (N,) for each radius: cluster of every row, −1 = none."""
        rows = np.flatnonzero(observation.shown)
        points = observation.canvas[rows]
        k = min(self.min_points, len(rows))
        spacing = float(np.median(cKDTree(points).query(points, k=[k])[0])) if k else 0.0
        found = []
        for radius in self.radii:
            clusters = np.full(len(observation.table), -1)
            if spacing > 0:
                clusters[rows] = DBSCAN(eps=radius * spacing, min_samples=k).fit_predict(points)
            found.append(clusters)
        return found

    def _boxes(self, observation: Observation, view: Beliefs, cluster: np.ndarray) -> list[Proposal]:
        """Boxes around the unlabelled members of the clusters that look best."""
        named = (cluster >= 0) & (view.seen >= 0)
        if not named.any():
            return []
        classes = len(observation.classes)
        code = cluster[named] * classes + view.seen[named]
        weight = np.bincount(code, view.gain_as_seen[named], (cluster.max() + 1) * classes).reshape(
            -1, classes
        )
        label = weight.argmax(1)
        score = np.where(label >= self.first_class, 2 * weight.max(1) - weight.sum(1), 0.0)
        proposals = []
        for i in np.argsort(-score, kind="stable")[:TRIED].tolist():
            if score[i] <= 0:
                break
            members = view.points[cluster == i]
            (x0, y0), (x1, y1) = members.min(0).tolist(), members.max(0).tolist()
            within = np.flatnonzero(inside(view.points, (x0, y0, x1, y1)))
            certain = view.gain_as_seen[within]
            gain = np.where(view.seen[within] == label[i], certain, -self.caution * np.abs(certain)).sum()
            seconds = box_seconds(observation, self.clock, view, (x0, y0, x1, y1))
            seconds += self.clock.key if label[i] != observation.last_label else 0.0
            proposals.append(Proposal(LabelBox((x0, y0, x1, y1), int(label[i])), float(gain), seconds))
        return proposals
