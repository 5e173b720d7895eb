"""Another partition of one image: which segments it keeps, and what new ones inherit."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.hierarchy.cut import Hierarchy
from fsannot.segments.parts import refine
from fsannot.segments.relabel import carry_labels
from fsannot.segments.split import split_segment


def with_refined(state: State, image: int, members: np.ndarray, finer: Hierarchy, threshold: float) -> State:
    """The rows ``members`` of an image replaced by their parts in its hierarchy, which inherit their labels."""
    label_map, parents = refine(state.label_maps[image], state.table.label[members], finer.cut(threshold))
    return _with_parts(state, image, label_map, parents)


def with_split(
    state: State, segment: int, edge_map: np.ndarray, positive: object, negative: object
) -> tuple[State, int]:
    """One segment cut in two by clicks, ``(y, x)`` pixels of its image.

    Returns:
        the state, and the row of the positive part.

    Raises:
        InputError: clicks that are no pixels, lie outside the segment, or are on one side only.
    """
    image, label = int(state.table.image[segment]), int(state.table.label[segment])
    old = state.label_maps[image]
    mask = old == label
    part = split_segment(edge_map, mask, _pixels(positive), _pixels(negative))
    first = int(old.max()) + 1
    label_map = old.copy()
    label_map[mask] = first + 1
    label_map[part] = first
    state = _with_parts(state, image, label_map, {first: label, first + 1: label})
    return state, int(state.rows[image][first])


def with_new_cut(state: State, image: int, label_map: np.ndarray) -> State:
    """An image partitioned anew; segments whose pixels stay the same keep their rows, the others have no label."""
    same = carry_labels(state.label_maps[image], label_map)
    kept = np.where(same >= 0, state.rows[image][np.maximum(same, 0)], -1).astype(np.int32)
    return state.with_partition(image, label_map, kept, np.full(len(kept), -1, np.int16))


def _with_parts(state: State, image: int, label_map: np.ndarray, replaced: dict[int, int]) -> State:
    """A partition in which some segments gave way to parts; ``replaced``: part → label of what it was in."""
    rows = state.rows[image]
    kept = np.full(int(label_map.max()) + 1, -1, np.int32)
    inherited = np.full(len(kept), -1, np.int16)
    old = np.setdiff1d(np.unique(label_map), list(replaced))
    kept[old] = rows[old]
    for part, label in replaced.items():
        inherited[part] = state.labels[rows[label]]
    return state.with_partition(image, label_map, kept, inherited)


def _pixels(clicks: object) -> np.ndarray:
    """Clicks as an array; what shape and place they must have is the split's to say."""
    try:
        return np.array(clicks)
    except ValueError as error:
        raise InputError(f"split: clicks {clicks!r} are not pixels (y, x)") from error
