"""The gestures of the tool as elementary acts. Session and robots price a gesture by the same list."""

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
        reach: pixels from where the pointer is to the first corner.
        diagonal: pixels from the first corner to the other.
        gaps: pixels each of the two corners may miss (:func:`~fsannot.human.screen.corner_gaps`).
        thumbnails: how many a person has to check inside.
    """

    reach: float
    diagonal: float
    gaps: tuple[float, float]
    thumbnails: int


def box(gesture: BoxGesture, *, label_changed: bool) -> Operators:
    """Drawing a box, checking its thumbnails, choosing the label if it changed, confirming."""
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
    """Pointing at one thumbnail ``reach`` pixels away, clicking it, one key for its label."""
    return (DECIDE, point(reach, THUMBNAIL), PRESS, keys())


def in_image(clicks: int, labels: int) -> Operators:
    """Clicking segments of the open image one after the other, with a key for each of ``labels`` runs of one label.

    They cost what clicks on objects in an image cost everywhere else, visual search included: no ``decide``.
    """
    return (FIRST_CLICK, further_clicks(clicks - 1), keys(labels))


def similar(reach: float, thumbnails: int) -> Operators:
    """Right-drag from one thumbnail until enough similar ones are in, checking them, one key for the label."""
    return (DECIDE, point(reach, THUMBNAIL), drag(RADIUS_DRAG, THUMBNAIL), glances(thumbnails), keys())


def open_image(reach: float) -> Operators:
    """Double click on a thumbnail ``reach`` pixels away."""
    return (DECIDE, point(reach, THUMBNAIL), PRESS)


def split(reach: float, clicks: int) -> Operators:
    """Opening the segment in its image, ``clicks`` on and off the object, confirming."""
    return (*open_image(reach), FIRST_CLICK, further_clicks(clicks - 1), keys())


def repartition() -> Operators:
    """One value of criterion or threshold tried on one image."""
    return (DECIDE, keys(3))


def label_rest() -> Operators:
    """Two keys."""
    return (DECIDE, keys(2))


def undo() -> Operators:
    """One key, after deciding."""
    return (DECIDE, keys())


def one_key() -> Operators:
    """A key that needs no decision of its own."""
    return (keys(),)
