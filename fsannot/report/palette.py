"""Colours and marks that people with any kind of colour vision can tell apart.

The first six colours are Okabe and Ito's (Color Universal Design, 2008) but for their yellow, which a white
page swallows; the others are from Tol's "muted" scheme (Colour Schemes, SRON/EPS/TN/09-002, 2021).
Neighboring classes differ in mark as well as in colour, so that no class rests on its colour alone.
"""

from __future__ import annotations

COLOURS = (
    "#0072b2",  # blue
    "#d55e00",  # vermillion
    "#009e73",  # bluish green
    "#cc79a7",  # reddish purple
    "#e69f00",  # orange
    "#56b4e9",  # sky blue
    "#882255",  # wine
    "#999933",  # olive
    "#332288",  # indigo
    "#44aa99",  # teal
    "#6b4c3b",  # brown
)
MARKS = ("circle", "square", "triangle", "diamond", "cross")
"""Drawn by ``projection.js`` under these names."""

UNLABELLED = "#b4bac4"
SURPLUS = "#d55e00"
"""Labelled as object, but is not."""
MISSED = "#0072b2"
"""Is object, but not labelled."""


def class_colour(index: int) -> str:
    """Colour of a class.

    Args:
        index: of the class, ≥ 0; the colours begin again after eleven.

    Returns:
        ``#rrggbb``.
    """
    return COLOURS[index % len(COLOURS)]


def rgb(colour: str) -> tuple[int, int, int]:
    """The parts of a colour.

    Args:
        colour: ``#rrggbb``.

    Returns:
        red, green and blue, 0 to 255 each.

    >>> rgb("#0072b2")
    (0, 114, 178)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
