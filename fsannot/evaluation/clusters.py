"""Groups of related images, which a bootstrap draws together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from fsannot.data.errors import InputError

ClusterKind = Literal["groups", "images"]


class Clusters(NamedTuple):
    """What a bootstrap draws.

    Attributes:
        units: one a value, equal for values that are drawn together.
        kind: ``"groups"`` where whole groups are drawn, ``"images"`` where single images are.
    """

    units: tuple[str, ...]
    kind: ClusterKind


def clusters(groups: Sequence[str], images: Sequence[str]) -> Clusters:
    """The clusters of a bootstrap: groups where there are several and one of them has several images, else images.

    The frames of one video show the same thing: thirty of them are no thirty independent images, and an interval
    that draws them one by one is too narrow. A single group has no spread, so its images are drawn, and the interval
    then says nothing about other groups. With few groups an interval is rough.

    Args:
        groups: (N,) of each value.
        images: (N,) of each value; instances of one image are always drawn together.

    Returns:
        one unit a value, and what the units are.

    Raises:
        InputError: lengths that differ.

    >>> clusters(["goat", "goat", "cows"], ["goat/0", "goat/1", "cows/0"]).kind
    'groups'
    >>> clusters(["goat", "goat"], ["goat/0", "goat/1"]).kind
    'images'
    """
    if len(groups) != len(images):
        raise InputError(f"one group and one image a value are needed, got {len(groups)} and {len(images)}")
    if 1 < len(set(groups)) < len(set(images)):
        return Clusters(tuple(groups), "groups")
    return Clusters(tuple(images), "images")
