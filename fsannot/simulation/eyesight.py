"""A robot's eyes in a session, made from the error model of a person: it decides the version of the human model."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.reader import Reader
from fsannot.annotation.session import AnnotationSession
from fsannot.annotation.sight import Sight
from fsannot.data.dataset import Dataset
from fsannot.evaluation.truth import GroundTruth
from fsannot.features.segment_extractor import SegmentExtractor
from fsannot.human.confusion import Confusion
from fsannot.human.eyes import Eyes
from fsannot.human.oracle import Oracle
from fsannot.human.perception import Perception

Eyesight = Oracle | Reader
"""What a robot sees by: everything, free of charge (version 1), or what is legible and paid for (version 2)."""


def sight_of(perception: Perception | Confusion, seed: int) -> Sight | None:
    """What a session needs to know of a person's sight.

    Args:
        perception: a ``Confusion`` for version 2 of the human model, a ``Perception`` for version 1.
        seed: of the session.

    Returns:
        a fresh sight under version 2, None under version 1.
    """
    return Sight(seed=seed) if isinstance(perception, Confusion) else None


def eyesight(
    dataset: Dataset,
    truth: GroundTruth,
    session: AnnotationSession,
    perception: Perception | Confusion,
    *,
    seed: int,
    reference: SegmentExtractor | None = None,
) -> Eyesight:
    """The eyes of a robot in a session.

    Args:
        dataset: its classes, and the groups within which errors are shared.
        truth: its ground truth.
        session: made with :func:`sight_of` the same perception.
        perception: the error model.
        seed: of the errors.
        reference: describes what people take for similar; None takes the features of the session.

    Returns:
        an ``Oracle`` under version 1, a ``Reader`` under version 2.
    """
    classes = len(dataset.classes)
    if isinstance(perception, Perception):
        return Oracle(truth.target, session.row_map, classes=classes, perception=perception, seed=seed)
    _, groups = np.unique(np.array(dataset.groups), return_inverse=True)
    eyes = Eyes(
        truth.target,
        session.row_map,
        ReferenceFeatures(session, reference),
        groups=groups.astype(np.int64),
        classes=classes,
        confusion=perception,
        seed=seed,
        recall=session.engine.memory,
    )
    return Reader(eyes, session)


class ReferenceFeatures:
    """Features of segments by which people take them for similar, whatever features the session computes.

    Args:
        session: whose segments they are.
        extractor: of the reference features; None, or one with the fingerprint of the session's own, reads those.
    """

    def __init__(self, session: AnnotationSession, extractor: SegmentExtractor | None) -> None:
        self._session = session
        same = extractor is None or extractor.fingerprint() == session.engine.images.extractor.fingerprint()
        self._extractor = None if same else extractor

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """float (M, D): unit-norm reference features of the living segments in ``rows``, int (M,)."""
        session, extractor = self._session, self._extractor
        if extractor is None:
            return np.asarray(session.features_of(rows))
        state, table = session.state, session.state.table
        found: np.ndarray | None = None
        for image in np.unique(table.image[rows]).tolist():
            here = table.image[rows] == image
            label_map, pixels = state.label_maps[image], session.engine.images.image(image)
            (values,) = extractor.extract([pixels], [label_map], [table.label[rows[here]]])
            if found is None:
                found = np.zeros((len(rows), values.shape[1]), np.float32)
            found[here] = values
        return found if found is not None else np.zeros((0, extractor.dim), np.float32)
