"""What an action on the open image would give, before it is confirmed; nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.annotation.checks import check_image, check_segment
from fsannot.annotation.session import AnnotationSession
from fsannot.data.errors import InputError
from fsannot.hierarchy.criteria import CRITERIA
from fsannot.hierarchy.cut import check_threshold
from fsannot.segments.split import split_segment

POSITIONS = 60
"""Of the slider of thresholds."""
MOST_SEGMENTS = 4000
"""Of one image; more would be noise on the canvas."""


def preview_split(
    session: AnnotationSession, segment: int, positive: object, negative: object
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The two parts that clicks would cut a segment into.

    Args:
        session: the session.
        segment: row of the segment.
        positive, negative: ``(y, x)`` pixels, at least one of each.

    Returns:
        header with ``box`` (y0, x0, y1, x1), and ``parts`` uint8 (h, w) of it: 0 = outside, 1 = positive, 2 = negative.

    Raises:
        InputError: no such segment, or clicks that split nothing.
    """
    check_segment(segment, session.state)
    table = session.state.table
    image = int(table.image[segment])
    mask = session.row_map(image) == segment
    part = split_segment(session.engine.images.edge_map(image), mask, pixels(positive), pixels(negative))
    y0, x0, y1, x1 = (int(v) for v in table.bbox[segment])
    parts = np.where(mask, np.where(part, 1, 2), 0).astype(np.uint8)[y0:y1, x0:x1]
    return {"box": [y0, x0, y1, x1]}, {"parts": parts}


def pixels(clicks: object) -> np.ndarray:
    """Clicks of a message as an array.

    Args:
        clicks: ``[[y, x], …]``.

    Returns:
        int64 (k, 2).

    Raises:
        InputError: something else.
    """
    if not isinstance(clicks, list) or not all(
        isinstance(c, list) and len(c) == 2 and all(isinstance(v, int) and not isinstance(v, bool) for v in c)
        for c in clicks
    ):
        raise InputError("clicks are pairs of whole numbers, y and x")
    return np.array(clicks, np.int64).reshape(-1, 2)


def slider(session: AnnotationSession, image: int, criterion: str) -> dict[str, Any]:
    """Thresholds of an image from coarse to fine, about equally many segments finer at each step.

    Args:
        session: the session.
        image: index of a loaded image.
        criterion: name of a criterion.

    Returns:
        ``thresholds``, falling, and ``segments`` of the cut at each.

    Raises:
        InputError: the image is not loaded, or there is no such criterion.
    """
    hierarchy = _hierarchy(session, image, criterion)
    inner = np.sort(hierarchy.altitudes[hierarchy.altitudes > 0])[::-1]  # falling: nodes merge above the cut
    if not len(inner):
        return {"thresholds": [0.0], "segments": [1]}
    counts = np.unique(np.geomspace(1, min(len(inner), MOST_SEGMENTS), POSITIONS).astype(int))
    thresholds = np.unique(inner[counts - 1])[::-1]
    segments = [int((inner > t).sum()) + 1 for t in thresholds]
    return {"thresholds": thresholds.tolist(), "segments": segments}


def preview_cut(
    session: AnnotationSession, image: int, criterion: str, threshold: float
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Where the contours of an image would run.

    Args:
        session: the session.
        image: index of a loaded image.
        criterion: name of a criterion.
        threshold: at which its hierarchy is cut.

    Returns:
        header with the number of ``segments``, and ``contours`` uint8 (H, W), 1 where another segment begins to the
        right or below.

    Raises:
        InputError: the image is not loaded, there is no such criterion, or the threshold is none.
    """
    label_map = _hierarchy(session, image, criterion).cut(check_threshold(threshold))
    contours = np.zeros(label_map.shape, np.uint8)
    contours[:, :-1] |= label_map[:, :-1] != label_map[:, 1:]
    contours[:-1] |= label_map[:-1] != label_map[1:]
    return {"segments": int(label_map.max()) + 1}, {"contours": contours}


def check_finer(session: AnnotationSession, image: int, criterion: str, threshold: float) -> None:
    """Refuse a cut into more segments than a page can hold.

    Args:
        session: the session.
        image: index of a loaded image.
        criterion: name of a criterion.
        threshold: at which its hierarchy is cut.

    Raises:
        InputError: more than ``MOST_SEGMENTS``, or what ``preview_cut`` raises.
    """
    label_map = _hierarchy(session, image, criterion).cut(check_threshold(threshold))
    count = int(label_map.max()) + 1
    if count > MOST_SEGMENTS:
        raise InputError(
            f"threshold={threshold:g} cuts image {image} into {count} segments; at most {MOST_SEGMENTS} are useful"
        )


def _hierarchy(session: AnnotationSession, image: int, criterion: str) -> Any:
    check_image(image, session.state)
    if criterion not in CRITERIA:
        raise InputError(f"criterion={criterion!r}: choose one of {', '.join(sorted(CRITERIA))}")
    return session.engine.images.hierarchy(image, criterion)
