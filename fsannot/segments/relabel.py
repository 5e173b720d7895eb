"""Labels kept when one image is partitioned anew."""

from __future__ import annotations

import numpy as np

from fsannot.segments.label_map import check_label_map, first_free_label


def carry_labels(old_map: np.ndarray, new_map: np.ndarray) -> np.ndarray:
    """For each new label the old one of a segment with exactly the same pixels.

    Args:
        old_map: int (H, W), labels ≥ 0, −1 = no segment.
        new_map: int (H, W), likewise.

    Returns:
        int32 (max of ``new_map`` + 1,), indexed by new label: the old label, or −1 where the segment changed
        or the label does not occur.

    Raises:
        InputError: maps that differ in size or are no label maps.

    Example:
        >>> carry_labels(np.array([[7, 7, 3, 3]]), np.array([[0, 0, 1, 2]]))
        array([ 7, -1, -1], dtype=int32)
    """
    check_label_map(old_map)
    check_label_map(new_map, shape=old_map.shape, what="new label map")
    inside = new_map >= 0
    new, old = new_map[inside].astype(np.intp), old_map[inside].astype(np.int32)
    count = int(new_map.max()) + 1
    candidate = np.full(count, -1, np.int32)
    candidate[new] = old  # any pixel's old label will do: a kept segment has but one
    area = np.bincount(new, minlength=count)
    agreeing = np.bincount(new[candidate[new] == old], minlength=count)
    old_area = np.bincount(old_map[old_map >= 0], minlength=int(old_map.max()) + 1)
    kept = (candidate >= 0) & (area > 0) & (agreeing == area)
    kept[kept] = old_area[candidate[kept]] == area[kept]
    return np.where(kept, candidate, np.int32(-1))


def repartition(
    old_map: np.ndarray, new_cut: np.ndarray, first_label: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """``new_cut`` with the numbers of the segments it shares with ``old_map``.

    Args:
        old_map: int (H, W), labels ≥ 0, −1 = no segment.
        new_cut: int (H, W) ≥ 0, a partition of the same image.
        first_label: label of the first changed segment, above every label in use; by default the old map's
            maximum + 1.

    Returns:
        the new map, int32 (H, W), and the labels of the changed segments, int32 (k,), rising; a changed
        segment never takes the number of an old one.

    Raises:
        InputError: maps that differ in size, a first label already in use.
    """
    start = first_free_label(old_map, first_label)
    number = carry_labels(old_map, new_cut)
    occurs = np.bincount(new_cut[new_cut >= 0], minlength=len(number)) > 0
    changed = np.flatnonzero(occurs & (number < 0))
    fresh = start + np.arange(len(changed), dtype=np.int32)
    number[changed] = fresh
    return np.append(number, np.int32(-1))[new_cut], fresh  # −1 finds the last entry, itself
