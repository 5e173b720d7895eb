"""One action of every kind."""

from __future__ import annotations

from fsannot.annotation.actions import (
    Action,
    CloseImage,
    Confirm,
    FocusBox,
    Grid,
    GridBox,
    Hover,
    LabelBox,
    LabelInImage,
    LabelNeighbors,
    LabelRadius,
    LabelRest,
    LabelSegment,
    LearnMetric,
    OpenImage,
    RefineBox,
    Repartition,
    Reproject,
    RequestBatch,
    SetView,
    ShowUncertain,
    Split,
    Stop,
    Undo,
    Unfocus,
    Zoom,
    ZoomOut,
)

EXAMPLES: tuple[Action, ...] = (
    LabelBox((0.0, 1.5, 2.0, 3.0), 1), LabelSegment(3, 0), LabelInImage((4, 2), (1, 0)), LabelRest(0),
    LabelNeighbors(1, 5, 1), RefineBox((0.0, 0.0, 9.0, 9.0), 0.1), FocusBox((0.0, 0.0, 9.0, 9.0)), Unfocus(),
    ShowUncertain(), OpenImage(0), CloseImage(), Split(1, ((1, 2),), ((3, 4),), None), Repartition(0, "area", 5.0),
    RequestBatch(), LearnMetric(), Reproject(), Undo(), Stop(),
    Zoom((0.0, 0.0, 9.0, 9.0)), ZoomOut(), SetView(2.0, 10.0, 20.0), Grid(), GridBox((0.0, 0.0, 9.0, 9.0)), Hover(2),
    LabelRadius(1, 40, 0), Confirm(),
)  # fmt: skip
