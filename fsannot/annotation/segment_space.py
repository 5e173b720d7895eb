"""Features, learned embedding and main projection of the segments in a session's table."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.engine import Engine
from fsannot.annotation.segment_source import SessionSegments
from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.features.rows import FeatureRows, Features
from fsannot.metric_learning.learner import Embedding
from fsannot.projection.neighborhoods import Neighborhoods
from fsannot.projection.placement import NEIGHBORS, beside


class SegmentSpace:
    """Features, embedding and layout; row i here is row i of the table, dead segments included.

    Args:
        engine: computes embeddings, neighbors and layouts.

    Attributes:
        layout: float32 (n ≤ N, 2), main projection in its own units; rows from n on are not placed yet.
        metric: the learned embedding, or None before the first learning.
        lesson: int16 (n,), labels the metric was learned from, −1 = unlabelled; empty before the first learning.
        learned: how often the metric was learned.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.layout = np.zeros((0, 2), np.float32)
        self.metric: Embedding | None = None
        self.lesson = np.zeros(0, np.int16)
        self.learned = 0
        self._features: FeatureRows | None = None
        self._hoods: Neighborhoods | None = None

    @property
    def features(self) -> FeatureRows:
        """Features of all rows as the backbone gave them, (N, D).

        Raises:
            InputError: the session has not begun.
        """
        if self._features is None:
            raise InputError("the session has not begun; call reset()")
        return self._features

    @property
    def neighborhoods(self) -> Neighborhoods:
        """Nearest neighbors in the embedding of all rows.

        Raises:
            InputError: the session has not begun.
        """
        if self._hoods is None:
            raise InputError("the session has not begun; call reset()")
        return self._hoods

    def restore(self, features: FeatureRows, embedding: FeatureRows) -> None:
        """Take over saved features and embedding instead of computing them.

        Args:
            features: (N, D), as the backbone gave them.
            embedding: (N, d), by the learned metric; the features where nothing was learned.
        """
        self._features = features
        self._hoods = self.engine.neighborhoods(embedding)

    def extend(self, blocks: list[np.ndarray], state: State) -> None:
        """Add the newest rows of the table; they have no place yet.

        Args:
            blocks: float (n, D) per image or part of one, unit-norm rows; together the newest rows in order.
            state: with the new rows in its table.
        """
        new = FeatureRows(blocks)
        self._features = new if self._features is None else self._features.extended(blocks)
        embedded: Features = new
        if self.metric is not None:
            stop = len(self._features)
            segments = SessionSegments(self.engine.images, state, stop - len(new), stop)
            embedded = self.metric.embed(new, segments)
        if self._hoods is None:
            self._hoods = self.engine.neighborhoods(embedded)
        else:
            self._hoods.extend(embedded)

    def lay_out(self, labels: np.ndarray) -> None:
        """Compute the first layout, of all rows.

        Args:
            labels: int16 (N,), −1 = unlabelled.
        """
        hoods = self.neighborhoods
        hoods.settle()
        self.layout = self.engine.project(hoods.features, labels, None, hoods.table)

    def place_new(self) -> None:
        """Place rows that have no place yet next to their nearest neighbors; no other row moves."""
        hoods, placed = self.neighborhoods, len(self.layout)
        candidates = np.arange(len(hoods.features)) < placed
        new = np.flatnonzero(~candidates)
        places = beside(*hoods.nearest(new, candidates, min(NEIGHBORS, placed)), self.layout)
        self.layout = np.concatenate([self.layout, places])

    def refit(self, state: State) -> None:
        """Project the living rows again, starting from their places.

        Args:
            state: of the session.
        """
        hoods, members = self.neighborhoods, np.flatnonzero(state.alive)
        hoods.settle()
        init, self.layout = self.layout, self.layout.copy()
        self.layout[members] = self.engine.project(
            hoods.rows(members), state.labels[members], init[members], lambda k: hoods.among(members, k)
        )

    def project_locally(self, members: np.ndarray) -> np.ndarray:
        """Project some rows on their own; the main layout stays.

        Args:
            members: int (M,), rows.

        Returns:
            float32 (M, 2), in units of the local projector.
        """
        hoods = self.neighborhoods
        return self.engine.project_locally(hoods.rows(members), lambda k: hoods.among(members, k))

    def learn(self, state: State) -> None:
        """Learn a metric from the labels of living segments and embed all rows by it; no place changes.

        Args:
            state: of the session.

        Raises:
            InputError: labels of fewer than two classes; everything is as before.
        """
        lesson = np.where(state.alive, state.labels, -1).astype(np.int16)
        if len(np.unique(lesson[lesson >= 0])) < 2:
            raise InputError(
                "learning needs segments of at least two classes; label some of another class first"
            )
        self.metric, embedding = self._fit_metric(lesson, state, self.learned)
        self._hoods = self.engine.neighborhoods(embedding)
        self.lesson = lesson
        self.learned += 1

    def learn_again(self, lesson: np.ndarray, state: State) -> None:
        """Learn the last metric again after resuming; the rows are embedded by it already. Adds no machine seconds.

        Args:
            lesson: int16 (n,), the labels it was learned from, −1 = unlabelled.
            state: of the session.
        """
        before = self.engine.seconds
        self.metric, _ = self._fit_metric(lesson, state, self.learned - 1)
        self.lesson = lesson
        self.engine.seconds = before  # it was paid for when it was given

    def _fit_metric(self, lesson: np.ndarray, state: State, round_: int) -> tuple[Embedding, Features]:
        """Metric learned from labels (n ≤ N,) of the first n rows, and those rows in it."""
        rows = np.arange(len(lesson))
        segments = SessionSegments(self.engine.images, state, 0, len(rows))
        return self.engine.learn(self.features.select(rows), lesson, segments, round_)

    def similar(self, segment: int, candidates: np.ndarray, k: int) -> np.ndarray:
        """The segments most similar to one.

        Args:
            segment: row of the segment.
            candidates: int (M,), rows to choose from; the segment itself is left out.
            k: number of segments.

        Returns:
            int64 (≤ k,), rows, most similar first.
        """
        candidates = candidates[candidates != segment]
        if not len(candidates) or k < 1:
            return candidates[:0]
        among = np.zeros(len(self.features), bool)
        among[candidates] = True
        index, _ = self.neighborhoods.nearest(np.array([segment]), among, min(k, len(candidates)))
        return index[0].astype(np.int64)

    def within(self, segment: int, candidates: np.ndarray, distance: float) -> np.ndarray:
        """The segments within a radius of one.

        Args:
            segment: row of the segment.
            candidates: int (M,), rows to choose from; the segment itself is left out.
            distance: cosine distance in the embedding, ≥ 0.

        Returns:
            int64 (≤ M,), rows, ascending.
        """
        candidates = candidates[candidates != segment]
        rows = self.neighborhoods.rows
        centre = np.asarray(rows(np.array([segment]))[:], np.float32)[0]
        found = []
        for start in range(0, len(candidates), 8192):
            chunk = candidates[start : start + 8192]
            similarity = (np.asarray(rows(chunk)[:], np.float32) * centre).sum(1)
            found.append(chunk[similarity >= 1.0 - distance])
        return np.concatenate(found).astype(np.int64) if found else candidates.astype(np.int64)

    def most_uncertain(self, state: State, classes: int, k: int = 15) -> int | None:
        """The unlabelled segment with the highest entropy of its most similar labelled segments' labels.

        Args:
            state: of the session.
            classes: number of classes.
            k: number of labelled segments that are compared.

        Returns:
            row of the segment; None where no segment is labelled, or none is unlabelled.
        """
        given = state.alive & (state.labels >= 0)
        open_ = np.flatnonzero(state.alive & (state.labels < 0))
        if not given.any() or not len(open_):
            return None
        index, similarity = self.neighborhoods.nearest(open_, given, min(k, int(given.sum())))
        weight = np.maximum(similarity, 0) + 1e-6
        share = np.zeros((len(open_), classes))
        np.add.at(share, (np.arange(len(open_))[:, None], state.labels[index]), weight)
        share /= share.sum(1, keepdims=True)
        entropy = -(share * np.log(np.maximum(share, 1e-12))).sum(1)
        return int(open_[entropy.argmax()])
