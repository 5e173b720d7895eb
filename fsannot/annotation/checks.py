"""Checks of the segments, images, labels and counts an action names."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError


def check_label(label: object, classes: int) -> None:
    """Check that a label exists.

    Args:
        label: index of a class.
        classes: number of classes.

    Raises:
        InputError: not a whole number in [0, ``classes``).
    """
    if not is_index(label, classes):
        raise InputError(f"label={label} does not exist; labels are 0..{classes - 1}")


def check_image(image: object, state: State) -> None:
    """Check that an image is loaded.

    Args:
        image: index of an image.
        state: of the session.

    Raises:
        InputError: not the index of a loaded image.
    """
    if not is_index(image, len(state.label_maps)):
        raise InputError(f"image={image} is not loaded; loaded are 0..{len(state.label_maps) - 1}")


def check_segment(segment: int, state: State) -> None:
    """Check that a segment exists.

    Args:
        segment: row in the session's table.
        state: of the session.

    Raises:
        InputError: not the row of a living segment.
    """
    if not is_index(segment, len(state.table)) or not state.alive[segment]:
        raise InputError(
            f"segment={segment} does not exist; rows of living segments are in observation.alive"
        )


def check_in_image(segments: object, labels: object, image: int | None, state: State) -> None:
    """Check that segments can be clicked in the open image, each for a label.

    Args:
        segments: tuple of rows.
        labels: tuple of class indices, as many.
        image: the open image, or None.
        state: of the session.

    Raises:
        InputError: no image is open; no segment; another number of labels; or a segment that is not a living one of the
            open image, or is named twice.
    """
    if image is None:
        raise InputError("no image is open; OpenImage first")
    if not isinstance(segments, tuple) or not isinstance(labels, tuple) or not segments:
        raise InputError(f"segments={segments!r}, labels={labels!r}: tuples of at least one are needed")
    if len(segments) != len(labels):
        raise InputError(f"{len(segments)} segments and {len(labels)} labels: one label for each is needed")
    for row in segments:
        check_segment(row, state)
        if state.table.image[row] != image:
            raise InputError(f"segment={row} is not in image {image}, the open one")
    if len(set(segments)) < len(segments):
        raise InputError(f"segments={segments}: each is clicked once")


def check_count(count: object, name: str = "count") -> None:
    """Check a number of neighbors or pixels.

    Args:
        count: the number.
        name: of the action's field.

    Raises:
        InputError: not a whole number ≥ 1.
    """
    if not is_index(count, 2**31) or count == 0:
        raise InputError(f"{name}={count!r}: a whole number is needed, at least one")


def is_index(value: object, below: int) -> bool:
    """Whether a value is a whole number in [0, ``below``).

    Args:
        value: anything; a bool is no index.
        below: upper limit, excluded.

    Returns:
        True for Python and NumPy integers in the range.
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(0 <= value < below)
