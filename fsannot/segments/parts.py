"""Segments replaced by their parts in a finer partition."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from skimage.measure import label as connected_components

from fsannot.data.errors import InputError
from fsannot.segments.label_map import check_label_map, first_free_label


def refine(
    label_map: np.ndarray, labels: Iterable[int], finer_cut: np.ndarray, first_label: int | None = None
) -> tuple[np.ndarray, dict[int, int]]:
    """Replace segments by the connected pieces of their intersection with a finer cut.

    Args:
        label_map: int (H, W), labels ≥ 0, −1 = no segment; left as it is.
        labels: segments to replace. One that has a single part stays as it is, under its own label.
        finer_cut: int (H, W), any partition of the same image.
        first_label: label of the first part, above every label in use; by default the map's maximum + 1.

    Returns:
        the new map, int32 (H, W), and ``{part: replaced label}``; parts are numbered by rising replaced
        label, then in row-major order of first pixel.

    Raises:
        InputError: maps that differ in size, a label that is not in the map, a first label already in use.

    Example:
        >>> refine(np.zeros((1, 4), np.int32), [0], np.array([[0, 0, 1, 1]]))
        (array([[1, 1, 2, 2]], dtype=int32), {1: 0, 2: 0})
    """
    check_label_map(label_map)
    check_label_map(finer_cut, shape=label_map.shape, what="finer cut")
    replaced = np.unique(np.fromiter(labels, np.int64))
    start = first_free_label(label_map, first_label)
    chosen = np.isin(label_map, replaced)
    present = np.unique(label_map[chosen])
    if len(present) != len(replaced) or (len(replaced) and replaced[0] < 0):
        raise InputError(f"segments {np.setdiff1d(replaced, present[present >= 0])} are not in the label map")
    result = label_map.astype(np.int32)
    if not len(replaced):
        return result, {}

    ys, xs = np.flatnonzero(chosen.any(1)), np.flatnonzero(chosen.any(0))
    box = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    chosen = chosen[box]
    # one value for each pair (segment, segment of the finer cut); 0 is outside
    pair = np.zeros(chosen.shape, np.int64)
    pair[chosen] = (
        2 + label_map[box][chosen].astype(np.int64) * (int(finer_cut.max()) + 2) + finer_cut[box][chosen]
    )
    components = connected_components(pair, background=0, connectivity=1)[chosen] - 1
    first = np.unique(components, return_index=True)[1]  # a component's first pixel in row-major order
    parent = label_map[box][chosen][first]
    many = np.bincount(np.searchsorted(replaced, parent), minlength=len(replaced)) > 1
    divided = many[np.searchsorted(replaced, parent)]
    order = np.lexsort((first, parent))
    order = order[divided[order]]
    value = parent.astype(np.int32)
    value[order] = start + np.arange(len(order), dtype=np.int32)
    result[box][chosen] = value[components]
    return result, {int(value[i]): int(parent[i]) for i in order}
