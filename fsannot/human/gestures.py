"""The gestures of the tool as elementary acts; session and robots price a gesture by the same list."""

from __future__ import annotations

from dataclasses import dataclass

from fsannot.human.operators import (
    BOX,
    DECIDE,
    FIRST_CLICK,
    PRESS,
    Operators,
    drag,
    further_clicks,
    glances,
    keys,
    point,
)

THUMBNAIL = 32.0
"""Side of a thumbnail, pixels: the target when one segment is pointed at."""
RADIUS_DRAG = 200.0
"""Typical drag of the radius of similar segments, pixels."""


@dataclass(frozen=True)
class BoxGesture:
    """What the price of a box depends on.

    Attributes:
        reach: pixels from the pointer to the first corner.
        diagonal: pixels from the first corner to the other.
        gaps: pixels each of the two corners may miss (:func:`~fsannot.human.screen.corner_gaps`).
        thumbnails: number of thumbnails a person checks inside.
    """

    reach: float
    diagonal: float
    gaps: tuple[float, float]
    thumbnails: int


def box(gesture: BoxGesture, *, label_changed: bool) -> Operators:
    """Draw a box, check its thumbnails, choose the label if it changed, confirm.

    Args:
        gesture: what the price depends on.
        label_changed: whether a key chooses another label.

    Returns:
        operators in order.
    """
    return (
        BOX,
        DECIDE,
        point(gesture.reach, gesture.gaps[0]),
        drag(gesture.diagonal, gesture.gaps[1]),
        glances(gesture.thumbnails),
        keys(1 if label_changed else 0),
        keys(),
    )


def one_segment(reach: float) -> Operators:
    """Point at one thumbnail, click it, press one key for its label.

    Args:
        reach: pixels from the pointer to the thumbnail.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, THUMBNAIL), PRESS, keys())


def in_image(clicks: int, labels: int) -> Operators:
    """Click segments of the open image one after the other, with a key for each run of one label.

    They cost what clicks on objects in an image cost everywhere else, visual search included: no ``decide``.

    Args:
        clicks: number of segments, ≥ 1.
        labels: number of runs of one label, ≥ 1.

    Returns:
        operators in order.
    """
    return (FIRST_CLICK, further_clicks(clicks - 1), keys(labels))


def similar(reach: float, thumbnails: int) -> Operators:
    """Drag from one thumbnail until enough similar ones are in, check them, press one key for the label.

    Args:
        reach: pixels from the pointer to the thumbnail.
        thumbnails: number of similar ones to check.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, THUMBNAIL), drag(RADIUS_DRAG, THUMBNAIL), glances(thumbnails), keys())


def open_image(reach: float) -> Operators:
    """Double click on a thumbnail.

    Args:
        reach: pixels from the pointer to the thumbnail.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, THUMBNAIL), PRESS)


def split(reach: float, clicks: int) -> Operators:
    """Open a segment in its image, click on and off the object, confirm.

    Args:
        reach: pixels from the pointer to the thumbnail.
        clicks: number of clicks, ≥ 1.

    Returns:
        operators in order.
    """
    return (*open_image(reach), FIRST_CLICK, further_clicks(clicks - 1), keys())


def repartition() -> Operators:
    """Try one value of criterion or threshold on one image.

    Returns:
        operators in order.
    """
    return (DECIDE, keys(3))


def label_rest() -> Operators:
    """Label all that is left: two keys, after deciding.

    Returns:
        operators in order.
    """
    return (DECIDE, keys(2))


def undo() -> Operators:
    """Take back: one key, after deciding.

    Returns:
        operators in order.
    """
    return (DECIDE, keys())


def one_key() -> Operators:
    """Press a key that needs no decision of its own.

    Returns:
        operators in order.
    """
    return (keys(),)
