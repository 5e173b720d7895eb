"""Constructor options checked at the door, and the selections every dataset offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Protocol, TypeVar

from fsannot.data.errors import InputError


class Grouped(Protocol):
    """Anything that belongs to a group of images."""

    @property
    def group(self) -> str: ...


G = TypeVar("G", bound=Grouped)


def one_of(option: str, value: object, choices: Sequence[str]) -> None:
    """Raise ``InputError`` unless ``value`` is one of ``choices``."""
    if value not in choices:
        raise InputError(f"dataset.{option}={value!r} is not valid; choose {', '.join(choices)}")


def integer(option: str, value: object, *, minimum: int) -> int:
    """``value`` as an int of at least ``minimum``; booleans and floats are refused."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < minimum:
        raise InputError(
            f"dataset.{option}={value!r} is not valid; it must be an integer of at least {minimum}"
        )
    return int(value)


def group_names(value: object) -> tuple[str, ...] | None:
    """The ``groups`` option: None for all groups, else a non-empty list of names."""
    if value is None:
        return None
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(g, str) for g in value)
    ):
        raise InputError(f"dataset.groups={value!r} is not valid; it must be null or a list of group names")
    if not value:
        raise InputError("dataset.groups=[] selects nothing; set it to null for all groups")
    return tuple(value)


def in_groups(items: Iterable[G], groups: tuple[str, ...] | None) -> list[G]:
    """The items of the named groups, in their order.

    Raises:
        InputError: a name is no group of this dataset; lists those there are.
    """
    items = list(items)
    if groups is None:
        return items
    known = sorted({item.group for item in items})
    unknown = [name for name in groups if name not in known]
    if unknown:
        shown = ", ".join(known[:40]) + (f" and {len(known) - 40} more" if len(known) > 40 else "")
        raise InputError(
            f"dataset.groups: {unknown} not in this dataset, whose groups are {shown or '(none)'}"
        )
    return [item for item in items if item.group in groups]
