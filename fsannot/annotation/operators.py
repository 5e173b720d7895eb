"""How often each constant of the clock was spent in a trace: human seconds are linear in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from fsannot.annotation import actions as act
from fsannot.annotation.trace import TraceStep

BOXES = (act.LabelBox, act.RefineBox, act.FocusBox)
ONE_KEY = (act.Unfocus, act.ShowUncertain, act.CloseImage, act.RequestBatch, act.LearnMetric, act.Reproject)


def count_operators(trace: Iterable[TraceStep]) -> dict[str, float]:
    """Times each constant was spent: its seconds in the trace are the count times its value.

    Keys are those of ``Clock``: ``decide``, ``key``, ``press``, ``glance``, ``first_click``, ``further_click``,
    ``box`` (boxes drawn), and ``point`` and ``drag`` for the constant terms of Fitts' law (where pointing is at its
    floor, the floor). Glances are those in labelled boxes and neighborhoods, where the trace tells their number.
    """
    count: Counter[str] = Counter()
    last: int | None = None
    for step in trace:
        action = step.action
        label = getattr(action, "label", None)
        if isinstance(action, BOXES):
            count.update(decide=1, point=1, drag=1, box=1, key=1)
            if isinstance(action, act.LabelBox):
                count.update(glance=step.changed, key=int(label != last))
        elif isinstance(action, act.LabelSegment):
            count.update(decide=1, point=1, press=1, key=1)
        elif isinstance(action, act.LabelInImage):
            runs = len(list(groupby(action.labels)))
            count.update(first_click=1, further_click=len(action.segments) - 1, key=runs)
            label = action.labels[-1]
        elif isinstance(action, act.LabelNeighbors):
            count.update(decide=1, point=1, drag=1, key=1, glance=min(action.count, step.changed))
        elif isinstance(action, act.OpenImage):
            count.update(decide=1, point=1, press=1)
        elif isinstance(action, act.Split):
            clicks = len(action.positive) + len(action.negative)
            count.update(decide=1, point=1, press=1, first_click=1, further_click=clicks - 1, key=1)
        elif isinstance(action, act.LabelRest):
            count.update(decide=1, key=2)
        elif isinstance(action, act.Repartition):
            count.update(decide=1, key=3)
        elif isinstance(action, act.Undo):
            count.update(decide=1, key=1)
        elif isinstance(action, ONE_KEY):
            count.update(key=1)
        last = label if label is not None else last
    return {name: float(number) for name, number in count.items()}
