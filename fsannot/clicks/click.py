"""A click."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Click:
    """One click at pixel row ``y``, column ``x``; ``positive`` = on the object."""

    y: int
    x: int
    positive: bool
