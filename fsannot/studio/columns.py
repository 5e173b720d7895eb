"""The screen as the page holds it: columns of all segments, and what an action changed of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from fsannot.human.legibility import session_order
from fsannot.studio.screen import Screen

Columns = dict[str, np.ndarray]


def whole_screen(now: Screen, seed: int) -> tuple[dict[str, Any], Columns]:
    """All that the page needs to draw a screen.

    Args:
        now: the screen.
        seed: of the session; decides which thumbnail lies on top.

    Returns:
        header and columns of a frame.
    """
    columns = _born(now, 0)
    columns |= {"labels": now.labels, "flags": _flags(now), "points": now.points, "order": _order(now, seed)}
    return {"whole": True, "first": 0, **now.numbers}, columns


def changes(before: Screen, now: Screen, seed: int) -> tuple[dict[str, Any], Columns]:
    """What an action changed; the page applies it to the screen it had.

    Labels and flags come as rows and values, places and order as a whole where they changed.

    Args:
        before, now: screens around the action.
        seed: of the session.

    Returns:
        header and columns of a frame.
    """
    old, count = len(before.table), len(now.table)
    columns: Columns = {}
    if count > old:
        columns |= _born(now, old)
        columns["order"] = _order(now, seed)
    labels = np.flatnonzero(before.labels != now.labels[:old])
    columns |= {"label_rows": labels.astype(np.int32), "label_values": now.labels[labels]}
    if count > old:
        columns["born_labels"] = now.labels[old:]
    was, is_now = _flags(before), _flags(now)
    flags = np.concatenate([np.flatnonzero(was != is_now[:old]), np.arange(old, count)])
    columns |= {"flag_rows": flags.astype(np.int32), "flag_values": is_now[flags]}
    if before.points is not now.points:
        columns["points"] = now.points
    return {"whole": False, "first": old, **now.numbers}, columns


def _born(now: Screen, first: int) -> Columns:
    """Columns that never change, of the rows from ``first`` on."""
    table = now.table
    return {
        "image": table.image[first:].astype(np.int32),
        "area": table.area[first:].astype(np.int32),
        "bbox": table.bbox[first:].astype(np.int32),
    }


def _flags(now: Screen) -> np.ndarray:
    """uint8 (N,): 1 = on the canvas, 2 = alive."""
    return now.shown.astype(np.uint8) + 2 * now.alive.astype(np.uint8)


def _order(now: Screen, seed: int) -> np.ndarray:
    """int32 (N,), rows from the bottom to the top, before labels are looked at."""
    return session_order(np.arange(len(now.table)), seed=seed).astype(np.int32)
