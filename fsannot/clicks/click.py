"""A click."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Click:
    """One click of an annotator.

    Attributes:
        y: row of the pixel, from 0 at the top.
        x: column of the pixel, from 0 at the left.
        positive: True on the object, False on the background.

    Examples:
        >>> Click(y=3, x=5, positive=True)
        Click(y=3, x=5, positive=True)
    """

    y: int
    x: int
    positive: bool
