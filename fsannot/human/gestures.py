"""The gestures of the tool as elementary acts; session and robots price a gesture by the same list."""

from __future__ import annotations

from dataclasses import dataclass

from fsannot.human.operators import (
    BOX,
    DECIDE,
    FIRST_CLICK,
    HOVER,
    INSPECT,
    PRESS,
    Operators,
    drag,
    further_clicks,
    keys,
    looks,
    point,
)

THUMBNAIL = 32.0
"""Side of a thumbnail, pixels: the target when one segment is pointed at."""
RADIUS_DRAG = 200.0
"""Typical drag of the radius of similar segments, pixels."""
RADIUS_WIDTH = 8.0
"""Width of the place where such a drag ends, pixels (HUMAN.md §3)."""
RADIUS_DISTANCE = 0.5 / 400
"""Cosine distance that one pixel of the drag adds to the radius (HUMAN.md §3)."""


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
        looks(gesture.thumbnails),
        keys(1 if label_changed else 0),
        keys(),
    )


def one_segment(reach: float, width: float = THUMBNAIL) -> Operators:
    """Point at one thumbnail, click it, press one key for its label.

    Args:
        reach: pixels from the pointer to the thumbnail.
        width: of what is visible of it, pixels.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, width), PRESS, keys())


def hover(reach: float, width: float) -> Operators:
    """Point at one thumbnail and read it, shown large and in its image.

    Args:
        reach: pixels from the pointer to the thumbnail.
        width: of what is visible of it, pixels.

    Returns:
        operators in order.
    """
    return (point(reach, width), HOVER)


def in_searched_image(clicks: int, labels: int) -> Operators:
    """Click segments of the open image, whose search was paid when it was opened.

    Args:
        clicks: number of segments, ≥ 1.
        labels: number of runs of one label, ≥ 0.

    Returns:
        operators in order.
    """
    return (further_clicks(clicks), keys(labels))


def split_in_searched_image(clicks: int, labels: int) -> Operators:
    """Click on and off the object in the open image, confirm the cut, choose a label.

    Args:
        clicks: number of clicks, ≥ 1.
        labels: 1 where the positive part gets a label, else 0.

    Returns:
        operators in order.
    """
    return (further_clicks(clicks), keys(1 + labels))


def open_and_search(reach: float, width: float) -> Operators:
    """Double click on a thumbnail, and search the image that opens.

    Args:
        reach: pixels from the pointer to the thumbnail.
        width: of what is visible of it, pixels.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, width), PRESS, PRESS, INSPECT)


def zoom(gesture: BoxGesture, *, again: bool) -> Operators:
    """Draw the box that shall fill the canvas.

    Args:
        gesture: what the price depends on; nothing is checked inside.
        again: whether the last action was a zoom too, which needs no decision of its own.

    Returns:
        operators in order.
    """
    decide = () if again else (DECIDE,)
    return (*decide, point(gesture.reach, gesture.gaps[0]), drag(gesture.diagonal, gesture.gaps[1]))


def radius(reach: float, width: float, pixels: float, thumbnails: int) -> Operators:
    """Drag from one thumbnail a chosen way, check what comes in, press one key for the label.

    Args:
        reach: pixels from the pointer to the thumbnail.
        width: of what is visible of it, pixels.
        pixels: length of the drag.
        thumbnails: number of similar ones to check.

    Returns:
        operators in order.
    """
    return (DECIDE, point(reach, width), drag(pixels, RADIUS_WIDTH), looks(thumbnails), keys())


def grid() -> Operators:
    """Lay thumbnails out without overlap: one key, after deciding.

    Returns:
        operators in order.
    """
    return (DECIDE, keys())


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
    return (DECIDE, point(reach, THUMBNAIL), drag(RADIUS_DRAG, THUMBNAIL), looks(thumbnails), keys())


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
