"""Whether what an action names is there."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError


def check_label(label: object, classes: int) -> None:
    """Raises ``InputError`` where ``label`` is no index of a class."""
    if not is_index(label, classes):
        raise InputError(f"label={label} does not exist; labels are 0..{classes - 1}")


def check_image(image: object, state: State) -> None:
    """Raises ``InputError`` where ``image`` is not loaded."""
    if not is_index(image, len(state.label_maps)):
        raise InputError(f"image={image} is not loaded; loaded are 0..{len(state.label_maps) - 1}")


def check_segment(segment: int, state: State) -> None:
    """Raises ``InputError`` where ``segment`` is no row of a living segment."""
    if not is_index(segment, len(state.table)) or not state.alive[segment]:
        raise InputError(
            f"segment={segment} does not exist; rows of living segments are in observation.alive"
        )


def check_in_image(segments: object, labels: object, image: int | None, state: State) -> None:
    """Whether segments can be clicked in the open image, each for a label.

    Raises:
        InputError: no image is open; no segment; not as many labels; or a segment that is not a living one of the open
            image, or is named twice.
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


def check_count(count: object) -> None:
    """Raises ``InputError`` where ``count`` is not a whole number from 1 on."""
    if not is_index(count, 2**31) or count == 0:
        raise InputError(f"count={count!r}: a whole number is needed, at least one neighbor")


def is_index(value: object, below: int) -> bool:
    """Whether ``value`` is a whole number from 0 on and less than ``below``."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(0 <= value < below)
