"""Changing the partition of one image: which segments stay, and what new ones inherit."""

from __future__ import annotations

import numpy as np

from fsannot.annotation.state import State
from fsannot.data.errors import InputError
from fsannot.hierarchy.cut import Hierarchy
from fsannot.segments.parts import refine
from fsannot.segments.relabel import repartition
from fsannot.segments.split import split_segment


def with_refined(state: State, image: int, members: np.ndarray, finer: Hierarchy, threshold: float) -> State:
    """Replace segments of one image by their parts in its hierarchy; the parts inherit the labels.

    Args:
        state: before the change.
        image: index of the image.
        members: int (M,), rows of segments of the image.
        finer: the image's hierarchy.
        threshold: at which it is cut, on the scale of its criterion.

    Returns:
        the state after the change.
    """
    label_map, parents = refine(state.label_maps[image], state.table.label[members], finer.cut(threshold))
    return _with_parts(state, image, label_map, parents)


def with_split(
    state: State, segment: int, edge_map: np.ndarray, positive: object, negative: object
) -> tuple[State, int]:
    """Cut one segment in two by clicks on its image.

    Args:
        state: before the change.
        segment: row of the segment.
        edge_map: float32 (H, W) in [0, 1], of its image.
        positive, negative: ``(y, x)`` pixels, at least one of each.

    Returns:
        the state after the change, and the row of the positive part.

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
    """Replace the partition of one image. Segments with the same pixels keep their rows and numbers; the others start
    unlabelled.

    Args:
        state: before the change.
        image: index of the image.
        label_map: int32 (H, W), the new partition, labels from 0.

    Returns:
        the state after the change.
    """
    label_map, changed = repartition(state.label_maps[image], label_map)
    kept = np.full(int(label_map.max()) + 1, -1, np.int32)
    same = np.setdiff1d(np.unique(label_map), changed)
    kept[same] = state.rows[image][same]
    return state.with_partition(image, label_map, kept, np.full(len(kept), -1, np.int16))


def _with_parts(state: State, image: int, label_map: np.ndarray, replaced: dict[int, int]) -> State:
    """A partition in which parts replace some segments; ``replaced``: part → label of the segment it was in."""
    rows = state.rows[image]
    kept = np.full(int(label_map.max()) + 1, -1, np.int32)
    inherited = np.full(len(kept), -1, np.int16)
    old = np.setdiff1d(np.unique(label_map), list(replaced))
    kept[old] = rows[old]
    for part, label in replaced.items():
        inherited[part] = state.labels[rows[label]]
    return state.with_partition(image, label_map, kept, inherited)


def _pixels(clicks: object) -> np.ndarray:
    """Clicks as an array; ``split_segment`` checks shape and place."""
    try:
        return np.array(clicks)
    except ValueError as error:
        raise InputError(f"split: clicks {clicks!r} are not pixels (y, x)") from error
