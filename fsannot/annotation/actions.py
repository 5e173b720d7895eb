"""What a user of the tool can do. Segments are named by their row in the session's table, which never changes.

Boxes are ``(x0, y0, x1, y1)`` in canvas pixels, closed; see ``canvas.py``. Costs are in ``clock.py``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fsannot.data.errors import InputError

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Action:
    """Base of all actions; plain data, so that a trace can hold it."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form; ``action_from_dict`` is its inverse."""
        return {"action": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class LabelBox(Action):
    """Give ``label`` to the unlabelled segments whose thumbnails lie in the box."""

    box: Box
    label: int


@dataclass(frozen=True)
class LabelSegment(Action):
    """Give ``label`` to one segment, labelled or not, on the canvas or in the open image."""

    segment: int
    label: int


@dataclass(frozen=True)
class LabelInImage(Action):
    """Click segments of the open image, labelled or not, one after the other; each gets its own of ``labels``."""

    segments: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LabelRest(Action):
    """Give ``label`` to every unlabelled segment of the loaded images."""

    label: int


@dataclass(frozen=True)
class LabelNeighbors(Action):
    """Give ``label`` to ``segment`` and its ``count`` most similar unlabelled segments (a growing radius)."""

    segment: int
    count: int
    label: int


@dataclass(frozen=True)
class RefineBox(Action):
    """Replace the unlabelled segments in the box by their parts in their own hierarchies, cut at ``threshold``."""

    box: Box
    threshold: float


@dataclass(frozen=True)
class FocusBox(Action):
    """Show only the segments in the box, in a local re-projection of their own."""

    box: Box


@dataclass(frozen=True)
class Unfocus(Action):
    """Back from the local re-projection to the whole canvas."""


@dataclass(frozen=True)
class ShowUncertain(Action):
    """Point at the unlabelled segment whose most similar labelled segments disagree most."""


@dataclass(frozen=True)
class OpenImage(Action):
    """Open an image from one of its thumbnails; its segments are then seen in place and without error."""

    image: int


@dataclass(frozen=True)
class CloseImage(Action):
    """Back from the image to the projection."""


@dataclass(frozen=True)
class Split(Action):
    """Cut one segment in two by clicks on its image, ``(y, x)`` pixels; the positive part may get a label."""

    segment: int
    positive: tuple[tuple[int, int], ...]
    negative: tuple[tuple[int, int], ...]
    label: int | None = None


@dataclass(frozen=True)
class Repartition(Action):
    """Partition one image anew; segments whose pixels stay the same keep their labels."""

    image: int
    criterion: str
    threshold: float


@dataclass(frozen=True)
class RequestBatch(Action):
    """Load the next images. Beyond the last image it is a documented no-op that costs the key press."""


@dataclass(frozen=True)
class LearnMetric(Action):
    """Learn from the labels given so far, embed all segments again and project them from their old places."""


@dataclass(frozen=True)
class Reproject(Action):
    """Project all segments again, pulled together by the labels given so far."""


@dataclass(frozen=True)
class Undo(Action):
    """Take back the last action that changed labels or segments; with nothing to undo it is a no-op."""


@dataclass(frozen=True)
class Stop(Action):
    """End the session. What is unlabelled is background in foreground sets, and stays without a class in others."""


ACTIONS: dict[str, type[Action]] = {cls.__name__: cls for cls in Action.__subclasses__()}


def action_from_dict(record: dict[str, Any]) -> Action:
    """The action a trace record describes.

    Raises:
        InputError: an unknown action, or fields that are not that action's.
    """
    fields = dict(record)
    name = fields.pop("action", None)
    if name not in ACTIONS:
        raise InputError(f"unknown action {name!r}; known are {', '.join(sorted(ACTIONS))}")
    try:
        return ACTIONS[name](**{key: _tuples(value) for key, value in fields.items()})
    except TypeError as error:
        raise InputError(f"action {name}: {error}") from error


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value
