"""How often each constant of the clock was spent in a trace: human seconds are linear in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fsannot.annotation.actions import (
    CloseImage,
    FocusBox,
    GridBox,
    LabelInImage,
    LabelNeighbors,
    LabelRadius,
    LabelSegment,
    OpenImage,
    RefineBox,
    Situation,
    Split,
    Zoom,
)
from fsannot.annotation.trace import TraceStep
from fsannot.human.gestures import BoxGesture


def count_operators(trace: Iterable[TraceStep], *, sight: bool = False) -> dict[str, float]:
    """Count how often each constant of the clock was spent; its seconds in the trace are the count times its value.

    Looks are those before actions, and those in labelled boxes and radii, where the trace tells their number. Under
    version 2 of the human model a box charges what is legible in it, which the trace does not tell: all it labelled is
    counted, so that looks are at most as many.

    Args:
        trace: steps of one session.
        sight: whether the session was of version 2 of the human model.

    Returns:
        count by the constant of ``Clock``: ``decide``, ``key``, ``press``, ``look``, ``hover``, ``inspect``,
        ``first_click``, ``further_click``, ``box`` (boxes drawn), and ``point`` and ``drag`` for the constant terms of
        Fitts' law (for ``point`` at its floor: the floor). Constants that were not spent are left out.
    """
    count: Counter[str] = Counter()
    last: int | None = None
    open_ = zoomed = False
    for step in trace:
        action = step.action
        label = action.labels[-1] if isinstance(action, LabelInImage) else getattr(action, "label", None)
        unseen = isinstance(
            action, RefineBox | FocusBox | GridBox
        )  # thumbnails in the box are not in the trace
        radius = action.count if isinstance(action, LabelNeighbors) else step.changed - 1
        clicked = open_ and isinstance(action, LabelInImage | LabelSegment | Split)
        situation = Situation(
            box=BoxGesture(0.0, 0.0, (1.0, 1.0), 0 if unseen else step.changed),
            label_changed=not unseen and label != last,
            found=min(radius, step.changed) if isinstance(action, LabelNeighbors | LabelRadius) else 0,
            searched=sight and (clicked or isinstance(action, OpenImage)),
            again=zoomed,
        )
        for operator in action.operators(situation):
            count[operator.kind] += operator.count
        count["look"] += step.looks
        last = label if label is not None else last
        zoomed = isinstance(action, Zoom)
        open_ = isinstance(action, OpenImage) or (open_ and not isinstance(action, CloseImage))
    return {name: float(number) for name, number in count.items() if number}
