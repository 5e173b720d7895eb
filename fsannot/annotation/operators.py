"""How often each constant of the clock was spent in a trace: human seconds are linear in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fsannot.annotation.actions import FocusBox, LabelInImage, LabelNeighbors, RefineBox, Situation
from fsannot.annotation.trace import TraceStep
from fsannot.human.gestures import BoxGesture


def count_operators(trace: Iterable[TraceStep]) -> dict[str, float]:
    """Count how often each constant of the clock was spent; its seconds in the trace are the count times its value.

    Looks are those in labelled boxes and radii, where the trace tells their number.

    Args:
        trace: steps of one session.

    Returns:
        count by the name of the constant in ``Clock``: ``decide``, ``key``, ``press``, ``look``, ``first_click``,
        ``further_click``, ``box`` (boxes drawn), and ``point`` and ``drag`` for the constant terms of Fitts' law (for
        ``point`` at its floor: the floor). Constants that were not spent are left out.
    """
    count: Counter[str] = Counter()
    last: int | None = None
    for step in trace:
        action = step.action
        label = action.labels[-1] if isinstance(action, LabelInImage) else getattr(action, "label", None)
        unseen = isinstance(action, RefineBox | FocusBox)  # thumbnails in the box are not in the trace
        situation = Situation(
            box=BoxGesture(0.0, 0.0, (1.0, 1.0), 0 if unseen else step.changed),
            label_changed=not unseen and label != last,
            found=min(action.count, step.changed) if isinstance(action, LabelNeighbors) else 0,
        )
        for operator in action.operators(situation):
            count[operator.kind] += operator.count
        last = label if label is not None else last
    return {name: float(number) for name, number in count.items() if number}
